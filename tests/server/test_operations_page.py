"""The page for operators names what there is."""

from pathlib import Path

import pytest

from server.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_stands_in_the_page_for_operators(name: str) -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert f"| `ONEMILE_{name.upper()}` |" in page
