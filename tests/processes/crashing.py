"""`python -m server serve` with a fault: the power fails right after a commit that publishes «Adieu».

The commit is done, nothing of it was published: what the outbox is for.
"""

import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

from realtime.signals import PinMoved
from server.__main__ import main
from server.outbox import Emitted, Outbox

goes_on = Outbox._after_commit


def fails(outbox: Outbox, things: Sequence[Any]) -> None:
    """Die without a word if one of `things` is the pin of «Adieu»."""
    for thing in things:
        match thing:
            case Emitted(signal=PinMoved(pin=pin)) if pin is not None and pin.title == "Adieu":
                os.kill(os.getpid(), signal.SIGKILL)
    goes_on(outbox, things)


setattr(Outbox, "_after_commit", fails)  # noqa: B010 - a fault, not a method of ours
sys.exit(main(["serve"]))
