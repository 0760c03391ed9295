"""HTTP, rules and persistence."""
