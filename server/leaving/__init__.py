"""Leaving: what becomes of a member, their smiles and their words when they go."""
