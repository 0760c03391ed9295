"""A statement as a sheet for a spreadsheet: CSV as Excel reads it, in the reader's language.

What somebody has typed (a name, a title) must not be taken for a formula, which a spreadsheet would
carry out.
"""

import csv
import re
from contextlib import aclosing
from io import StringIO
from typing import Final

from realtime.people import Person
from server.books.schemas import LineKind, StatementLine
from server.books.statement import lines
from server.catalogue import translate
from server.site import Site

MEDIA: Final = "text/csv; charset=utf-8"
_COLUMNS: Final = ("at", "reason", "other", "listing", "amount", "held", "debt", "balance", "words")
_OF_GIFTS: Final = frozenset({"hold", "given", "received", "return"})
# What makes spreadsheets take a text for a formula, some the wide forms too: where a cell begins, also for a
# program that cuts lines by another sign than ours, as one does in a country that has other usages.
_FORMULA: Final = re.compile(r"""(^|[,\t\r\n])(["'\s]*)(?=[=+@＝＋－＠-])""")


async def sheet(site: Site, person: Person, kind: LineKind, locale: str) -> bytes:
    """Return all lines of a member's statement, newest first, with a head."""
    text = StringIO(newline="")
    writer = csv.writer(text, delimiter=";")
    writer.writerow(translate(locale, f"sheet.{column}") for column in _COLUMNS)
    async with site.database.read() as session, aclosing(lines(session, person, kind)) as found:
        async for line in found:
            writer.writerow(_cells(line, locale))
    # With a mark of the order of bytes, without which Excel takes it for another encoding.
    return text.getvalue().encode("utf-8-sig")


def _cells(line: StatementLine, locale: str) -> list[str | int]:
    return [
        f"{line.at:%Y-%m-%d %H:%M:%S}",
        translate(locale, f"sheet.reason.{_reason(line)}"),
        _harmless(line.other.name if line.other else ""),
        _harmless(line.listing.title if line.listing else ""),
        line.amount,
        line.held,
        line.debt,
        line.balance,
        _harmless(line.words or ""),
    ]


def _reason(line: StatementLine) -> str:
    """Return why, as one of the two has it: the same release is given by one and received by the other."""
    reason = str(line.reason)
    if reason == "release":
        reason = "given" if line.amount + line.held < 0 else "received"
    return f"gift.{reason}" if line.gift and reason in _OF_GIFTS else reason


def _harmless(text: str) -> str:
    return _FORMULA.sub(r"\1\2'", text)
