"""The town, for the tests of this folder."""

from tests.server.board.town import town

__all__ = ["town"]
