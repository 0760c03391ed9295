"""What the sockets refuse by themselves has words in every language."""

import pytest

from realtime.refusals import SOCKET_CODES
from server import catalogue


@pytest.mark.parametrize("locale", catalogue.LOCALES)
@pytest.mark.parametrize("code", SOCKET_CODES)
def test_each_refusal_of_the_sockets_has_a_sentence(code: str, locale: str) -> None:
    assert f"refusal.{code}" in catalogue.keys(locale)

    # The parameters that the sockets give.
    said = catalogue.translate(locale, f"refusal.{code}", retry_after=2, most=50, reason="no ring")

    assert "{" not in said
