"""Commands that end by themselves, carried out in the test's own process."""

from collections.abc import Callable

import pytest

from server.__main__ import main
from tests.server.commands.running import Said


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Carry out a command that ends by itself; return its exit code, what it said and what went wrong."""

    def carry_out(*arguments: str, **settings: str) -> Said:
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        try:
            code = main(arguments)
        except SystemExit as exit_:
            code = int(exit_.code or 0)
        return code, *capsys.readouterr()

    return carry_out
