"""What is read of the ledger: each member's statement, the open books, and the proof that all adds up.

It stands above smiles, exchanges and payments, since a line of a statement names what it was for.
"""
