"""Projects: what is wanted for them, who is behind them, and who supports them with what."""
