"""The one clock of the rules. Tests set it with time-machine; nothing else asks for the time of day."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)
