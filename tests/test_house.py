"""The rules of the house: what holds for the whole tree and belongs to no room of it."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

from server.settings import Settings

PROJECT = Path(__file__).parent.parent
LOCKS = ["requirements.lock", "requirements-test.lock", "requirements-node.lock"]

# Put together from pieces, so that this file does not contain what it forbids.
REGISTRIES = [
    "py" + "pi.org",
    "python" + "hosted.org",
    "npm" + "js.",
    "yarn" + "pkg.com",
    "deb." + "debian.org",
]
MACHINE_PATH = re.compile(
    r"(?<![\w.~}-])/(?:" + "|".join(["wo" + "rk", "ro" + "ot", "tm" + "p"]) + r")(?:/|\b)"
)


@cache
def tracked_files() -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, check=True)
    paths = (PROJECT / name for name in listing.stdout.decode().split("\0") if name)
    return [path for path in paths if path.is_file()]


def tracked_texts() -> dict[str, str]:
    texts = {}
    for path in tracked_files():
        content = path.read_bytes()
        if b"\0" not in content:
            texts[str(path.relative_to(PROJECT))] = content.decode()
    return texts


def imports_of(path: Path) -> set[str]:
    """Return what a file imports: modules, and whatever it names of them, which may be modules too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module or ''}.{name.name}" for name in node.names}
    return found


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)


def read(name: str) -> str:
    return (PROJECT / name).read_text()


def test_nothing_imports_upwards_and_no_two_files_in_a_circle(capsys: pytest.CaptureFixture[str]) -> None:
    kept = lint_imports(config_filename=str(PROJECT / "pyproject.toml"), no_cache=True)

    assert kept == EXIT_STATUS_SUCCESS, capsys.readouterr().out


def test_every_python_module_says_why_it_exists() -> None:
    modules = [path for path in tracked_files() if path.suffix == ".py"]

    silent = [
        str(path.relative_to(PROJECT))
        for path in modules
        if not ast.get_docstring(ast.parse(path.read_text()))
    ]

    assert modules
    assert silent == []


def test_no_test_module_is_imported_by_another() -> None:
    """What several of them need has a module of its own: who changes a test breaks no other."""
    imported = [
        (str(path.relative_to(PROJECT)), module)
        for path in tracked_files()
        if path.suffix == ".py"
        for module in imports_of(path)
        if any(part.startswith("test_") for part in module.split("."))
    ]

    assert imported == []


def test_no_file_names_a_package_registry() -> None:
    named = [(name, host) for name, text in tracked_texts().items() for host in REGISTRIES if host in text]

    assert named == []


def test_no_file_names_a_path_of_the_machine_it_was_written_on() -> None:
    found = [
        (name, match.group())
        for name, text in tracked_texts().items()
        for match in MACHINE_PATH.finditer(text)
    ]

    assert found == []


def test_no_file_holds_both_sides_of_a_merge() -> None:
    marked = [
        name for name, text in tracked_texts().items() if re.search("^(<{7}|>{7}) ", text, re.MULTILINE)
    ]

    assert marked == []


def test_lock_files_say_what_to_install_and_not_from_where() -> None:
    packages = json.loads(read("web/package-lock.json"))["packages"]

    assert [name for name in LOCKS if "://" in read(name) or "\n--" in read(name)] == []
    assert [name for name, package in packages.items() if "resolved" in package] == []


def test_the_lock_files_pin_all_that_the_project_asks_for() -> None:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    asked = {"requirements.lock": project["dependencies"]}
    asked["requirements-test.lock"] = [*project["dependencies"], *project["optional-dependencies"]["test"]]

    for lock, requirements in asked.items():
        pinned = set(re.findall(r"^([a-z0-9-]+)==", read(lock), re.MULTILINE))
        names = {re.split(r"[\[<>=!~ ;]", requirement)[0] for requirement in requirements}
        assert names - pinned == set(), f"run ./dev lock: {lock} is stale"


def test_tests_run_on_the_versions_that_are_served() -> None:
    pins = [set(re.findall(r"^\S+==\S+(?: ; .*)?(?= \\$)", read(lock), re.MULTILINE)) for lock in LOCKS[:2]]

    assert pins[0] <= pins[1]


def test_the_licence_is_the_one_that_is_declared() -> None:
    declared = tomllib.loads(read("pyproject.toml"))["project"]["license"]

    assert declared == "AGPL-3.0-or-later"
    assert f"SPDX-License-Identifier: {declared}" in read("LICENSE")
    assert declared in read("README.md")
    assert json.loads(read("web/package.json"))["license"] == declared


def test_the_readme_names_the_two_commands() -> None:
    assert {"./dev up", "./dev test"} <= set(re.findall(r"\./dev \w+", read("README.md")))


@pytest.mark.parametrize(
    "page", ["README.md", "CHANGELOG.md", *sorted(f"docs/{page.name}" for page in PROJECT.glob("docs/*.md"))]
)
def test_every_link_of_a_page_to_the_tree_leads_somewhere(page: str) -> None:
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", read(page))

    dead = [target for target in targets if not (PROJECT / page).parent.joinpath(target).exists()]

    assert dead == []


def test_every_test_that_a_promise_names_is_there() -> None:
    named = re.findall(r"`(tests/[^`]+)`", read("docs/promises.md"))

    assert len(named) > 20
    assert [path for path in named if not (PROJECT / path).is_file()] == []


def test_no_promise_stands_twice() -> None:
    said = [
        row.split("|")[2].strip() for row in read("docs/promises.md").splitlines() if row.startswith("| ")
    ]

    assert len(said) > 50
    assert len(set(said)) == len(said)


def test_no_decision_stands_twice_and_each_stands_apart() -> None:
    paragraphs = [one for one in read("docs/decisions.md").split("\n\n") if one.startswith("**20")]

    assert len(titles := [one.partition(".**")[0] for one in paragraphs]) == len({*titles})
    assert [one for one in paragraphs if "\n**20" in one] == []


def test_the_help_names_every_command_that_there_is() -> None:
    handed_on = re.search(r"\ncase \$command in\n(.*)\nesac", read("dev"), re.DOTALL)
    assert handed_on is not None
    commands = set(re.findall(r"^  (\w+)\b.*\)", handed_on.group(1), re.MULTILINE))

    help_page = run("./dev", "help")

    assert help_page.returncode == 0
    assert set(re.findall(r"^  (\w+) ", help_page.stdout, re.MULTILINE)) == commands


def test_an_unknown_command_shows_the_usage_and_fails() -> None:
    answer = run("./dev", "nonsense")

    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.startswith("usage: ./dev COMMAND")


def test_continuous_integration_runs_what_developers_run() -> None:
    assert re.search(r"^exec \./dev test$", read(".ci/run"), re.MULTILINE)


@pytest.mark.parametrize("process", ["release", "web", "worker"])
def test_each_process_of_the_procfile_is_a_command_of_the_server(process: str) -> None:
    commands = dict(line.split(": ", 1) for line in read("Procfile").splitlines())
    _, python, arguments = commands[process].partition("python ")
    assert python == "python "

    answer = run(sys.executable, *arguments.split(), "--help")

    assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize("file", ["Procfile", "Dockerfile", "compose.yaml"])
def test_the_settings_of_a_deployment_are_ones_that_the_server_knows(file: str) -> None:
    named = set(re.findall(r"\bONEMILE_([A-Z_]+)", read(file)))

    assert named - {"DOMAIN"} <= {name.upper() for name in Settings.model_fields}


def test_a_deployment_has_no_secret_of_its_own() -> None:
    secrets = re.findall(r"^\s*\w*(?:SECRET|PASSWORD)\w*: (.*)$", read("compose.yaml"), re.MULTILINE)

    assert len(secrets) >= 2
    assert [secret for secret in secrets if not re.match(r"\$\{\w+:\?", secret)] == []


def test_html_is_put_into_the_page_at_one_place_only() -> None:
    ways = re.compile(
        r"\{@html|\b(?:inner|outer)HTML\b|\binsertAdjacentHTML\b|\bdocument\.write|\bsetHTMLUnsafe\b"
        r"|\bcreateContextualFragment\b|\bsrcdoc\b|\bDOMParser\b"
    )

    places = [
        name for name, text in tracked_texts().items() if name.startswith("web/src/") and ways.search(text)
    ]

    assert places == ["web/src/articles/Article.svelte"]
