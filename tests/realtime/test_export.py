"""The written-out protocol: fresh, complete, and refusing what it cannot say."""

from typing import get_args

import pytest
from pydantic import BaseModel

from realtime import examples, export
from realtime.people import Person
from realtime.protocol import COMMANDS, EVENTS, AnyCommand, AnyEvent
from realtime.typescript import Untranslatable, typescript


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("web/src/protocol.ts", export.protocol_typescript()),
        ("docs/protocol.md", export.reference_page()),
    ],
)
def test_a_generated_file_says_what_the_shapes_say(path: str, written: str) -> None:
    on_disk = (export.ROOT / path).read_text(encoding="utf-8")

    assert on_disk == written, "stale: run `python -m realtime.export`"


def test_every_message_has_an_example_that_validates() -> None:
    commands = [COMMANDS.validate_json(example.model_dump_json()) for example in examples.COMMANDS]
    events = [EVENTS.validate_json(example.model_dump_json()) for example in examples.EVENTS]

    assert {type(command) for command in commands} == set(get_args(get_args(AnyCommand)[0]))
    assert {type(event) for event in events} == set(get_args(get_args(AnyEvent)[0]))


def test_a_shape_known_elsewhere_is_imported_and_not_declared_again() -> None:
    class Me(Person):
        email: str

    written = typescript([Me], known={"Person": "../protocol"})

    assert "import type { Person } from '../protocol';" in written
    assert "export interface Me extends Person {\n  email: string;\n}" in written
    assert "interface Person" not in written


def test_a_type_without_a_translation_is_refused_and_not_called_any() -> None:
    class Odd(BaseModel):
        number: complex

    with pytest.raises(Untranslatable):
        typescript([Odd])
