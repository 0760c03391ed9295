"""What articles look like, kept for who opens them next: those that were read last, within so many bytes."""

import sys
from collections import OrderedDict
from collections.abc import Callable


class Kept:
    """What `make` makes of texts. Counted are the bytes of a text and of what was made of it."""

    def __init__(self, make: Callable[[str], str | None], most_bytes: int) -> None:
        self._make, self._most_bytes = make, most_bytes
        self._made: OrderedDict[str, str | None] = OrderedDict()
        self._bytes = 0

    def __contains__(self, text: str) -> bool:
        return text in self._made

    def of(self, text: str) -> str | None:
        """Return what is made of `text`, by now if it is not kept."""
        if text in self._made:
            self._made.move_to_end(text)
            return self._made[text]
        made = self._make(text)
        self._made[text] = made
        self._bytes += _size(text, made)
        while self._bytes > self._most_bytes:
            self._bytes -= _size(*self._made.popitem(last=False))
        return made


def _size(text: str, made: str | None) -> int:
    return sys.getsizeof(text) + sys.getsizeof(made)
