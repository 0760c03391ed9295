"""The browser of the tests: Debian's Chromium where there is one, else what Playwright installed."""

import shutil
from pathlib import Path

from playwright.sync_api import Browser, BrowserType

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PLACES = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
_QUIET = [
    "--no-sandbox",  # containers have no user namespaces for it
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--disable-gpu",
]
# WebGL by the processor.
_DRAWING = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
_WITHOUT_WEBGL = ["--disable-3d-apis", "--disable-software-rasterizer"]


def launch(chromium: BrowserType, *, webgl: bool = True) -> Browser:
    """Start it without a window; without `webgl` as on a device that cannot draw a map."""
    drawing = _DRAWING if webgl else _WITHOUT_WEBGL
    return chromium.launch(executable_path=_program(), args=[*_QUIET, *drawing])


def _program() -> str | None:
    for name in _NAMES:
        if found := shutil.which(name):
            return found
    return next((place for place in _PLACES if Path(place).exists()), None)
