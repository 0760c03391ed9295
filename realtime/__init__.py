"""Sockets and events: who listens to what, and how one event reaches them all. Knows no database."""
