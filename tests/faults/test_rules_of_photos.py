"""Each rule of photos, on a history of a few lines that breaks it alone."""

from dataclasses import replace

import pytest

from tests.faults.album import Album
from tests.faults.all_well import ANA, FILES, NAME, PHOTO, SHOP, TASK, TRUTH, a_history, deed, with_album
from tests.faults.checker import violations
from tests.faults.history import History
from tests.faults.telling import Wrong, told_of
from tests.faults.truth import Truth


def lose_a_file(_: History) -> Truth:
    return with_album(files={NAME: FILES - {"share.jpg"}})


def lose_a_photo(_: History) -> Truth:
    return with_album(photos={})


def name_it_otherwise(history: History) -> Truth:
    history.deeds[-1].answers.append({"name": "m" * 22})
    return TRUTH


def leave_files_lying(_: History) -> Truth:
    return with_album(files={NAME: FILES, "m" * 22: FILES})


def show_it_elsewhere(_: History) -> Truth:
    return with_album(shown={SHOP: [NAME], TASK: [NAME]})


def show_what_is_none(_: History) -> Truth:
    return with_album(shown={SHOP: [NAME, "m" * 22]})


def keep_what_was_thrown_away(history: History) -> Truth:
    history.deeds.append(deed("throw", ANA, PHOTO))
    return TRUTH


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        (lose_a_file, f"F1 photo {PHOTO} has no ['share.jpg']"),
        (lose_a_photo, "W1 photo"),
        (name_it_otherwise, "W1 photo"),
        (leave_files_lying, "F2 files lie by the name of m"),
        (show_it_elsewhere, f"F3 photo {PHOTO} is for {SHOP}, and shown by"),
        (show_what_is_none, f"F3 listing {SHOP} shows ['m"),
        (keep_what_was_thrown_away, "W1 throw"),
    ],
)
def test_the_checker_tells_of(wrong: Wrong, rule: str) -> None:
    assert told_of(rule, a_history(), wrong)


def test_a_photo_that_was_thrown_away_or_left_behind_is_not_missed() -> None:
    history = a_history()
    history.deeds.append(deed("throw", ANA, PHOTO))

    assert violations(history, replace(TRUTH, album=Album())) == []
