"""Accounts: who joins, who is signed in, and where they roughly live."""
