"""Who is here, who is typing, how far who has read; and who does not show it."""

from realtime.protocol import (
    PRESENCE_LIMIT,
    Done,
    Open,
    Opened,
    PresenceChanged,
    Read,
    ReadSeen,
    Refused,
    Typing,
    TypingSeen,
)
from realtime.signals import PresenceTold
from tests.realtime.served import Process
from tests.realtime.village import Village, person


async def test_typing_is_seen_by_the_others_only(village: Village, process: Process) -> None:
    ana = village.settle("ana")
    bo = village.settle("bo")
    dialog = village.talk(ana, bo)

    async with process.client("ana") as a, process.client("bo") as b:
        for client in (a, b):
            await client.ask(Open(conversation=dialog))
            await client.next(Opened)
        await a.next(PresenceChanged)
        await a.ask(Typing(conversation=dialog))
        seen = await b.next(TypingSeen)

        assert seen.member == ana
        assert await a.all_until_now() == []


async def test_only_members_inside_the_conversation_can_be_typing(village: Village, process: Process) -> None:
    village.settle("ana")
    thread = village.talk()

    async with process.client() as nobody, process.client("ana") as ana:
        await nobody.ask(Typing(conversation=thread))
        await ana.ask(Typing(conversation=thread))

        assert (await nobody.next(Refused)).code == "sign_in_first"
        assert (await ana.next(Refused)).code == "conversation_not_open"


async def test_the_other_sees_how_far_one_has_read(village: Village, process: Process) -> None:
    ana, bo = village.settle("ana"), village.settle("bo")
    dialog = village.talk(ana, bo)
    await village.say(ana, dialog, "Bonjour")

    async with process.client("ana") as a, process.client("bo") as b:
        await a.ask(Open(conversation=dialog))
        await a.next(Opened)
        await b.ask(Read(ref=1, conversation=dialog, seq=1))
        await b.next(Done)
        seen = await a.next(ReadSeen)

    assert (seen.member, seen.seq) == (bo.id, 1)


async def test_who_hides_their_presence_is_seen_neither_coming_nor_typing(
    village: Village, process: Process
) -> None:
    village.settle("ana", discreet=True)
    thread = village.talk()

    async with process.client() as bo, process.client("ana") as ana:
        await bo.ask(Open(conversation=thread))
        await bo.next(Opened)
        await ana.ask(Open(conversation=thread))
        await ana.next(Opened)
        await ana.ask(Typing(conversation=thread))
        await ana.all_until_now()

        assert await bo.all_until_now() == []


async def test_a_crowd_is_not_told_who_comes_and_goes(village: Village, process: Process) -> None:
    thread = village.talk()
    crowd = [
        PresenceTold(process="elsewhere", conversation=thread, member=person(f"{n}"), here=True)
        for n in range(PRESENCE_LIMIT)
    ]
    late = PresenceTold(process="elsewhere", conversation=thread, member=person("late"), here=True)

    async with process.client() as bo:
        await village.publish(*crowd)
        await bo.ask(Open(conversation=thread))
        opened = await bo.next(Opened)
        await village.publish(late, late.model_copy(update={"here": False}))
        one_too_many = await bo.all_until_now()
        await village.publish(crowd[0].model_copy(update={"here": False}))
        fewer = await bo.next(PresenceChanged)

    assert opened.present == [told.member for told in crowd]
    assert one_too_many == []
    assert (fewer.member, fewer.here) == (crowd[0].member, False)
