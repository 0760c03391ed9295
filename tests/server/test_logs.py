"""A line of the log is one JSON object, whoever wrote it and whatever is in it."""

import contextlib
import errno
import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from server import logs


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Leave the logging of the other tests as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    structlog.reset_defaults()
    root.handlers, root.level = handlers, level


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_our_lines_and_the_libraries_have_the_same_form(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json")

    structlog.get_logger("access").info("request", status=200)
    logging.getLogger("some.library").warning("it is %s", "late")

    ours, theirs = lines(capsys)
    assert (ours["event"], ours["level"], ours["logger"], ours["status"]) == (
        "request",
        "info",
        "access",
        200,
    )
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("it is late", "warning", "some.library")
    assert ours["timestamp"][:16] == theirs["timestamp"][:16]
    assert (len(ours["timestamp"]), ours["timestamp"][-1]) == (len(theirs["timestamp"]), "Z")
    assert {*ours} - {"status"} == {*theirs}


def test_whatever_is_written_while_a_request_is_answered_has_its_id(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure("json")
    token = logs.REQUEST.set("the-id")

    structlog.get_logger("x").info("ours")
    logging.getLogger("some.library").warning("theirs")
    logs.REQUEST.reset(token)
    structlog.get_logger("x").info("after")

    assert [line.get("request") for line in lines(capsys)] == ["the-id", "the-id", None]


@pytest.mark.parametrize("odd", ["\ud800", 2**70, object(), {1: 2}, b"\xff"])
def test_no_line_is_lost_for_what_is_in_it(capsys: pytest.CaptureFixture[str], odd: object) -> None:
    logs.configure("json")

    structlog.get_logger("x").warning("odd", what=odd)

    assert [line["event"] for line in lines(capsys)] == ["odd"]


def test_a_fault_is_one_line_with_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json")

    try:
        raise ValueError("a fault")
    except ValueError:
        structlog.get_logger("x").exception("failed")

    (line,) = lines(capsys)
    assert line["level"] == "error"
    assert "ValueError: a fault" in line["exception"]


def test_below_its_level_nothing_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("console", logging.WARNING)

    structlog.get_logger("x").info("quiet")
    structlog.get_logger("x").warning("loud")

    assert "quiet" not in (said := capsys.readouterr().err)
    assert "loud" in said


class FullDisk(io.RawIOBase):
    """A file on a disk that is full."""

    def writable(self) -> bool:
        return True

    def write(self, _: Any) -> int:
        raise OSError(errno.ENOSPC, "no space left on device")


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_log_that_cannot_be_written_stops_nothing_that_it_tells_of(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = io.TextIOWrapper(io.BufferedWriter(FullDisk()))
    monkeypatch.setattr(sys, "stderr", full)
    logs.configure(form)

    structlog.get_logger("outbox").warning("sweep_failed", error="OperationalError")
    logging.getLogger("some.library").warning("it is %s", "late")

    with pytest.raises(OSError, match="no space"):
        full.flush()
    # Nothing of it may be tried again when it is thrown away.
    with contextlib.suppress(OSError):
        full.detach().detach()
