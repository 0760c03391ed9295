"""What a member says of themselves, and what others see of it."""

import pytest
from sqlmodel import select

from realtime.signals import IdentityChanged
from server.members import roles
from server.members.models import MemberRow
from server.outbox import Outbox
from tests.server.board.town import town_at
from tests.server.house import REUNION, House, a_newcomer, problem
from tests.server.signing_in import me


async def test_a_member_changes_what_is_given_and_the_rest_stays(house: House) -> None:
    client = await house.join("Ana")
    home = ((await me(client)) or {})["home"]

    changed = (await client.patch("/api/me", json={"name": "Ana B.", "locale": "en"})).json()
    kept = changed["home"]
    without = (await client.patch("/api/me", json={"home": None})).json()

    assert (changed["name"], changed["locale"], kept) == ("Ana B.", "en", home)
    assert (without["name"], without["home"]) == ("Ana B.", None)


@pytest.mark.parametrize("change", [{"shows_presence": False}, {"name": "Anaïs"}])
async def test_open_sockets_learn_what_a_member_changed_of_what_others_see(
    house: House, change: dict[str, object]
) -> None:
    client = await house.join("Ana")

    await client.patch("/api/me", json=change)
    await client.patch("/api/me", json={"locale": "en", "shows_reads": False})

    member = await me(client)
    assert member is not None
    assert await house.told(IdentityChanged) == [IdentityChanged(member=str(member["id"]))]


async def test_everybody_sees_a_profile_and_nobody_more(house: House) -> None:
    client = await house.join("Ana")
    member = await me(client)
    assert member is not None

    profile = (await (await house.visitor()).get(f"/api/members/{member['id']}")).json()

    assert set(profile) == {"id", "name", "kind", "avatar", "member_since"}


async def test_who_has_not_proved_the_address_has_no_profile(house: House) -> None:
    client = await house.visitor()
    await client.post("/api/members", json=a_newcomer())
    async with house.site.database.read() as session:
        member = (await session.exec(select(MemberRow))).one()

    answer = await client.get(f"/api/members/{member.id}")

    assert problem(answer) == (404, "not_found")


async def test_the_role_of_moderator_is_given_and_taken(house: House) -> None:
    client = await house.join("Ana")

    given = await roles.set_moderator(house.site.database, "ANA@example.org", moderator=True)
    listed = await roles.moderators(house.site.database)
    as_moderator = await me(client)
    await roles.set_moderator(house.site.database, "ana@example.org", moderator=False)
    afterwards = await me(client)

    assert (given, listed) == (True, ["ana@example.org"])
    assert as_moderator is not None
    assert afterwards is not None
    assert (as_moderator["moderator"], afterwards["moderator"]) == (True, False)
    assert await roles.set_moderator(house.site.database, "nobody@example.org", moderator=True) is False


async def test_who_becomes_a_moderator_begins_anew_with_the_next_sweep_of_any_process(town_url: str) -> None:
    async with town_at(town_url) as town:
        ana = await town.member("Ana", email="ana@example.org")
        await town.site.bus.start(lambda _: None, lambda: None, lambda: None)

        # The command is over before it could publish anything: whoever runs takes it up at once.
        for moderator in (True, False):
            await roles.set_moderator(town.database, "ana@example.org", moderator=moderator)

        told = await town.signals(IdentityChanged)
        swept = await Outbox(town.database, town.site.bus, lambda _: None).sweep()

    assert ana.member is not None
    assert [signal.member for signal in told] == [ana.member.id] * 2
    assert swept == 2


async def test_a_position_that_is_none_is_refused_with_its_field(house: House) -> None:
    client = await house.visitor(**{"Accept-Language": "en"})

    answer = await client.post("/api/members", json=a_newcomer(home={"lon": 7.3, "lat": 147.7}))

    assert problem(answer) == (422, "invalid_fields")
    assert answer.json()["errors"] == [{"field": "home.lat", "code": "too_big", "title": "At most 90.0."}]
    assert REUNION["lat"] < 90
