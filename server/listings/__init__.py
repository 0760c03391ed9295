"""Requests and offers: what has a pin."""
