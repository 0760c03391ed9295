"""What a process counts about its sockets. Plain numbers; the server shows them at /metrics."""

from dataclasses import dataclass


@dataclass(slots=True)
class Counts:
    """Sockets and watches are as of now; the others only grow."""

    sockets: int = 0
    watches: int = 0
    deliveries: int = 0
    commands: int = 0
    refused: int = 0
    slow_cut: int = 0
    flood_cut: int = 0
    signals_in: int = 0
    signals_out: int = 0
    gaps: int = 0
