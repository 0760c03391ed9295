"""Whatever people wrote, also long ago and by other ways: a feed stays what its format says."""

from datetime import timedelta

import pytest

from server.clock import now
from tests.server.feeds.following import MILE, change, entries, events, publish, titles_on_the_map
from tests.server.house import House

HOSTILE = [
    "]]></title><script>alert(1)</script>",
    "</summary></entry><entry><id>urn:uuid:1</id>",
    "<!ENTITY x SYSTEM 'file:///etc/passwd'> &x; &amp; &#0; &#x1F;",
    "Fête\r\nBEGIN:VEVENT\r\nATTENDEE:mailto:mallory@evil.example",
    "Fin\rEND:VCALENDAR\rBEGIN:VCALENDAR",
    "a,b;c\\n\\,d:e",
    '"},"properties":{"title":"faux","starts_at":"x"',
    '"starts_at":',
    "\x00\x01\x08\x0b\x0c\x1f\x7f\x85\x9f de contrôle",
    "\ufffe\uffff et ce qui n’est aucun caractère",
    "\u202etxet lasrever\u202c \u2066à l’envers\u2069",
    "\u2028ligne\u2029paragraphe",
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢LG̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘",
    "👩‍👩‍👧‍👦🏳️‍🌈" * 8,
    "é" * 80,
    "{kind} {0} %s {title.__class__}",
]


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
async def test_hostile_words_leave_every_feed_valid(small_house: House, words: str) -> None:
    ana = await small_house.join("Ana")
    listing = await publish(small_house, ana)
    html = f"<p>{words}</p>"
    # PostgreSQL would take no NUL; SQLite stands for what came in by another way, or before there was a rule.
    await change(
        small_house,
        listing,
        kind="mag",
        category="event",
        title=words,
        text=f"{words}\n\n{html}",
        starts_at=now() + timedelta(days=1),
    )
    await publish(small_house, ana, title="Après")
    stranger = await small_house.visitor()

    sent = await stranger.get(f"{MILE}.ics")
    [calendar] = events(sent)
    news = entries(await stranger.get(f"{MILE}.atom"))
    on_the_map = titles_on_the_map(await stranger.get(f"{MILE}.geojson"))

    assert len(news) == len(on_the_map) == 2
    assert words in on_the_map
    assert {one.id for one in news} >= {f"urn:uuid:{listing}"}
    assert calendar["uid"] == listing
    assert "attendee" not in calendar
    assert sent.text.split("\r\n").count("BEGIN:VCALENDAR") == 1
