"""Texts as a feed may carry them: what people typed long ago, and what is none of its characters.

What comes in is checked where it comes in (`realtime.words`). Programs refuse a whole feed for one character,
so what XML 1.0 and iCalendar do not know is left out here once more.
"""

import re
from typing import Final

# What XML 1.0 (2.2) has not, and the rest of the controls, which iCalendar (RFC 5545, 3.1) has not.
_UNKNOWN: Final = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPACES: Final = re.compile("[ \t\n\u2028\u2029]+")
_SUMMARY_LENGTH: Final = 300


def clean(text: str) -> str:
    """Return `text` without the characters that no feed may carry; all its line ends are LF."""
    return _UNKNOWN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def line(text: str) -> str:
    """Return `text` as one line; the spaces that keep two words together stay."""
    return _SPACES.sub(" ", clean(text)).strip(" ")


def shortened(text: str, most: int) -> str:
    """Return the beginning of `text`, of at most `most` characters; of several words none is cut."""
    if len(text) <= most:
        return text
    words = text[: most - 1].rpartition(" ")[0].rstrip(",;:\n ")
    return f"{words}…" if words else text[:most]


def summary(text: str, most: int = _SUMMARY_LENGTH) -> str:
    """Return the beginning of `text` as one line of at most `most` characters."""
    return shortened(line(text), most)
