"""Nothing is forgotten: letters remind, once each, of what waits for whom."""

import asyncio
import re
from datetime import datetime, timedelta

import pytest
import time_machine
from sqlmodel import col, select

from server import catalogue
from server.board.exchanges import ExchangeRow
from server.clock import now
from server.exchanges.later import REMIND, reminders
from server.jobs import KINDS, Worker
from server.mail import ShownMailRow
from server.moderation.actions import sanction_listing
from server.outbox import JobRow
from tests.server.board.town import Town
from tests.server.exchanges.pair import Pair, due_of

LETTERS = ("asked", "soon", "after", "lapsing", "done", "releasing", "missed", "returning")


async def letters(town: Town) -> list[tuple[str, str]]:
    """Return to whom letters went and their subjects, oldest first, with plain spaces."""
    async with town.database.read() as session:
        rows = await session.exec(select(ShownMailRow).order_by(col(ShownMailRow.id)))
        return [(row.to, re.sub(r"[\xa0\u202f]", " ", row.subject)) for row in rows]


async def texts(town: Town) -> list[str]:
    """Return what the letters say, subject and text, with plain spaces."""
    async with town.database.read() as session:
        rows = await session.exec(select(ShownMailRow).order_by(col(ShownMailRow.id)))
        return [re.sub(r"[\xa0\u202f]", " ", f"{row.subject}\n{row.text}") for row in rows]


async def address(town: Town, name: str) -> str:
    from server.members.models import MemberRow

    async with town.database.read() as session:
        return (await session.exec(select(MemberRow.email).where(col(MemberRow.name) == name))).one()


async def at(town: Town, moment: datetime) -> None:
    """Carry out what is due at a moment."""
    with time_machine.travel(moment):
        await town.work()


async def test_who_was_asked_is_reminded_after_three_days(town: Town) -> None:
    pair = await Pair.meet(town)
    proposed = await pair.propose()

    await at(town, proposed.updated_at + timedelta(days=3))

    assert await letters(town) == [
        (await address(town, "Ana"), "« Tondre la pelouse » : Bo attend votre réponse")
    ]


async def test_who_has_answered_is_not(town: Town) -> None:
    pair = await Pair.meet(town)
    proposed = await pair.propose()
    await pair.take(pair.ana, "decline", proposed)

    await at(town, proposed.updated_at + timedelta(days=4))

    assert await letters(town) == []


async def test_both_are_told_a_day_before_the_agreed_time_and_asked_a_day_after(town: Town) -> None:
    pair = await Pair.meet(town)
    agreed = await pair.accepted(agreed_for=now() + timedelta(days=5))
    assert agreed.agreed_for is not None

    await at(town, agreed.agreed_for - timedelta(days=1))
    before = await letters(town)
    await at(town, agreed.agreed_for + timedelta(days=1))

    both = {await address(town, name) for name in ("Ana", "Bo")}
    assert {to for to, _ in before} == both
    assert len(before) == 2
    assert {to for to, _ in (await letters(town))[2:]} == both


async def test_a_beneficiary_is_reminded_twice_before_the_smiles_pass_and_the_helper_never(
    town: Town,
) -> None:
    pair = await Pair.meet(town)
    done = await pair.done()

    for days in range(1, 7):
        await at(town, done.updated_at + timedelta(days=days))

    ana = await address(town, "Ana")
    assert await letters(town) == [
        (ana, "Bo dit que c’est fait : confirmez-vous ?"),
        (ana, "Dernier rappel : votre échange avec Bo sera confirmé demain"),
    ]
    assert (await pair.now()).state == "done"


async def test_a_helper_who_is_said_to_have_been_missing_is_told_at_once_and_again_a_day_before(
    town: Town,
) -> None:
    pair = await Pair.meet(town)
    missed = await pair.missed()
    await at(town, now())
    first = await letters(town)

    await at(town, due_of(missed) - timedelta(days=1))

    bo = await address(town, "Bo")
    assert [to for to, _ in first] == [bo]
    assert [to for to, _ in await letters(town)] == [bo, bo]


async def test_both_are_told_a_day_before_what_was_agreed_and_nobody_ended_expires(town: Town) -> None:
    pair = await Pair.meet(town)
    agreed = await pair.accepted()

    await at(town, due_of(agreed) - timedelta(days=1))

    assert dict(await letters(town)) == {
        await address(town, "Ana"): "Dernier rappel : votre échange avec Bo expire demain",
        await address(town, "Bo"): "Dernier rappel : votre échange avec Ana expire demain",
    }
    assert [text for text in await texts(town) if "3 smiles vous reviendront" in text]
    assert [text for text in await texts(town) if "3 smiles reviendront à Ana" in text]


@pytest.mark.parametrize("smiles", [0, 1])
async def test_letters_speak_of_as_many_smiles_as_there_are(town: Town, smiles: int) -> None:
    pair = await Pair.meet(town)
    for state in (pair.propose, pair.accepted, pair.done, pair.missed):
        step = await state(smiles=smiles)
        await at(town, due_of(step) - timedelta(days=1))
        if step.state == "proposed":
            await pair.take(pair.ana, "decline", step)
        else:
            await pair.take(pair.ana, "confirm", step)

    # Without the letter about the listing, which ends too.
    said = [text for text in await texts(town) if not text.startswith("Votre annonce")]
    assert len(said) == 7
    assert not [text for text in said if re.search(r"\b[01] smiles|[{}]", text)]
    if smiles == 0:
        assert not [text for text in said if re.search(r"\d smile|smiles", text)]


async def test_a_letter_is_written_once_however_often_its_job_runs(town: Town) -> None:
    pair = await Pair.meet(town)
    await pair.missed()

    await asyncio.gather(*(Worker(town.site).drain() for _ in range(3)))
    async with town.database.read() as session:
        jobs = await session.exec(select(JobRow.payload).where(col(JobRow.kind) == REMIND))
        payloads = [dict(one) for one in jobs if one["letter"] == "missed"]
    for payload in payloads:
        await KINDS[REMIND].work(town.site, payload)
    await town.work()

    assert len(await letters(town)) == 1


async def test_who_is_to_be_reminded_within_less_than_a_day_is_told_once(town: Town) -> None:
    pair = await Pair.meet(town)
    await pair.accepted(agreed_for=now() + timedelta(hours=3))

    async with town.database.read() as session:
        (row,) = (await session.exec(select(ExchangeRow))).all()

    assert [one.letter for one in reminders(town.settings, row)] == ["after", "lapsing"]


async def test_a_letter_does_not_name_a_hidden_listing_to_who_may_not_read_it(town: Town) -> None:
    pair = await Pair.meet(town)
    agreed = await pair.accepted(agreed_for=now() + timedelta(days=5))
    assert agreed.agreed_for is not None
    mo = await town.member("Mo", moderator=True)
    await sanction_listing(town.site, mo, "hide", pair.listing, "Pas ici.")
    await at(town, now())
    # Ana has been told that her listing is hidden.
    told = len(await letters(town))

    await at(town, agreed.agreed_for - timedelta(days=1))

    said = dict(zip([to for to, _ in await letters(town)][told:], (await texts(town))[told:], strict=True))
    to_ana, to_bo = [said[await address(town, name)] for name in ("Ana", "Bo")]
    assert "Tondre la pelouse" in to_ana
    assert "Tondre la pelouse" not in to_bo
    assert "Votre échange avec Ana, sous une annonce que la modération a masquée," in to_bo
    async with town.database.read() as session:
        links = (await session.exec(select(ShownMailRow.link).order_by(col(ShownMailRow.id)))).all()[told:]
    assert len(links) == 2
    assert all(link and link.endswith(f"/annonces/{pair.listing}") for link in links)


@pytest.mark.parametrize("locale", catalogue.LOCALES)
@pytest.mark.parametrize("letter", LETTERS)
def test_every_letter_has_its_words_and_those_without_the_title(locale: str, letter: str) -> None:
    given = {"other": "Bo", "smiles": "3 smiles", "back": ""}

    for part in ("subject", "text", "button"):
        assert catalogue.translate(locale, f"mail.exchange_{letter}.{part}", title="Soupe", **given)
        assert catalogue.translate(locale, f"mail.exchange_hidden_{letter}.{part}", **given)
