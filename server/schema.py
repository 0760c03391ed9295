"""All tables, in one place: whoever needs the whole (migrations, the tests of them) imports this."""

from server import idempotency, mail, outbox
from server.board import exchanges, projects
from server.board import models as board
from server.members import models as members
from server.moderation import models as moderation
from server.payments import models as payments
from server.photos import models as photos
from server.smiles import models as smiles
from server.tables import METADATA

__all__ = [
    "METADATA",
    "board",
    "exchanges",
    "idempotency",
    "mail",
    "members",
    "moderation",
    "outbox",
    "payments",
    "photos",
    "projects",
    "smiles",
]
