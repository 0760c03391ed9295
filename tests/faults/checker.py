"""The one judge: from what the clients did and saw, and the database afterwards, what was lost.

Pure: it asks nobody. `differences` compares how things stand, once all is quiet; `violations` goes through
the whole history. Each line that they return names the promise it breaks (docs/promises.md). The rules of
smiles (L) are in `tests.faults.ledger_rules`, those of projects and photos in `tests.faults.project_rules`.
"""

from collections import Counter
from collections.abc import Iterator
from typing import TypeAlias

from geo.chord import chord_um, reach_um, vector
from geo.position import Point
from geo.sphere import MILE_M
from realtime.protocol import NEAREST_COUNT, Watch
from realtime.shapes import Message, Scale
from tests.faults.copies import Answer, ConversationCopy
from tests.faults.history import Deed, History, Outcome, Page
from tests.faults.ledger_rules import (
    SMILE_KINDS,
    ledger_differences,
    ledger_violations,
    smile_deed_is_wrong,
)
from tests.faults.project_rules import (
    PHOTO_KINDS,
    PROJECT_KINDS,
    photo_deed_is_wrong,
    project_deed_is_wrong,
    project_differences,
    project_violations,
)
from tests.faults.truth import Posted, Said, Truth

# What each process looks up, by id with its version; None: it gave no answer.
Indexes: TypeAlias = list[dict[str, int] | None]

# Without a database the answer is no, soon: twice what a connection may take, and a busy machine.
FAST_SECONDS = 12.0
# What takes a listing from one version to the next.
_CHANGES = ("move", "close")


def differences(history: History, truth: Truth, indexes: Indexes) -> list[str]:
    """Return where a copy, or a process's index, is not as the database."""
    return [
        *(f"E1 {page.name}: {line}" for page in history.pages for line in _conversations_differ(page, truth)),
        *(f"E2 {page.name}: {line}" for page in history.pages for line in _map_differs(page, truth)),
        *(f"E2 {page.name}: {line}" for page in history.pages for line in _inbox_differs(page, truth)),
        *(
            f"E5 {page.name} has signed out, and has a member's socket"
            for page in history.pages
            if page.signed_out and page.who is not None
        ),
        *_indexes_differ(indexes, truth),
        *_untold(truth),
        *ledger_differences(history, truth),
        *project_differences(history, truth),
    ]


def violations(history: History, truth: Truth) -> list[str]:
    """Return what the history shows that may never be."""
    return [
        *(line for deed in history.deeds for line in _deed_is_lost(deed, history, truth)),
        *_numbers_are_wrong(truth),
        *_doubles(history, truth),
        *(line for page in history.pages for line in _page_is_wrong(page, history, truth)),
        *_outages_were_felt(history),
        *ledger_violations(history, truth),
        *project_violations(history, truth),
    ]


# ── How things stand ──────────────────────────────────────────────────────────────────────────────────


def _conversations_differ(page: Page, truth: Truth) -> Iterator[str]:
    for copy in page.conversations.values():
        if copy.refused is not None:
            yield f"is out of {copy.conversation}: {copy.refused}"
            continue
        number = truth.numbers[copy.conversation]
        if copy.cursor != number:
            yield f"has {copy.conversation} up to {copy.cursor} of {number}"
        has = {one.id: (one.seq, one.change, one.text) for one in copy.messages.values()}
        for said in _of(copy.conversation, truth):
            is_here = has.pop(said.id, None)
            if is_here is None:
                if not (copy.earlier and said.seq < min(one.seq for one in copy.messages.values())):
                    yield f"lacks message {said.seq} of {copy.conversation}"
            elif is_here != (said.seq, said.change, said.text):
                yield f"has message {said.seq} as {is_here}, it is {(said.seq, said.change, said.text)}"
        for message in has:
            yield f"has message {message}, which the database has not"


def _map_differs(page: Page, truth: Truth) -> Iterator[str]:
    if page.map is None:
        return
    shows = {pin.id: pin.version for pin in page.map.pins.values()}
    should = {posted.id: posted.version for posted in in_view(page.map.watch, truth)}
    if shows != should:
        yield f"shows {_diff(shows, should)}"


def _inbox_differs(page: Page, truth: Truth) -> Iterator[str]:
    if page.inbox is None:
        return
    for (conversation, member), unread in truth.unread.items():
        said = _of(conversation, truth)
        if member != page.member or not said:
            continue
        last = max(said, key=lambda one: one.seq)
        line = page.inbox.conversations.get(conversation)
        shown = None if line is None or line.last is None else (line.last.id, line.last.change, line.unread)
        if shown != (last.id, last.change, unread):
            yield f"its inbox has {shown} of {conversation}, it is {(last.id, last.change, unread)}"


def in_view(watch: Watch, truth: Truth) -> list[Posted]:
    """Return what `watch` should show, found by looking at every listing."""
    centre = vector(Point(watch.at.lon, watch.at.lat))
    far = sorted(
        (chord_um(centre, vector(Point(posted.lon, posted.lat))), posted.id)
        for posted in truth.listings.values()
        if posted.has_pin and posted.kind in watch.layers
    )
    if watch.scale is Scale.MILE:
        reach = reach_um(MILE_M)
        return [truth.listings[listing] for chord, listing in far if chord <= reach]
    return [truth.listings[listing] for _, listing in far[:NEAREST_COUNT]]


def _indexes_differ(indexes: Indexes, truth: Truth) -> Iterator[str]:
    should = {posted.id: posted.version for posted in truth.listings.values() if posted.has_pin}
    for web, found in enumerate(indexes):
        if found is None:
            yield f"E7 process {web} gives no answer"
        elif found != should:
            yield f"E7 process {web} has {_diff(found, should)}"


def _untold(truth: Truth) -> Iterator[str]:
    if truth.untold:
        yield f"E3 {truth.untold} signals wait in the outbox"


def _diff(has: dict[str, int], should: dict[str, int]) -> str:
    lacks = [f"{one} v{version}" for one, version in should.items() if has.get(one) != version]
    beyond = [f"{one} v{version}" for one, version in has.items() if should.get(one) != version]
    return f"{beyond} instead of {lacks}"


def _of(conversation: str, truth: Truth) -> list[Said]:
    return [said for said in truth.messages.values() if said.conversation == conversation]


# ── What became of each deed ──────────────────────────────────────────────────────────────────────────


def _deed_is_lost(deed: Deed, history: History, truth: Truth) -> Iterator[str]:
    what = f"{deed.kind} {deed.subject} ({deed.outcome}, {deed.tries} tries)"
    if deed.outcome is Outcome.REFUSED:
        yield f"W1 {what} was refused for good: {deed.refusal}"
        return
    if deed.kind in SMILE_KINDS:
        wrong = smile_deed_is_wrong(deed, truth)
    elif deed.kind in PROJECT_KINDS:
        wrong = project_deed_is_wrong(deed, truth)
    elif deed.kind in PHOTO_KINDS:
        wrong = photo_deed_is_wrong(deed, history, truth)
    elif deed.kind in {"post", "edit", "delete"}:
        wrong = _message_is_wrong(deed, history, truth)
    else:
        wrong = _listing_is_wrong(deed, history, truth)
    if wrong is not None:
        yield f"{'L5' if deed.kind in SMILE_KINDS else 'W1'} {what}: {wrong}"
    if deed.kind in SMILE_KINDS | PROJECT_KINDS | PHOTO_KINDS and any(
        answer != deed.answers[0] for answer in deed.answers
    ):
        yield f"L4 {what} was answered differently: {deed.answers}"
    if deed.kind in {"post", "publish"} and len({_identity(answer) for answer in deed.answers}) > 1:
        yield f"E4 {what} was answered differently: {deed.answers}"


def _message_is_wrong(deed: Deed, history: History, truth: Truth) -> str | None:
    said = truth.messages.get(deed.subject)
    if said is None:
        lost = deed.kind != "post" or deed.outcome is Outcome.ANSWERED
        return "the database has no such message" if lost else None
    if said.author != deed.member:
        return f"the database has it as {said.author}'s"
    kinds = {one.kind: one for one in history.deeds if one.subject == deed.subject}
    if deed.kind == "post":
        changed = "edit" in kinds or "delete" in kinds
        if said.conversation != deed.where or not (changed or said.text == deed.text):
            return f"the database has {said}"
    elif deed.kind == "edit" and deed.outcome is Outcome.ANSWERED:
        if said.text != deed.text or not said.edited:
            return f"the database has {said}"
    elif deed.kind == "delete" and deed.outcome is Outcome.ANSWERED and not said.deleted:
        return f"the database has {said}"
    return None


def _listing_is_wrong(deed: Deed, history: History, truth: Truth) -> str | None:
    posted = truth.listings.get(deed.subject)
    if posted is None:
        lost = deed.kind != "publish" or deed.outcome is Outcome.ANSWERED
        return "the database has no such listing" if lost else None
    if posted.author != deed.member:
        return f"the database has it as {posted.author}'s"
    if deed.kind == "publish" and posted.title != deed.text:
        return f"the database has {posted}"
    if deed.kind == "close" and deed.outcome is Outcome.ANSWERED and posted.state != "done":
        return f"the database has {posted}"
    # A move within the 300 m cell may change nothing: what was answered says which version it made.
    changes = [one for one in history.deeds if one.subject == deed.subject and one.kind in _CHANGES]
    answered = [answer["listing"]["version"] for one in changes for answer in one.answers]
    steps = sum(agreed.version for agreed in truth.ledger.exchanges.values() if agreed.listing == posted.id)
    # Whoever supports a project raises its version too.
    most = posted.version if posted.kind == "project" else 1 + len(changes) + steps
    if not max(answered, default=1) <= posted.version <= most:
        return f"its version is {posted.version}: answered were {answered}, of {len(changes)} changes"
    return None


def _identity(answer: dict[str, object]) -> str:
    """Return what must be the same in every answer to the same: the whole, but for who looks at a message."""
    return repr((answer.get("id"), answer.get("seq"), answer.get("listing")))


def _numbers_are_wrong(truth: Truth) -> Iterator[str]:
    """Each change of a conversation took one number, and each number was taken by one change."""
    for conversation, number in truth.numbers.items():
        said = _of(conversation, truth)
        changes = sum(1 + one.edited + one.deleted for one in said)
        if changes != number:
            yield f"E1 {conversation} has had {changes} changes, and counts {number}"
        for name, taken in (
            ("change", [one.change for one in said]),
            ("seq", [one.seq for one in said]),
        ):
            doubles = [value for value, count in Counter(taken).items() if count > 1]
            if doubles:
                yield f"E1 {conversation} has {name} {doubles} twice"


def _doubles(history: History, truth: Truth) -> Iterator[str]:
    """What was meant once is there once, also under another id."""
    said = Counter(one.text for one in truth.messages.values() if one.text is not None)
    posted = Counter(one.title for one in truth.listings.values())
    for deed in history.deeds:
        if deed.kind == "post" and said[deed.text] > 1:
            yield f"E4 {deed.text!r} is there {said[deed.text]} times"
        if deed.kind == "publish" and posted[deed.text] > 1:
            yield f"E4 {deed.text!r} is there {posted[deed.text]} times"


# ── What each page saw ────────────────────────────────────────────────────────────────────────────────


def _page_is_wrong(page: Page, history: History, truth: Truth) -> Iterator[str]:
    for frame in page.unreadable:
        yield f"E8 {page.name} got {frame}"
    for dialog in page.heard_of & history.dialogs.keys():
        if page.member not in history.dialogs[dialog]:
            yield f"E6 {page.name} heard of the dialog {dialog}"
    if page.map is not None:
        for wrong in page.map.wrongs:
            yield f"E2 {page.name}: {wrong}"
    for copy in page.conversations.values():
        for line in _hearing_is_wrong(copy, truth):
            yield f"E1 {page.name}: {line}"


def _hearing_is_wrong(copy: ConversationCopy, truth: Truth) -> Iterator[str]:
    for heard in copy.heard:
        for message in heard.opened.messages if isinstance(heard, Answer) else [heard]:
            yield from _message_was_never(message, truth)
        if isinstance(heard, Answer):
            yield from _answer_is_wrong(heard, copy.conversation, truth)


def _message_was_never(message: Message, truth: Truth) -> Iterator[str]:
    said = truth.messages.get(message.id)
    if said is None:
        yield f"was told message {message.id}, which the database has not (R5)"
    elif (said.seq, said.author) != (message.seq, message.author.id) or message.change > said.change:
        yield f"was told {message}, the database has {said}"
    elif said.change == message.change and said.text != message.text:
        yield f"was told {message.text!r} as change {message.change}, the database has {said.text!r}"


def _answer_is_wrong(answer: Answer, conversation: str, truth: Truth) -> Iterator[str]:
    """A change that is still the last of its message was so when the answer was given: it must be in it."""
    opened, asked = answer.opened, answer.asked
    told = {message.id: message.change for message in opened.messages}
    order = [message.seq for message in opened.messages]
    if order != sorted(order):
        yield f"an answer is not in order: {order}"
    since = -1 if opened.reset else asked
    if since is None:
        yield "an answer without a reset to a question without a cursor"
        return
    for said in _of(conversation, truth):
        is_due = since < said.change <= opened.cursor
        is_earlier = opened.reset and opened.earlier and bool(order) and said.seq < order[0]
        if is_due and not is_earlier and told.get(said.id) != said.change:
            yield f"asked from {asked}, was told up to {opened.cursor}, and not change {said.change}"
    if not opened.reset and any(change <= since for change in told.values()):
        yield f"asked from {asked}, was told again {[c for c in told.values() if c <= since]}"


# ── What an outage let through ────────────────────────────────────────────────────────────────────────


def _outages_were_felt(history: History) -> Iterator[str]:
    for outage in history.outages:
        for one in history.attempts:
            if one.web not in outage.webs or one.began < outage.began or one.ended > outage.ended:
                continue
            what = f"{one.way} {'writes' if one.writes else 'reads'} at process {one.web}: {one.status}"
            if outage.of == "bus" and (500 if one.status is None else one.status) >= 500:
                yield f"R4 without the bus, {what}"
            if outage.of == "database" and one.status is not None and one.status != 503 and one.writes:
                yield f"R5 without the database, {what}"
            if outage.of == "database" and one.ended - one.began > FAST_SECONDS:
                yield f"R5 without the database, {what} after {one.ended - one.began:.1f} s"
