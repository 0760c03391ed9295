"""A process of the fork server is what its command line would have started."""

import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.forkserver import Order, fork
from tests.local_server import free_port


def carried_out(folder: Path, module: str, *arguments: str, **environment: str) -> tuple[int, str]:
    """Return how a process ended, and what it said."""
    with tempfile.TemporaryFile("w+") as said:
        status = fork(Order(module, [*arguments], environment, str(folder)), said.fileno()).wait(60)
        said.seek(0)
        return status, said.read()


def test_it_has_a_folder_and_an_environment_of_its_own(tmp_path: Path) -> None:
    asks = (
        "import os, sys;"
        "print(os.getcwd(), dict(os.environ), os.getsid(0) == os.getpid(), 'server.app' in sys.modules)"
    )

    status, said = carried_out(tmp_path, "timeit", "-n1", "-r1", asks, COLOUR="blue")

    assert status == 0
    assert said.splitlines()[0] == f"{tmp_path} {{'COLOUR': 'blue'}} True True"


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["--help"], 0, "usage: onemile"),
        (["nonsense"], 2, "invalid choice"),
        (["backup", "/"], 1, "onemile:"),
    ],
)
def test_it_ends_as_its_module_does(tmp_path: Path, arguments: list[str], status: int, words: str) -> None:
    ended, said = carried_out(tmp_path, "server", *arguments)

    assert ended == status
    assert words in said


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_it_hears_signals_and_says_of_which_it_died(tmp_path: Path, how: signal.Signals) -> None:
    with tempfile.TemporaryFile() as said:
        process = fork(Order("http.server", [str(free_port())], {}, str(tmp_path)), said.fileno())
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0)
    assert process.poll() is None

    process.send_signal(how)

    assert process.wait(60) == process.poll() == -how
    process.kill()  # of the dead it asks nothing
