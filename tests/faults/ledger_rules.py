"""What must hold of smiles and exchanges: the part of the judge (`tests.faults.checker`) for the ledger.

Pure, as the checker is. An exchange, its steps, its cards, its hold and its listing say the same, always.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Final, get_args

from tests.faults.history import Deed, History, Outcome, Page, SmileKind
from tests.faults.ledger import Agreed, Carded, Ledger, Stepped
from tests.faults.truth import Truth

SMILE_KINDS: Final = frozenset(get_args(SmileKind))
# While an exchange is in one of these its smiles are held, and its listing is taken.
HELD: Final = frozenset({"accepted", "done", "missed", "disputed"})
_BELOW_ZERO = frozenset({"mint", "debt"})


def ledger_differences(history: History, truth: Truth) -> Iterator[str]:
    """Yield where an exchange or a purse on a page is not as the database, and what waits for the clock."""
    for page in history.pages:
        yield from (f"E2 {page.name}: {line}" for line in _exchanges_differ(page, truth.ledger))
        yield from (f"E2 {page.name}: {line}" for line in _purse_differs(page, truth.ledger))
    for agreed in truth.ledger.exchanges.values():
        if agreed.overdue:
            yield f"clock: exchange {agreed.id} is {agreed.state}, and overdue"


def ledger_violations(history: History, truth: Truth) -> Iterator[str]:
    """Yield what may never be."""
    yield from _books_are_wrong(truth.ledger)
    for agreed in truth.ledger.exchanges.values():
        yield from (f"L5 exchange {agreed.id}: {line}" for line in _exchange_is_wrong(agreed, truth.ledger))
    yield from _listings_are_wrong(truth)
    yield from _two_have_won(history)
    for page in history.pages:
        wrongs = [
            *(page.exchanges.wrongs if page.exchanges else ()),
            *(page.purse.wrongs if page.purse else ()),
        ]
        yield from (f"E2 {page.name}: {wrong}" for wrong in wrongs)
        if page.foreign_purses:
            yield f"E6 {page.name} was told of {page.foreign_purses} purses that are not its own"


# ── How things stand ──────────────────────────────────────────────────────────────────────────────────


def _exchanges_differ(page: Page, ledger: Ledger) -> Iterator[str]:
    if page.exchanges is None:
        return
    shown = page.exchanges.exchanges
    for agreed in ledger.exchanges.values():
        if agreed.conversation not in page.exchanges.dialogs:
            continue
        has = shown.get(agreed.id)
        told = None if has is None else (has.version, has.state, has.smiles, has.to_helper)
        if told != (agreed.version, agreed.state, agreed.smiles, agreed.to_helper):
            yield f"has {told} of exchange {agreed.id}, it is {agreed}"
    for one in shown.keys() - ledger.exchanges.keys():
        yield f"has exchange {one}, which the database has not"


def _purse_differs(page: Page, ledger: Ledger) -> Iterator[str]:
    # Who keeps no inbox came by, and may have gone: only what they were told is compared.
    if page.purse is None or page.inbox is None:
        return
    mine = [account for account in ledger.accounts.values() if account.owner == page.member]
    sums: dict[str, int] = defaultdict(int)
    for account in mine:
        sums[account.kind if account.kind != "member" else f"{account.origin}"] += account.balance
    version = max((one.version for one in mine if (one.kind, one.origin) == ("member", "earned")), default=0)
    is_so = (sums["earned"] + sums["bought"], sums["bought"], sums["hold"], -sums["debt"], version)
    purse = page.purse.purse
    told = purse and (purse.balance, purse.bought, purse.held, purse.debt, purse.version)
    if told != is_so:
        yield f"its purse has {told}, it is {is_so}"


# ── The books ─────────────────────────────────────────────────────────────────────────────────────────


def _books_are_wrong(ledger: Ledger) -> Iterator[str]:
    for transfer in ledger.transfers.values():
        if sum(transfer.entries.values()) != 0:
            yield f"L1 the entries of {transfer.key} sum to {sum(transfer.entries.values())}"
    if (ledger.balances, ledger.entries) != (0, 0):
        yield f"L1 all balances sum to {ledger.balances}, all entries to {ledger.entries}"
    sums: Counter[str] = Counter()
    for transfer in ledger.transfers.values():
        sums.update(transfer.entries)
    for account in ledger.accounts.values():
        if account.balance != sums[account.id]:
            yield f"L2 {account.id} has {account.balance}, its entries say {sums[account.id]}"
        if account.balance < 0 and account.kind not in _BELOW_ZERO:
            yield f"L2 {account.id} is below zero: {account.balance}"
    keys = Counter(transfer.key for transfer in ledger.transfers.values())
    held = Counter(one.exchange for one in ledger.transfers.values() if one.exchange and one.reason == "hold")
    yield from (f"L4 {key} was booked {count} times" for key, count in keys.items() if count > 1)
    yield from (f"L4 exchange {one} was held {count} times" for one, count in held.items() if count > 1)


# ── One exchange ──────────────────────────────────────────────────────────────────────────────────────


def _exchange_is_wrong(agreed: Agreed, ledger: Ledger) -> Iterator[str]:
    steps = [step for step in ledger.steps if step.exchange == agreed.id]
    if [step.version for step in steps] != [*range(1, agreed.version + 1)]:
        yield f"is in version {agreed.version}, its steps are {[step.version for step in steps]}"
        return
    if (steps[0].step, steps[-1].state, steps[-1].smiles) != ("propose", agreed.state, agreed.smiles):
        yield f"stands as {agreed}, its steps say {steps[0].step} first and {steps[-1]} last"
    yield from _cards_are_wrong(agreed, steps, [card for card in ledger.cards if _of(card) == agreed.id])
    is_held = agreed.state in HELD
    waits = sum(one.balance for one in ledger.accounts.values() if one.id.startswith(f"hold:{agreed.id}:"))
    if waits != (agreed.smiles if is_held else 0):
        yield f"is {agreed.state} for {agreed.smiles} smiles, and {waits} are held"
    passed = agreed.to_helper or 0
    if (is_held and passed) or (agreed.state == "confirmed" and passed != agreed.smiles):
        yield f"is {agreed.state} for {agreed.smiles} smiles, and {passed} have passed"
    has_gained = {
        member: _gained(agreed.id, member, ledger) for member in (agreed.helper, agreed.beneficiary)
    }
    should = {agreed.helper: passed, agreed.beneficiary: -(agreed.smiles if is_held else passed)}
    if has_gained != should:
        yield f"is {agreed.state} for {agreed.smiles} smiles: booked were {has_gained} instead of {should}"


def _cards_are_wrong(agreed: Agreed, steps: list[Stepped], cards: list[Carded]) -> Iterator[str]:
    said = [
        (card.card["exchange"]["version"], card.card["step"], _by(card), card.card["words"]) for card in cards
    ]
    done = [(step.version, step.step, step.by, step.words) for step in steps]
    if said != done:
        yield f"its cards in order say {said}, its steps are {done}"
    for card, step in zip(cards, steps, strict=False):
        stood = card.card["exchange"]
        if (stood["state"], stood["smiles"], card.conversation) != (
            step.state,
            step.smiles,
            agreed.conversation,
        ):
            yield f"card {card.seq} of {card.conversation} shows {stood}, it stood as {step}"
        if step.step != "settle" and card.by_clock != (step.by is None):
            yield f"card {card.seq} is the clock's ({card.by_clock}), the step is {step}"


def _gained(exchange: str, member: str, ledger: Ledger) -> int:
    """Return what `member` can spend more, or owes less, by all that was booked for `exchange`."""
    return sum(
        amount
        for transfer in ledger.transfers.values()
        if transfer.exchange == exchange and transfer.reason != "referral"
        for account, amount in transfer.entries.items()
        if account.startswith((f"member:{member}:", f"debt:{member}"))
    )


def _of(card: Carded) -> str:
    return str(card.card["exchange"]["id"])


def _by(card: Carded) -> str | None:
    by = card.card["by"]
    return None if by is None else str(by["id"])


def _listings_are_wrong(truth: Truth) -> Iterator[str]:
    """A listing is in progress exactly while something is held under it, and one of those has begun it.

    A request is done for good once somebody was helped, and then goes on like that.
    """
    under: dict[str, list[Agreed]] = defaultdict(list)
    for agreed in truth.ledger.exchanges.values():
        under[agreed.listing].append(agreed)
    for listing, all_of_it in under.items():
        held = [one for one in all_of_it if one.state in HELD]
        begun = [one.id for one in all_of_it if one.began_listing]
        state, kind = truth.listings[listing].state, truth.listings[listing].kind
        if state == "done" and kind == "request" and any(has_helped(one) for one in all_of_it):
            held = []
        elif state != ("in_progress" if held else "open"):
            yield f"L5 listing {listing} is {state}, and {len(held)} exchanges under it are under way"
        if len(begun) != (1 if held else 0):
            yield f"L5 listing {listing} was begun by {begun}"


def has_helped(agreed: Agreed) -> bool:
    """Say whether somebody was helped by an exchange."""
    return agreed.state == "confirmed" or (agreed.state == "settled" and bool(agreed.to_helper))


# ── What became of each deed ──────────────────────────────────────────────────────────────────────────


def smile_deed_is_wrong(deed: Deed, truth: Truth) -> str | None:
    """Return what is wrong with a step that a member took, or tried to take."""
    done = next(
        (
            one
            for one in truth.ledger.steps
            if (one.exchange, one.version) == (deed.subject, deed.version + 1)
        ),
        None,
    )
    if deed.outcome is Outcome.ANSWERED:
        is_it = done and (done.step, done.by, done.words or "")
        words = "" if deed.kind in {"propose", "amend"} else deed.text
        if is_it != (deed.kind, deed.member, words):
            return f"the database has {done}"
        versions = {answer["version"] for answer in deed.answers}
        if versions != {deed.version + 1}:
            return f"it was answered with versions {versions}"
    if deed.outcome is Outcome.OVERTAKEN:
        return _was_not_overtaken(deed, done, truth.ledger)
    return None


def _was_not_overtaken(deed: Deed, done: Stepped | None, ledger: Ledger) -> str | None:
    if deed.refusal == "not_enough_smiles":
        return None
    if deed.refusal == "exchange_under_way":
        others = [one for one in ledger.exchanges.values() if one.conversation == deed.where]
        return None if any(one.id != deed.subject for one in others) else "there was no other exchange"
    return None if done is not None else "nobody had been first"


def _two_have_won(history: History) -> Iterator[str]:
    """Each version of an exchange is followed by one step, whoever tried."""
    won = Counter(
        (deed.subject, deed.version)
        for deed in history.deeds
        if deed.kind in SMILE_KINDS and deed.outcome is Outcome.ANSWERED
    )
    for (exchange, version), count in won.items():
        if count > 1:
            yield f"L8 {count} were told that theirs followed version {version} of exchange {exchange}"
