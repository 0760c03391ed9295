"""The page for operators names what there is."""

import re
from pathlib import Path

import pytest

from server.__main__ import parser
from server.commands import example
from server.commands.starting import settings_of
from server.settings import Settings

PROJECT = Path(__file__).parents[2]
PAGE = PROJECT / "docs" / "operations.md"


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_stands_in_the_page_for_operators(name: str) -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert f"| `ONEMILE_{name.upper()}` |" in page


def test_the_example_of_a_file_of_settings_is_the_one_that_is_printed() -> None:
    example_file = PAGE.with_name("settings.example").read_text(encoding="utf-8")

    assert example_file == example.text(), "run: python -m server settings > docs/settings.example"


def test_every_line_of_the_example_can_be_taken_as_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "settings"
    file.write_text(re.sub(r"^#(ONEMILE_)", r"\1", example.text(), flags=re.MULTILINE))
    monkeypatch.setenv("ONEMILE_SETTINGS", str(file))

    read = settings_of()

    monkeypatch.delenv("ONEMILE_SETTINGS")
    plain = Settings()
    unlike = {name for name in Settings.model_fields if getattr(read, name) != getattr(plain, name)}
    assert read.model_fields_set == set(Settings.model_fields)
    assert unlike == {"secret", "web_dist"}
    assert (PROJECT / read.web_dist).resolve() == plain.web_dist.resolve()


@pytest.mark.parametrize("unit", ["onemile-web@.service", "onemile-jobs.service", "onemile-backup.service"])
def test_a_unit_runs_a_command_that_there_is(unit: str) -> None:
    written = (PROJECT / "deploy" / unit).read_text("utf-8")
    (command,) = re.findall(r"^ExecStart=.*-m server (.*?)'?$", written, flags=re.MULTILINE)

    words = re.sub(r"\$\(.*?\)", "now", command).replace("%i", "8001").split()
    options = parser().parse_args(words)

    assert options.settings == Path("/etc/onemile/settings")
    assert f"_{words[2]}" == options.carry_out.__name__


def test_whatever_the_page_has_one_run_is_a_command() -> None:
    page = PAGE.read_text("utf-8")
    named = set(re.findall(r"`onemile (\w+)", page)) | set(re.findall(r"/onemile/settings (\w+)", page))

    assert {"serve", "migrate", "jobs", "moderator", "backup", "restore", "settings"} <= named
    for command in named:
        with pytest.raises(SystemExit) as ended:
            parser().parse_args([command, "--help"])
        assert ended.value.code == 0


def test_the_file_of_settings_in_the_page_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (written,) = re.findall(r"settings <<END\n(.*?)END\n", PAGE.read_text("utf-8"), flags=re.DOTALL)
    file = tmp_path / "settings"
    file.write_text(written.replace("$(openssl rand -hex 32)", "0" * 64).replace("$password", "secret"))
    monkeypatch.setenv("ONEMILE_SETTINGS", str(file))

    read = settings_of()

    assert (read.environment, read.embedded_jobs, read.mail_from) == (
        "production",
        False,
        "1Mile <bonjour@1mile.example.org>",
    )
