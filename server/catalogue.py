"""The server's words, in French and English: gettext catalogues, read at start, no compile step.

Every `*.po` in a language's folder counts, so that a domain may keep its words in a file of its own. A key
that a language lacks falls back to French; a test keeps both complete.
"""

from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

LOCALES: Final = ("fr", "en")
FALLBACK: Final = "fr"
_FOLDER = Path(__file__).parent / "locales"


def translate(locale: str, key: str, **params: object) -> str:
    """Return the text of `key` in `locale`, filled with `params`; `count` chooses the plural form.

    Raises `KeyError` for a key that no catalogue has.
    """
    language = locale if locale in LOCALES else FALLBACK
    for candidate in (language, FALLBACK):
        text = _text(candidate, key, params.get("count"))
        if text:
            return text.format_map(params) if params else text
    raise KeyError(key)


def has(key: str) -> bool:
    """Return whether `key` has a text."""
    return bool(_text(FALLBACK, key, None))


def keys(locale: str) -> set[str]:
    """Return all keys that have a text in `locale`."""
    return {key for catalogue in _catalogues(locale) for key in _keys(catalogue)}


def negotiate(accept_language: str) -> str:
    """Return the best of our languages for an Accept-Language header (RFC 9110, 12.5.4), else French."""
    return _best_for(accept_language[:200])


@lru_cache(maxsize=1024)
def _best_for(accept_language: str) -> str:
    best, quality = FALLBACK, 0.0
    for part in accept_language.split(","):
        tag, _, q = part.strip().partition(";q=")
        try:
            weight = float(q) if q else 1.0
        except ValueError:
            continue
        language = tag.split("-")[0].lower()
        if language in LOCALES and weight > quality:
            best, quality = language, weight
    return best


def _text(locale: str, key: str, count: object) -> str | None:
    for catalogue in _catalogues(locale):
        message = catalogue.get(key)
        if message is None or not message.string:
            continue
        if isinstance(message.string, str):
            return message.string
        # French counts zero and one as singular, English one only.
        plural = isinstance(count, int) and (count > 1 or (locale == "en" and count != 1))
        return message.string[1 if plural else 0]
    return None


def _keys(catalogue: Catalog) -> set[str]:
    ids = (message.id for message in catalogue if message.id and message.string)
    return {name if isinstance(name, str) else name[0] for name in ids}


@cache
def _catalogues(locale: str) -> list[Catalog]:
    found = []
    for path in sorted((_FOLDER / locale / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as file:
            found.append(read_po(file, locale=locale, charset="utf-8", abort_invalid=True))
    return found
