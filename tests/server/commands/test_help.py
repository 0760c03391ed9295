"""Every command says what it is for."""

from collections.abc import Callable

import pytest

from tests.server.commands.running import Said


@pytest.mark.parametrize(
    "command",
    [
        (),
        ("serve",),
        ("up",),
        ("migrate",),
        ("jobs",),
        ("moderator",),
        ("backup",),
        ("restore",),
        ("settings",),
        ("ledger",),
        ("ledger", "check"),
        ("ledger", "correct"),
        ("export",),
    ],
)
def test_every_command_has_its_help(run: Callable[..., Said], command: tuple[str, ...]) -> None:
    code, said, _ = run(*command, "--help")

    assert code == 0
    assert said.startswith(" ".join(["usage: onemile", *command]))
