"""The log: one JSON object a line for machines, or aligned text for eyes, ours and the libraries' alike.

Our own lines are written straight to standard error: by way of the standard library's logging the line of a
request took 20 µs, so it takes 4. What libraries tell the standard library gets the same form there.
"""

import contextlib
import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final

import orjson
import structlog

REQUEST: Final[ContextVar[str | None]] = ContextVar("request", default=None)
"""The id of the request that is being answered: every line written meanwhile has it."""

# They name addresses, queries, positions and payments at their INFO level.
_TALKATIVE = ("httpx", "httpcore", "uvicorn", "aiosqlite", "limits", "asyncio", "stripe")


class Line:
    """Where our own lines end: a logger as structlog wraps them. `name` says which part of us is speaking."""

    def __init__(self, name: str = "") -> None:
        self.name = name

    def msg(self, line: str | bytes) -> None:
        """Write `line` at once: what was logged before a crash is there after it.

        Where it cannot be written, as on a full disk, it is lost: what it tells of must go on.
        """
        error = sys.stderr
        with contextlib.suppress(OSError):
            if isinstance(line, bytes) and (raw := getattr(error, "buffer", None)) is not None:
                raw.write(line + b"\n")
                raw.flush()
                return
            error.write(f"{line.decode() if isinstance(line, bytes) else line}\n")
            error.flush()

    debug = info = warning = error = critical = exception = msg


def configure(form: str, level: int = logging.INFO) -> None:
    """Write logs of `level` and above to standard error; `form` is "json" or "console"."""
    shared: list[Any] = [
        _add_request,
        structlog.processors.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Any] = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    ours = [*shared, *last]
    if form == "json":
        last = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(_json)]
        ours = [_json_line]
    structlog.configure(
        processors=ours,
        logger_factory=Line,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    _configure_libraries(shared, last, level)


def _configure_libraries(shared: list[Any], last: list[Any], level: int) -> None:
    ready = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last, _text]
    handler = logging.StreamHandler()
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=ready))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


def _add_request(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    request = REQUEST.get()
    if request is not None:
        event["request"] = request
    return event


def _json_line(logger: Any, method: str, event: dict[str, Any]) -> bytes:
    """Do in one step what `shared` and `last` do in six for the libraries' lines."""
    _add_request(logger, method, event)
    event["level"], event["logger"] = "error" if method == "exception" else method, logger.name
    event["timestamp"] = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    if "exc_info" in event:
        return _json(structlog.processors.format_exc_info(logger, method, event))
    return _json(event)


def _json(event: Any, **_: Any) -> bytes:
    try:
        return orjson.dumps(event, default=repr)
    except TypeError:
        # Half a letter, a number beyond 64 bits: no line is lost for what is in it.
        return json.dumps(event, default=repr).encode()


def _text(_logger: Any, _method: str, line: str | bytes) -> str:
    return line.decode() if isinstance(line, bytes) else line
