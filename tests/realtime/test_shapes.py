"""What counts as text: it can be read, and it does nothing to the words around it."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from realtime.words import Line, MessageText, Title

LINE: TypeAdapter[Any] = TypeAdapter(Line)
TITLE: TypeAdapter[Any] = TypeAdapter(Title)
TEXT: TypeAdapter[Any] = TypeAdapter(MessageText)


@pytest.mark.parametrize("end", ["\n", "\t", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
def test_a_line_has_no_end_within_it(end: str) -> None:
    with pytest.raises(ValidationError):
        LINE.validate_python(f"Soupe{end}chaude")


@pytest.mark.parametrize(
    "nothing", ["\u200b\u200b\u200b", "\u3164\u3164\u3164", "\u2800\u2800\u2800", "\u202e\u202e\u202e"]
)
def test_what_nobody_can_see_is_no_text(nothing: str) -> None:
    for kind in (TITLE, TEXT):
        with pytest.raises(ValidationError):
            kind.validate_python(nothing)


def test_a_line_turns_no_words_around_it() -> None:
    assert TITLE.validate_python("\u202egnal\u202c \u2067x\u2069y") == "gnal xy"


@pytest.mark.parametrize("text", ["👩‍👩‍👧", "❤️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "می‌خواهم", "한국어", "…", "+1"])
def test_letters_and_pictures_of_all_kinds_are_text(text: str) -> None:
    assert LINE.validate_python(text) == text
    assert TEXT.validate_python(text) == text


def test_a_letter_bears_as_many_marks_as_any_language_has_and_no_more() -> None:
    assert TEXT.validate_python("e" + "\u0301" * 30 + "!")

    for pile in ("\u0301" * 31, ("\u0301" * 20 + "\u034f") * 9, "\u0489" * 31):
        with pytest.raises(ValidationError):
            TEXT.validate_python("e" + pile)
