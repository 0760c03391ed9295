"""Jinja2's templates: letters, and the few pages that the server writes itself."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment


def render(name: str, **values: Any) -> str:
    """Return the template `name` filled with `values`; in HTML every value is escaped."""
    return _environment().get_template(name).render(values)


@cache
def _environment() -> "Environment":
    # Imported on first use, since most processes start without writing anything.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    return Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
