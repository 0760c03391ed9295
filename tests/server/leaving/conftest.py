"""The town, for the tests of this folder."""

from tests.server.board.town import postgresql_town, town

__all__ = ["postgresql_town", "town"]
