"""Names for rows: UUIDs that sort by when they were made, so that indexes grow at one end."""

from uuid_utils import uuid7


def new_id() -> str:
    """Return a new UUIDv7 (RFC 9562) in its usual 36 characters."""
    return str(uuid7())
