"""What the kernel tells of running processes (proc(5))."""

from contextlib import suppress
from pathlib import Path


def children_of(process: object) -> list[int]:
    """Return the processes that `process` (an id, or "self") has started and that have not ended."""
    children: list[int] = []
    for thread in Path(f"/proc/{process}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread that has ended since it was listed
            children += map(int, (thread / "children").read_text().split())
    return children


def is_running(process: int) -> bool:
    """Return whether `process` is there, and not merely waiting to be buried by its parent."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return "State:\tZ" not in _status_of(process)
    return False


def peak_memory_of(process: object) -> float:
    """Return the most resident memory that `process` (an id, or "self") ever had, in MiB."""
    return int(_status_of(process).partition("VmHWM:")[2].split()[0]) / 1024


def _status_of(process: object) -> str:
    return Path(f"/proc/{process}/status").read_text()
