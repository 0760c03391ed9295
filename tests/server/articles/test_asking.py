"""How often one may have articles made: what is kept is free, and nobody keeps a process busy alone."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from server.articles import rendering
from server.articles.kept import Kept
from server.clock import now
from server.ids import new_id
from tests.server.house import House, a_request, open_counting_house, problem

MOST = 60
MAG: dict[str, Any] = {"kind": "mag", "category": "shop", "smiles": 0, "text": "Du **pain**."}
PROJECT: dict[str, Any] = {
    **MAG,
    "kind": "project",
    "category": "environment",
    "project": {"reach": "local", "closes_at": (now() + timedelta(days=30)).isoformat(), "instructions": "x"},
}


@pytest.fixture
async def counting(sqlite_town_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """A house that counts, with a page to share."""
    (tmp_path / "index.html").write_text("<html><head></head></html>")
    async with open_counting_house(sqlite_town_url, web_dist=tmp_path) as house:
        yield house


@pytest.fixture
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if more articles were asked for than any memory keeps."""
    monkeypatch.setattr(rendering, "_KEPT", Kept(rendering.render, 0))


async def published(house: House, **draft: Any) -> str:
    author = await house.join("Ana", kind="association")
    wanted = a_request(**draft)
    answer = await author.post("/api/listings", json=wanted, headers={"Idempotency-Key": new_id()})
    assert answer.status_code == 201, answer.text
    return str(wanted["id"])


@pytest.mark.parametrize(("path", "draft"), [("/api/listings", MAG), ("/api/projects", PROJECT)])
@pytest.mark.usefixtures("nothing_kept")
async def test_who_has_too_many_articles_made_is_told_to_wait(
    counting: House, path: str, draft: dict[str, Any]
) -> None:
    listing = await published(counting, **draft)
    stranger, bo = await counting.visitor(), await counting.join("Bo")

    answers = [await stranger.get(f"{path}/{listing}") for _ in range(MOST + 1)]

    assert [one.status_code for one in answers[:-1]] == [200] * MOST
    assert problem(answers[-1]) == (429, "too_many")
    assert (await bo.get(f"{path}/{listing}")).status_code == 200


@pytest.mark.usefixtures("nothing_kept")
async def test_a_shared_link_opens_the_app_however_often_but_says_no_more(counting: House) -> None:
    listing = await published(counting, **MAG)
    stranger = await counting.visitor()

    pages = [await stranger.get(f"/annonces/{listing}") for _ in range(MOST + 1)]

    assert [page.status_code for page in pages] == [200] * (MOST + 1)
    assert ["Du pain." in page.text for page in pages] == [True] * MOST + [False]
    assert problem(await stranger.get(f"/api/listings/{listing}")) == (429, "too_many")


@pytest.mark.parametrize("draft", [MAG, {"text": "Une heure."}], ids=["an article", "no article"])
async def test_what_is_kept_or_no_article_is_read_as_often_as_one_likes(
    counting: House, draft: dict[str, Any]
) -> None:
    listing = await published(counting, **draft)
    stranger = await counting.visitor()

    answers = [await stranger.get(f"/api/listings/{listing}") for _ in range(2 * MOST)]

    assert {one.status_code for one in answers} == {200}


def test_what_was_read_last_is_kept_and_no_more_than_fits() -> None:
    made: list[str] = []

    def make(text: str) -> str | None:
        made.append(text[0])
        return None if text[0] == "n" else "x" * 10_000

    kept = Kept(make, 50_000)
    for letter in "abnnbacade":
        kept.of(letter * 1000)
    there = {letter for letter in "abncde" if letter * 1000 in kept}
    kept.of("b" * 1000)

    assert there == {*"acde"}
    assert "".join(made) == "abncdeb"
