"""Public threads and private dialogs under listings."""
