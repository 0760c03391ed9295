"""Every operation of the board, asked by everybody, through the front door: who is answered, who is not."""

from typing import Any

import httpx
import pytest

from server.app import OPERATIONS
from server.clock import now
from server.ids import new_id
from server.members import sessions
from server.members.models import MemberRow
from tests.server.house import House, a_request

BOARD = {"listings", "conversations", "moderation", "exchanges"}

# Who asks: nobody, somebody whose address is not verified, another member, the author of the listing, who
# answers it in a dialog, a moderator.
ROLES = ("nobody", "unverified", "other", "author", "answerer", "moderator")
OPEN = (200, 200, 200, 200, 200, 200)
MEMBERS = (401, 401, 200, 200, 200, 200)
MODERATORS = (401, 401, 403, 403, 403, 200)
AUTHOR = (401, 401, 403, 200, 403, 403)
SANCTION = (401, 401, 403, 403, 403, 204)
REASON = {"reason": "Pas ici, merci."}
# Nobody's: with one that is somebody's, `tests/server/photos/test_hidden_avatars.py` asks.
AVATAR = {**REASON, "avatar": "a" * 22}
# After these everything is as it was, or near enough for the next line.
KEEP_THE_SCENE = {
    "listings.publish",
    "listings.around",
    "listings.in_box",
    "listings.view",
    "listings.own",
    "listings.of_member",
    "listings.renew",
    "conversations.open_dialog",
    "conversations.inbox",
    "conversations.messages",
    "conversations.post",
    "conversations.read",
    "moderation.read_feed",
    "moderation.audit",
    "moderation.hide_avatar",
    "moderation.restore_avatar",
    "moderation.show_hidden_avatar",
    "exchanges.exchanges",
    "exchanges.beneath",
    "exchanges.list_hidden",
    "exchanges.share",
    "exchanges.trust",
    "exchanges.list_disputes",
    "exchanges.look",
}
DRAFT = {"id": new_id(), "text": "Bonjour"}

WHY = {"version": 1, "words": "Ce n’est pas vrai."}
STEP = {"version": 1}
# Either of the two may, of the version that it is.
STALE = {"version": 2, "smiles": 1}
# What is the two's own.
TWO = (401, 401, 404, 200, 200, 404)
SETTLE = {"version": 3, "to_helper": 0, "reason": "D’accord."}

# The operation, the path, the body, and the answers: in the order of ROLES.
TABLE: list[tuple[str, str, Any, tuple[int, ...]]] = [
    ("listings.publish", "/api/listings", None, (401, 401, 201, 201, 201, 201)),
    ("listings.around", "/api/listings/around", {"at": {"lon": 7, "lat": 47}}, OPEN),
    ("listings.in_box", "/api/listings?bbox=7,47,8,48", None, OPEN),
    ("listings.view", "/api/listings/{listing}", None, OPEN),
    ("listings.own", "/api/me/listings", None, MEMBERS),
    ("listings.of_member", "/api/members/{member}/listings", None, OPEN),
    ("listings.edit", "/api/listings/{fresh}", {"version": 1, "smiles": 5}, AUTHOR),
    ("listings.renew", "/api/listings/{listing}/renew", None, AUTHOR),
    ("listings.close", "/api/listings/{listing}/close", None, AUTHOR),
    ("listings.reopen", "/api/listings/{done}/reopen", None, AUTHOR),
    ("listings.delete", "/api/listings/{listing}", None, (401, 401, 403, 204, 403, 403)),
    ("conversations.open_dialog", "/api/listings/{listing}/dialog", None, (401, 401, 200, 409, 200, 200)),
    ("conversations.inbox", "/api/inbox", None, MEMBERS),
    ("conversations.messages", "/api/conversations/{thread}/messages", None, OPEN),
    ("conversations.messages", "/api/conversations/{dialog}/messages", None, (404, 404, 404, 200, 200, 404)),
    ("conversations.post", "/api/conversations/{thread}/messages", DRAFT, (401, 401, 201, 201, 201, 201)),
    ("conversations.post", "/api/conversations/{dialog}/messages", DRAFT, (401, 401, 404, 201, 201, 404)),
    ("conversations.read", "/api/conversations/{thread}/read", {"seq": 1}, (401, 401, 204, 204, 204, 204)),
    ("conversations.read", "/api/conversations/{dialog}/read", {"seq": 1}, (401, 401, 404, 204, 204, 404)),
    ("conversations.edit", "/api/messages/{public}", {"text": "Mieux"}, (401, 401, 403, 403, 200, 403)),
    ("conversations.edit", "/api/messages/{private}", {"text": "Mieux"}, (401, 401, 404, 403, 200, 404)),
    ("conversations.delete", "/api/messages/{public}", None, (401, 401, 403, 403, 200, 403)),
    ("conversations.delete", "/api/messages/{private}", None, (401, 401, 404, 403, 200, 404)),
    ("moderation.read_feed", "/api/moderation/feed", {}, MODERATORS),
    ("moderation.audit", "/api/moderation/audit", None, MODERATORS),
    ("moderation.hide_message", "/api/moderation/messages/{public}/hide", REASON, SANCTION),
    ("moderation.hide_message", "/api/moderation/messages/{private}/hide", REASON, (*MODERATORS[:5], 404)),
    (
        "moderation.restore_message",
        "/api/moderation/messages/{public}/restore",
        REASON,
        SANCTION,
    ),
    ("moderation.hide_listing", "/api/moderation/listings/{listing}/hide", REASON, SANCTION),
    (
        "moderation.restore_listing",
        "/api/moderation/listings/{hidden}/restore",
        REASON,
        SANCTION,
    ),
    (
        "moderation.hide_avatar",
        "/api/moderation/members/{member}/avatar/hide",
        AVATAR,
        (*MODERATORS[:5], 404),
    ),
    (
        "moderation.restore_avatar",
        "/api/moderation/members/{member}/avatar/restore",
        AVATAR,
        (*MODERATORS[:5], 404),
    ),
    (
        "moderation.show_hidden_avatar",
        "/api/members/{member}/hidden-avatar",
        None,
        (401, 401, 404, 404, 200, 200),
    ),
    ("exchanges.propose", "/api/conversations/{dialog}/exchanges", None, (401, 401, 404, 409, 409, 404)),
    ("exchanges.propose", "/api/conversations/{thread}/exchanges", None, (401, 401, 404, 404, 404, 404)),
    ("exchanges.exchanges", "/api/conversations/{dialog}/exchanges", None, TWO),
    ("exchanges.exchanges", "/api/conversations/{thread}/exchanges", None, (401, 401, 404, 404, 404, 404)),
    ("exchanges.beneath", "/api/listings/{listing}/exchanges", None, AUTHOR),
    ("exchanges.list_hidden", "/api/me/hidden-exchanges", None, MEMBERS),
    (
        "exchanges.amend",
        "/api/exchanges/{proposed}",
        STALE,
        (401, 401, 404, 409, 409, 404),
    ),
    ("exchanges.accept", "/api/exchanges/{proposed}/accept", STEP, (401, 401, 404, 200, 403, 404)),
    ("exchanges.decline", "/api/exchanges/{proposed}/decline", STEP, (401, 401, 404, 200, 403, 404)),
    ("exchanges.cancel", "/api/exchanges/{proposed}/cancel", STEP, (401, 401, 404, 409, 200, 404)),
    ("exchanges.finish", "/api/exchanges/{proposed}/finish", STEP, (401, 401, 404, 403, 409, 404)),
    ("exchanges.confirm", "/api/exchanges/{proposed}/confirm", STEP, (401, 401, 404, 409, 403, 404)),
    ("exchanges.report", "/api/exchanges/{proposed}/report", STEP, (401, 401, 404, 409, 409, 404)),
    ("exchanges.object_to", "/api/exchanges/{proposed}/object", WHY, (401, 401, 404, 403, 409, 404)),
    ("exchanges.dispute", "/api/exchanges/{proposed}/dispute", WHY, (401, 401, 404, 409, 409, 404)),
    ("exchanges.share", "/api/exchanges/{disputed}/shared", None, TWO),
    ("exchanges.share", "/api/exchanges/{proposed}/shared", None, (401, 401, 404, 409, 409, 404)),
    ("exchanges.trust", "/api/members/{member}/trust", None, OPEN),
    ("exchanges.list_disputes", "/api/moderation/disputes", None, MODERATORS),
    ("exchanges.look", "/api/moderation/disputes/{disputed}", None, MODERATORS),
    ("exchanges.look", "/api/moderation/disputes/{proposed}", None, (401, 401, 403, 403, 403, 404)),
    ("exchanges.settle", "/api/moderation/disputes/{disputed}/settle", SETTLE, MODERATORS),
    (
        "exchanges.settle",
        "/api/moderation/disputes/{proposed}/settle",
        SETTLE,
        (401, 401, 403, 403, 403, 404),
    ),
    # What is hidden looks to others as if it were not there.
    ("listings.view", "/api/listings/{hidden}", None, (404, 404, 404, 200, 404, 200)),
    ("listings.edit", "/api/listings/{hidden}", {"version": 1, "smiles": 5}, (401, 401, 404, 409, 404, 403)),
    ("conversations.open_dialog", "/api/listings/{hidden}/dialog", None, (401, 401, 404, 409, 404, 409)),
]


async def test_each_is_answered_as_is_their_right(small_house: House, subtests: pytest.Subtests) -> None:
    people = await _everybody(small_house)
    ids: dict[str, str] = {}

    for operation, path, body, expected in TABLE:
        ids = ids or await _scene(people)
        with subtests.test(f"{operation} {path}"):
            answers = await _ask_all(people, operation, path.format(**ids), body, expected)

            assert tuple(answers[role].status_code for role in ROLES) == expected
            refusals = [answer.json() for answer in answers.values() if answer.status_code >= 400]
            assert all(refusal["code"] for refusal in refusals)
            assert not [refusal for refusal in refusals if refusal["title"] == "Cela n’est pas possible."]
        if operation not in KEEP_THE_SCENE:
            ids = {}


async def _everybody(house: House) -> dict[str, httpx.AsyncClient]:
    """Return everybody at their browser."""
    people = {role: await house.visitor() for role in ROLES}
    async with house.site.database.write() as session:
        for role in ROLES[1:]:
            row = MemberRow(
                id=new_id(),
                email=f"{role}@example.org",
                name=role,
                kind="individual",
                locale="fr",
                moderator=role == "moderator",
                verified_at=None if role == "unverified" else now(),
                created_at=now(),
            )
            session.add(row)
            await session.flush()
            people[role].cookies.set("onemile", await sessions.start(session, row, "Firefox"))
    return people


async def _ask_all(
    people: dict[str, httpx.AsyncClient], operation: str, path: str, body: Any, expected: tuple[int, ...]
) -> dict[str, httpx.Response]:
    """Have each role ask, those first who are to be refused: who may do it changes what is there."""
    method = next(one.method for one in OPERATIONS if f"{one.domain}.{one.name}" == operation)
    answers = {}
    for role, _ in sorted(zip(ROLES, expected, strict=True), key=lambda line: line[1] < 400):
        sent = a_request() if operation == "listings.publish" else body
        if operation == "conversations.post":
            sent = {**body, "id": new_id()}
        if operation == "exchanges.propose":
            # Whoever asks may be the helper; nobody else is in every dialog.
            sent = {"id": new_id(), "helper": await _helper(people), "smiles": 0}
        headers = {"Idempotency-Key": new_id()}
        answers[role] = await people[role].request(method, path, json=sent, headers=headers)
    return answers


async def _scene(people: dict[str, httpx.AsyncClient]) -> dict[str, str]:
    """Publish and say what the paths name; return the ids."""
    author, answerer = people["author"], people["answerer"]
    for before in (await author.get("/api/me/listings")).json()["listings"]:
        # There is an end to how many one may have.
        await author.delete(f"/api/listings/{before['id']}")
    open_, fresh, done, hidden = [await _publish(author) for _ in range(4)]
    await author.post(f"/api/listings/{done['id']}/close")
    await people["moderator"].post(f"/api/moderation/listings/{hidden['id']}/hide", json=REASON)
    dialog = (await answerer.put(f"/api/listings/{open_['id']}/dialog")).json()["conversation"]
    ids = {"listing": open_["id"], "fresh": fresh["id"], "done": done["id"], "hidden": hidden["id"]}
    ids |= {"thread": open_["thread"], "dialog": dialog, "public": new_id(), "private": new_id()}
    for place, message in (("thread", "public"), ("dialog", "private")):
        draft = {"id": ids[message], "text": "Moi !"}
        await answerer.post(f"/api/conversations/{ids[place]}/messages", json=draft)
    ids["member"] = await _helper(people)
    ids["proposed"] = await _propose(answerer, dialog, ids["member"])
    third = await _publish(author)
    dialog = (await answerer.put(f"/api/listings/{third['id']}/dialog")).json()["conversation"]
    ids["disputed"] = await _propose(answerer, dialog, ids["member"])
    for version, (who, act) in enumerate(((author, "accept"), (author, "dispute")), start=1):
        step = {"version": version, "words": "Personne n’est venu."}
        await _write(who, f"/api/exchanges/{ids['disputed']}/{act}", step)
    return ids


async def _helper(people: dict[str, httpx.AsyncClient]) -> str:
    member: str = (await people["answerer"].get("/api/session")).json()["member"]["id"]
    return member


async def _propose(helper: httpx.AsyncClient, dialog: str, member: str) -> str:
    exchange = new_id()
    draft = {"id": exchange, "helper": member, "smiles": 0}
    await _write(helper, f"/api/conversations/{dialog}/exchanges", draft)
    return exchange


async def _write(who: httpx.AsyncClient, path: str, body: dict[str, Any]) -> None:
    answer = await who.post(path, json=body, headers={"Idempotency-Key": new_id()})
    assert answer.status_code < 300, answer.text


async def _publish(author: httpx.AsyncClient) -> dict[str, Any]:
    answer = await author.post("/api/listings", json=a_request(), headers={"Idempotency-Key": new_id()})
    listing: dict[str, Any] = answer.json()["listing"]
    return listing
