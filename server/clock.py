"""The one clock of the rules. Tests set it with time-machine; nothing else asks for the time of day.

Processes on several machines go by one clock too: `server.one_clock` corrects ours by the database's.
"""

from datetime import UTC, datetime, timedelta

_ahead = timedelta(0)


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC) - _ahead


def set_back(by: timedelta) -> None:
    """Have `now` tell so much less than it did, from now on."""
    global _ahead
    _ahead += by
