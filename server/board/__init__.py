"""The board: what hangs on it and what is said under it, as rows, as shapes and as news."""
