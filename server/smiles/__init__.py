"""Smiles: the ledger, and what members see of it."""
