"""What must hold of projects and photos: the part of the judge (`tests.faults.checker`) for these.

Pure, as the checker is. What a project shows is what its supporters' rows add up to, always; what somebody
gave is in one place, and the ledger says the same.
"""

from collections.abc import Iterator
from typing import Final, get_args

from realtime.shapes import Pin
from tests.faults.album import Album, Kept
from tests.faults.history import Deed, History, Outcome, Page, PhotoKind, ProjectKind
from tests.faults.ledger_rules import has_helped
from tests.faults.projects import Founded, Given, Pledged, Projects
from tests.faults.truth import Truth

PROJECT_KINDS: Final = frozenset(get_args(ProjectKind))
PHOTO_KINDS: Final = frozenset(get_args(PhotoKind))
# docs/projects.md has the same tables for people.
_TURNS: Final = {
    (None, "promise"): "promised",
    ("promised", "receive"): "received",
    ("received", "unreceive"): "promised",
    ("promised", "withdraw"): "withdrawn",
}
_VERSION_OF: Final = {"held": 1, "given": 2, "returned": 2}
_STATES: Final = {"open": {"open", "in_progress"}, "closed": {"done"}, "cancelled": {"expired"}}
_ENDS: Final = {
    "conclude": ("closed", None),
    "call_off": ("cancelled", None),
    "release": ("closed", "released"),
    "return": ("closed", "returned"),
}
# Nothing of a thing that is deleted can be changed any more.
_GONE: Final = "not_found"


def project_differences(history: History, truth: Truth) -> Iterator[str]:
    """Yield where a page does not show how far a project has come, and what waits for the clock or a job."""
    for project in truth.projects.founded.values():
        if project.overdue:
            yield f"clock: project {project.id} is {project.outcome} and {project.release}, and overdue"
        if left := _unsettled(project, truth.projects):
            yield f"clock: project {project.id} is {project.outcome} and {project.release}, and {left} wait"
        should = _adds_up_to(project, truth)
        if _part(project.shows, should) != should:
            yield f"J1 project {project.id} shows {_part(project.shows, should)}, it is {should}"
        for page in history.pages:
            yield from (f"E2 {page.name}: {line}" for line in _page_differs(page, project, should))


def project_violations(history: History, truth: Truth) -> Iterator[str]:
    """Yield what may never be."""
    projects = truth.projects
    for project in projects.founded.values():
        yield from (f"J1 project {project.id}: {line}" for line in _project_is_wrong(project, history, truth))
    for gift in projects.gifts.values():
        yield from (f"L8 gift {gift.id}: {line}" for line in _gift_is_wrong(gift, history, projects))
    for pledge in projects.pledges.values():
        yield from (f"J2 pledge {pledge.id}: {line}" for line in _pledge_is_wrong(pledge, projects))
    for page in history.pages:
        yield from (f"E2 {page.name}: {line}" for line in (page.panel.wrongs if page.panel else ()))
    for member in projects.left:
        yield from (f"J3 {member} has left: {line}" for line in _leaving_is_wrong(member, truth))
    yield from _photos_are_wrong(truth.album)


# ── Projects ──────────────────────────────────────────────────────────────────────────────────────────


def _adds_up_to(project: Founded, truth: Truth) -> dict[str, object]:
    """Return how far a project has come, counted anew from what was promised, given and done."""
    pledges = [
        one
        for one in truth.projects.pledges.values()
        if one.project == project.id and one.state != "withdrawn"
    ]
    gifts = [
        one for one in truth.projects.gifts.values() if one.project == project.id and one.state != "returned"
    ]
    of = {one.id for one in truth.listings.values() if one.project == project.id}
    tasks = [truth.listings[one] for one in of if truth.listings[one].state != "deleted"]
    helped = {one.helper for one in truth.ledger.exchanges.values() if one.listing in of and has_helped(one)}
    return {
        "outcome": project.outcome,
        "released": project.release == "released",
        "promised_cents": sum(one.cents for one in pledges),
        "received_cents": sum(one.cents for one in pledges if one.state == "received"),
        "given_smiles": sum(one.smiles for one in gifts),
        "tasks": len(tasks),
        "tasks_done": sum(one.state == "done" for one in tasks),
        "supporters": len({*(one.member for one in pledges), *(one.member for one in gifts), *helped}),
    }


def _part(shows: dict[str, object], should: dict[str, object]) -> dict[str, object]:
    return {name: shows.get(name) for name in should}


def _page_differs(page: Page, project: Founded, should: dict[str, object]) -> Iterator[str]:
    shown: dict[str, Pin | None] = {}
    if page.map is not None and project.id in page.map.pins:
        shown["on the map"] = page.map.pins[project.id]
    if page.panel is not None and page.panel.listing == project.id:
        shown["open"] = page.panel.shown
    for where, pin in shown.items():
        progress = pin and pin.progress
        has = {} if progress is None else _part(progress.model_dump(mode="json"), should)
        if has != should:
            yield f"shows {where} of project {project.id} {has}, it is {should}"


def _unsettled(project: Founded, projects: Projects) -> int:
    """Return how many supports a job should have brought to where the project's terms say."""
    gifts = [one for one in projects.gifts.values() if (one.project, one.state) == (project.id, "held")]
    pledges = [
        one for one in projects.pledges.values() if (one.project, one.state) == (project.id, "promised")
    ]
    is_expected = project.outcome != "cancelled" and project.owner not in projects.left
    return len(gifts) * (project.release != "waiting") + len(pledges) * (not is_expected)


def _project_is_wrong(project: Founded, history: History, truth: Truth) -> Iterator[str]:
    gifts = [one for one in truth.projects.gifts.values() if one.project == project.id]
    came = sum(one.smiles for one in gifts if one.state != "returned")
    state = truth.listings[project.id].state
    if state != "deleted" and state not in _STATES[project.outcome]:
        yield f"is {project.outcome}, its listing is {state}"
    if project.deciding and (project.outcome, project.release) != ("closed", "waiting"):
        yield f"waits for its owner's word, and is {project.outcome} and {project.release}"
    if project.release == "waiting" and project.outcome == "cancelled":
        yield "is cancelled, and its smiles wait"
    if project.release != "released" and any(one.state == "given" for one in gifts):
        yield f"is {project.outcome} and {project.release}, and smiles have passed"
    reached = project.target_smiles is not None and came >= project.target_smiles
    if reached and project.outcome == "open" and project.release != "released":
        yield f"wants {project.target_smiles} smiles and has {came}, which wait"
    was_decided = any(deed.kind == "release" and deed.subject == project.id for deed in history.deeds)
    # On their way to an owner who has left, they went back.
    has_left = project.owner in truth.projects.left
    if project.release == "released" and not (reached or was_decided or has_left):
        yield f"wants {project.target_smiles} smiles, has {came}, and nobody has released them"


# ── Gifts ─────────────────────────────────────────────────────────────────────────────────────────────


def _gift_is_wrong(gift: Given, history: History, projects: Projects) -> Iterator[str]:
    project = projects.founded[gift.project]
    if _VERSION_OF.get(gift.state) != gift.version:
        yield f"is {gift.state} in version {gift.version}"
    held = sum(amount for account, amount in gift.moved.items() if account.startswith(f"hold:{gift.id}:"))
    if held != (gift.smiles if gift.state == "held" else 0):
        yield f"is {gift.state} with {gift.smiles} smiles, and {held} are held"
    has_gained = {one: _gained(one, gift.moved) for one in (gift.member, project.owner)}
    has_passed = gift.smiles if gift.state == "given" else 0
    is_away = gift.smiles if gift.state != "returned" else 0
    if has_gained != {gift.member: -is_away, project.owner: has_passed}:
        yield f"is {gift.state} with {gift.smiles} smiles: booked were {has_gained}"
    by = [account for account in gift.moved if account.startswith(f"project:{gift.project}:")]
    if any(gift.moved[account] for account in by) or bool(by) != (gift.state == "given"):
        yield f"is {gift.state}, and passed by {by} with {[gift.moved[one] for one in by]} left there"
    for account, times in gift.booked.items():
        if times > 1:
            yield f"was booked {times} times into {account}"
    if gift.state == "returned" and project.release == "released":
        was_wanted = any(deed.kind == "take_back" and deed.subject == gift.id for deed in history.deeds)
        # What was held of somebody who left before the release went back to them.
        if not was_wanted and not {gift.member, project.owner} & projects.left:
            yield "went back, and nobody wanted that"


def _gained(member: str, moved: dict[str, int]) -> int:
    """Return what `member` can spend more, or owes less, by what was booked."""
    mine = (f"member:{member}:", f"debt:{member}")
    return sum(amount for account, amount in moved.items() if account.startswith(mine))


# ── Pledges ───────────────────────────────────────────────────────────────────────────────────────────


def _pledge_is_wrong(pledge: Pledged, projects: Projects) -> Iterator[str]:
    """A pledge's steps are numbered from 1, lead from one state to the next, and to the one it is in."""
    steps = [step for step in projects.steps if step.pledge == pledge.id]
    project = projects.founded[pledge.project]
    if [step.version for step in steps] != [*range(1, pledge.version + 1)]:
        yield f"is in version {pledge.version}, its steps are {[step.version for step in steps]}"
    state: str | None = None
    for step in steps:
        state = _TURNS.get((state, step.step))
        if step.cents != pledge.cents:
            yield f"is of {pledge.cents} cents, its step {step.version} of {step.cents}"
        may = {project.owner} if step.step in {"receive", "unreceive"} else {pledge.member}
        gone = project.outcome == "cancelled" or project.owner in projects.left
        if step.step == "withdraw" and gone:
            may.add("the clock")
        if (step.by or "the clock") not in may:
            yield f"took its step {step} by somebody else"
    if state != pledge.state:
        yield f"is {pledge.state}, its steps lead to {state}: {[step.step for step in steps]}"


def _leaving_is_wrong(member: str, truth: Truth) -> Iterator[str]:
    projects = truth.projects
    supports: list[Given | Pledged] = [*projects.gifts.values(), *projects.pledges.values()]
    open_still = [one.id for one in supports if one.member == member and one.state in {"held", "promised"}]
    if open_still:
        yield f"{open_still} are held or promised still"
    teams = [
        project for project, one in projects.teams if one == member and _is_others(project, member, truth)
    ]
    if teams:
        yield f"is behind {teams} still"
    left = {one.id: one.balance for one in truth.ledger.accounts.values() if one.owner == member}
    if any(left.values()):
        yield f"has {left} still"
    alive = [one.id for one in truth.listings.values() if one.author == member and one.state != "deleted"]
    if alive:
        yield f"{alive} stand still"


def _is_others(project: str, member: str, truth: Truth) -> bool:
    return truth.projects.founded[project].owner != member


# ── Photos ────────────────────────────────────────────────────────────────────────────────────────────


def _photos_are_wrong(album: Album) -> Iterator[str]:
    """Each photo has its files, no files are nobody's, and a photo knows where it is shown."""
    for photo in album.photos.values():
        lacks = photo.should - album.files.get(photo.name, frozenset())
        if lacks:
            yield f"F1 photo {photo.id} has no {sorted(lacks)}"
        elsewhere = [one for one, shown in album.shown.items() if photo.name in shown]
        if elsewhere != ([photo.listing] if photo.listing else []):
            yield f"F3 photo {photo.id} is for {photo.listing}, and shown by {elsewhere}"
    for name in album.files.keys() - album.names:
        yield f"F2 files lie by the name of {name}, and no photo has it"
    names = {photo.name for photo in album.photos.values()}
    for listing, shown in album.shown.items():
        if lost := [name for name in shown if name not in names]:
            yield f"F3 listing {listing} shows {lost}, which no photo is"


# ── What became of each deed ──────────────────────────────────────────────────────────────────────────


def photo_deed_is_wrong(deed: Deed, history: History, truth: Truth) -> str | None:
    """Return what is wrong with a photo that somebody sent, or took back."""
    kept = truth.album.photos.get(deed.subject)
    thrown = [one for one in history.deeds if (one.kind, one.subject) == ("throw", deed.subject)]
    if deed.kind == "photo" and deed.outcome is Outcome.ANSWERED:
        gone = thrown or deed.member in truth.projects.left
        return None if gone or _is(kept, deed) else f"the database has {kept}"
    if deed.kind == "throw" and deed.outcome is Outcome.ANSWERED and kept is not None:
        return f"the database has {kept}"
    return None


def _is(kept: Kept | None, deed: Deed) -> bool:
    names = {answer["name"] for answer in deed.answers}
    return kept is not None and kept.owner == deed.member and names == {kept.name}


def project_deed_is_wrong(deed: Deed, truth: Truth) -> str | None:
    """Return what is wrong with what somebody did, or tried to do, to a project."""
    projects = truth.projects
    if deed.kind == "leave":
        done = deed.member in projects.left
        return None if done or deed.outcome is not Outcome.ANSWERED else "they are there"
    if deed.kind in {"give", "promise"}:
        return _support_is_wrong(deed, projects)
    if deed.kind == "take_back":
        return _taking_back_is_wrong(deed, projects)
    if deed.kind in {"withdraw", "receive", "unreceive"}:
        return _step_is_wrong(deed, projects)
    outcome, release = _ENDS[deed.kind]
    project = projects.founded[deed.subject]
    is_so = (project.outcome, project.release if release else None)
    if deed.outcome is Outcome.ANSWERED and is_so != (outcome, release):
        return f"the database has {project}"
    return None


def _support_is_wrong(deed: Deed, projects: Projects) -> str | None:
    things: dict[str, Given | Pledged] = {**projects.gifts, **projects.pledges}
    found = things.get(deed.subject)
    if deed.outcome is Outcome.OVERTAKEN:
        return None if found is None else f"the database has {found}"
    if found is None:
        return "the database has no such thing" if deed.outcome is Outcome.ANSWERED else None
    amount = found.smiles if isinstance(found, Given) else found.cents
    is_it = (found.member, found.project, f"{amount}")
    return None if is_it == (deed.member, deed.where, deed.text) else f"the database has {found}"


def _taking_back_is_wrong(deed: Deed, projects: Projects) -> str | None:
    gift = projects.gifts.get(deed.subject)
    if gift is None:
        return "the database has no such gift"
    if deed.outcome is Outcome.ANSWERED and gift.state != "returned":
        return f"the database has {gift}"
    if deed.outcome is Outcome.OVERTAKEN and gift.state == "held":
        waits = projects.founded[gift.project].release == "waiting"
        return f"nobody had been first: {gift}" if waits else None
    return None


def _step_is_wrong(deed: Deed, projects: Projects) -> str | None:
    done = next(
        (one for one in projects.steps if (one.pledge, one.version) == (deed.subject, deed.version + 1)), None
    )
    if deed.outcome is Outcome.ANSWERED and (
        done is None or (done.step, done.by) != (deed.kind, deed.member)
    ):
        return f"the database has {done}"
    if deed.outcome is Outcome.OVERTAKEN and done is None and deed.refusal != _GONE:
        return "nobody had been first"
    return None
