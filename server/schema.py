"""All tables, in one place: whoever needs the whole (migrations, the tests of them) imports this."""

from server import idempotency, outbox
from server.members import models as members
from server.tables import METADATA

__all__ = ["METADATA", "idempotency", "members", "outbox"]
