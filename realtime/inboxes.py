"""News of a conversation, brought to the inboxes of those of its participants who are here."""

from collections import defaultdict
from collections.abc import Iterator

from realtime.hub import Hub
from realtime.protocol import Activity
from realtime.signals import InboxNews
from realtime.topics import Topic, member_topic


def bring(news: InboxNews, hub: Hub) -> None:
    """Deliver `news` to whoever of its members listens here: one frame for all to whom it says the same."""
    here: dict[tuple[int, int], list[Topic]] = defaultdict(list)
    for member, place in news.places.items():
        topic = member_topic(member)
        if hub.listeners(topic):
            here[place].append(topic)
    for (unread, read_seq), topics in here.items():
        hub.deliver(topics, _as_one_has_it(news, unread, read_seq))


def activities(news: InboxNews) -> Iterator[tuple[str, Activity]]:
    """Yield each member with what they are told."""
    for member, place in news.places.items():
        yield member, _as_one_has_it(news, *place)


def _as_one_has_it(news: InboxNews, unread: int, read_seq: int) -> Activity:
    version = news.conversation.version + read_seq
    return Activity(conversation=news.conversation.model_copy(update={"unread": unread, "version": version}))
