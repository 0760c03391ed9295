"""Exchanges: agreed, held and settled inside the dialog."""
