"""A plugin for pytest that leaves the names of failed tests in a file, for `./dev test` to run them again.

pytest's own memory (`--last-failed`) does not know the tests whose process died.
"""

from pathlib import Path

import pytest

NAMES = Path(".dev/failed-tests")


class Failures:
    """Collects the names in the process that reports, and writes them when all is over."""

    def __init__(self) -> None:
        self._names: dict[str, None] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember a test of which any part failed."""
        if report.failed:
            self._names[report.nodeid] = None

    def pytest_sessionfinish(self) -> None:
        """Write a line for each; none when none failed."""
        NAMES.parent.mkdir(exist_ok=True)
        NAMES.write_text("".join(f"{name}\n" for name in self._names))


def pytest_configure(config: pytest.Config) -> None:
    """Listen where the reports of all processes come together."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Failures())
