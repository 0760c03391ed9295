"""`settings`: the file of settings with everything in it that can be set, to begin one's own with."""

import json
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from server.commands.starting import variables

_PROJECT = Path(__file__).parents[2]
_HEAD = """\
# The settings of 1Mile, one NAME=value a line. What stands behind a # holds unless you take the # away.
#
#   onemile --settings FILE COMMAND
#
# or ONEMILE_SETTINGS=FILE in the environment. What else is set in the environment goes before the file.
# A value with spaces or # in it stands between 'quotes'. The file holds secrets: nobody else may read it
# (chmod 600). Written by `onemile settings`; docs/operations.md says which ones a town needs.
"""


def text() -> str:
    """Return the file."""
    return _HEAD + "".join(_lines(name, field) for name, field in variables().items())


def _lines(name: str, field: FieldInfo) -> str:
    told = (field.description or "").strip()
    return f"\n# {told}\n#{name}={_written(field.get_default(call_default_factory=True))}\n"


def _written(value: Any) -> str:
    """Return `value` as it would be written in the file; what is secret is not."""
    if value is None or hasattr(value, "get_secret_value"):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return json.dumps(value)
    if isinstance(value, Path) and value.is_relative_to(_PROJECT):
        return str(value.relative_to(_PROJECT))
    text = str(value)
    return f"'{text}'" if " " in text else text
