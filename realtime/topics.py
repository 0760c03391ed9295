"""The names under which sockets listen: made here and nowhere else, so that none is misspelt."""

from typing import NewType

Topic = NewType("Topic", str)


def conversation_topic(conversation: str) -> Topic:
    """Return the topic of a conversation's messages, typing, reads and presence."""
    return Topic(f"conversation:{conversation}")


def listing_topic(listing: str) -> Topic:
    """Return the topic of a listing's changes, for those who have it open."""
    return Topic(f"listing:{listing}")


def member_topic(member: str) -> Topic:
    """Return the topic of one member's own news, on all their screens."""
    return Topic(f"member:{member}")
