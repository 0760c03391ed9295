"""What a measurement leaves: a file of figures, and its section in docs/performance.md."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Final

from tests.bench.arena import PROJECT, SMOKE

PAGE: Final = PROJECT / "docs" / "performance.md"
# Written by hand, and put into the page each time it is written.
PROFILES: Final = PROJECT / "tests" / "bench" / "profiles.md"
# Kept with the sources, so that a measurement in any clone writes the whole page.
RESULTS: Final = PROJECT / "tests" / "bench" / "results"
ORDER: Final = (
    "fanout",
    "crowd",
    "latency",
    "watches",
    "index",
    "rest",
    "ledger",
    "reconnect",
    "projects",
    "photos",
)

_OPENING = """# Performance

Measured, never estimated: each section below is written by the command above its table, and stays as it was
until that command is run again. A figure is worth its ratio to the others of the same table, which were taken
in the same run. The load of the machine before a run stands above its table; where something else computed
meanwhile, the brackets are wide.

How it is measured

- The server has one core to itself (`taskset`), the load generator another. `tests/bench/load.c` is C over
  epoll; the tables say which share of the time it worked, so that one sees it was not the bottleneck. While
  messages fly it asks for more instead of sleeping: a server that has to wake it pays an interrupt to the
  other core with each write, and real clients are behind a network.
- All that is compared is started first and then takes turns, A B C A B C. Tables give the median over the
  rounds and, in brackets, the lowest and the highest.
- 1Mile is the whole application (`tests/bench/whole_server.py`: what `python -m server serve` runs), with
  members who are signed in and threads in a database. "From the bus" means that the message enters at the
  bus, so that no database is in the figure; "posted" means the whole way by REST.
- Peers are small programs as their documentation suggests (`tests/bench/peers/`), without compression,
  authentication or database: what they leave out counts for them.
"""


@dataclass
class Section:
    """One measurement: a table with what stands above and below it."""

    name: str
    title: str
    said: str
    head: list[str]
    rows: list[list[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    aims: list[list[str]] = field(default_factory=list)
    machine: str = ""

    def aim(
        self, what: str, measured: float, *, least: float | None = None, most: float | None = None
    ) -> None:
        """Note what was to be reached, at `least` or at `most`, and what was measured."""
        wanted = f"≥ {least:g}" if least is not None else f"≤ {most:g}"
        reached = measured >= least if least is not None else most is not None and measured <= most
        self.aims.append([what, wanted, f"{measured:,.2f}", "yes" if reached else "**no**"])
        print(f"  {' | '.join(self.aims[-1])}", flush=True)

    def row(self, *cells: object) -> None:
        """Add a line to the table."""
        self.rows.append([str(cell) for cell in cells])
        print("  " + " | ".join(self.rows[-1]), flush=True)

    def note(self, text: str) -> None:
        """Add a sentence under the table."""
        self.notes.append(text)
        print(f"  {text}", flush=True)

    def save(self) -> None:
        """Keep the figures and write the page anew; a smoke run keeps nothing."""
        self.machine = f"{machine()}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, load before: {LOAD_BEFORE:.2f}"
        if SMOKE:
            return
        (RESULTS / f"{self.name}.json").write_text(
            json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n"
        )
        PAGE.write_text(page())


LOAD_BEFORE: Final = os.getloadavg()[0]


def page() -> str:
    """Return docs/performance.md, made from all the figures there are."""
    files = [RESULTS / f"{name}.json" for name in ORDER]
    sections = [Section(**json.loads(file.read_text())) for file in files if file.exists()]
    return "\n".join([_OPENING, _aims(sections), PROFILES.read_text(), *map(_written, sections)])


def machine() -> str:
    """Return what the figures were measured on."""
    model = next(
        (line.partition(":")[2].strip() for line in _cpu_lines() if line.startswith("model name")),
        platform.processor(),
    )
    return f"{model}, {os.cpu_count()} cores, Linux {platform.release()}, Python {platform.python_version()}"


def middle(values: Sequence[float], digits: int = 0) -> str:
    """Return the median with the lowest and the highest, as `1,234 (1,200–1,300)`."""
    return f"{median(values):,.{digits}f} ({min(values):,.{digits}f}–{max(values):,.{digits}f})"


def times(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return the median of the ratios round by round."""
    return median(a / b for a, b in zip(ours, theirs, strict=True))


def ratio(ours: Sequence[float], theirs: Sequence[float], digits: int = 2) -> str:
    """Return the median of the ratios round by round, as text."""
    return f"{times(ours, theirs):,.{digits}f}"


def _cpu_lines() -> list[str]:
    file = Path("/proc/cpuinfo")
    return file.read_text().splitlines() if file.exists() else []


def _aims(sections: Sequence[Section]) -> str:
    head = ["measure", "wanted", "measured", "reached"]
    rows = [_line(aim) for section in sections for aim in section.aims]
    return "\n".join(["## What was to be reached", "", _line(head), _line(["---"] * len(head)), *rows, ""])


def _written(section: Section) -> str:
    lines = [
        f"## {section.title}",
        "",
        section.said,
        "",
        f"`./dev bench {section.name}` – {section.machine}",
        "",
    ]
    lines.append(_line(section.head))
    lines.append(_line(["---"] * len(section.head)))
    lines.extend(_line(row) for row in section.rows)
    if section.notes:
        lines.extend(["", *(f"- {note}" for note in section.notes)])
    return "\n".join([*lines, ""])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
