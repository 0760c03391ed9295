"""Buying smiles: a provider behind an interface, and what its messages do."""
