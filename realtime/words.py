"""What shapes are made of: identifiers, numbers, and texts that are fit to be shown to anybody."""

import unicodedata
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints


class Shape(BaseModel):
    """A wire shape: unknown fields are refused, numbers are finite, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


# Letters by name that show nothing.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
# So many marks on one letter no language has (Unicode's stream-safe text, UAX #15, has the same bound), and
# to put thousands in order takes the square of their time.
_MOST_MARKS = 30
_MARKS = frozenset({"Mn", "Me"})
# Marks that turn the direction of whatever is written after them, in somebody else's words too.
_TURNS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def _plain_text(text: str) -> str:
    """Return `text` in NFC, refusing control characters: PostgreSQL stores no NUL, screens show none.

    Something of it must be there to be seen.
    """
    if any(unicodedata.category(c) in {"Cc", "Cs"} and c not in "\n\t" for c in text):
        raise ValueError("control characters are not text")
    if text and not any(map(_shows, text)):
        raise ValueError("there is nothing to be seen")
    if _is_piled_up(text):
        raise ValueError("too many marks on one letter")
    return unicodedata.normalize("NFC", text)


def _is_piled_up(text: str) -> bool:
    marks = 0
    for letter in () if text.isascii() else text:
        # By category: marks of the combining class 0 (U+034F, U+0489) stand on the letter as the others do.
        marks = marks + 1 if unicodedata.category(letter) in _MARKS else 0
        if marks > _MOST_MARKS:
            return True
    return False


def _shows(letter: str) -> bool:
    return unicodedata.category(letter)[0] not in "CMZ" and letter not in _BLANK


def _unturned(text: str) -> str:
    """Return `text` without marks of direction: a name or a title stands within other people's sentences."""
    return text.translate(_TURNS)


def _utc(moment: datetime) -> datetime:
    """Return `moment` in UTC. Raises `ValueError` for one that UTC's calendar does not have."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("beyond the calendar") from None


Id = Annotated[
    str, StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
]
Line = Annotated[
    str,
    # Of the Unicode line ends too: the subject of a letter is made of it.
    StringConstraints(strip_whitespace=True, pattern=r"^[^\n\t\u2028\u2029]*$"),
    AfterValidator(_unturned),
    AfterValidator(_plain_text),
]
Paragraphs = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_plain_text)]
Title = Annotated[Line, Field(min_length=3, max_length=80)]
MessageText = Annotated[Paragraphs, Field(min_length=1, max_length=4000)]
Smiles = Annotated[int, Field(ge=0, le=1000, strict=True)]
Moment = Annotated[AwareDatetime, AfterValidator(_utc)]
Seq = Annotated[int, Field(ge=0, le=2**53 - 1, strict=True)]
Longitude = Annotated[float, Field(ge=-180, le=180, strict=True)]
Latitude = Annotated[float, Field(ge=-90, le=90, strict=True)]
