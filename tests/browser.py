"""A browser for tests of web pages: Debian's Chromium without a window, and axe, which judges accessibility.

A test takes the fixture ``open_page``, which ``tests/conftest.py`` passes on. Where Chromium or axe is missing, such a
test is skipped with the command that installs it; in CI it fails.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from tests.programs import needs_program

if TYPE_CHECKING:  # imported where a browser is started, because every worker of pytest imports this module
    from playwright.sync_api import Browser, Page

WIDE, NARROW = 1280, 390
"""Pixels: a desk, and a telephone."""

_AXE_FOLDER = Path(__file__).resolve().parents[1] / "build" / "axe"
_AXE = _AXE_FOLDER / "node_modules" / "axe-core" / "axe.min.js"
_INSTALL_AXE = "npm install --prefix build/axe axe-core"
_LOCAL = ("http://127.0.0.1:", "https://127.0.0.1:", "http://localhost:", "file:", "data:", "blob:")
_ARGUMENTS = (
    "--no-sandbox",  # Chromium's sandbox does not start as root, which a container is
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


class OpenPage:
    """Opens pages, and fails the test at its end if one of them had an error or asked for something elsewhere.

    Attributes:
        errors: What the pages' consoles and scripts have reported as errors.
        requested: The addresses that the pages have asked for.
    """

    def __init__(self, browser: "Browser", closing: ExitStack) -> None:
        self.errors: list[str] = []
        self.requested: list[str] = []
        self._browser = browser
        self._closing = closing

    def __call__(
        self, url: str, *, width: int = WIDE, height: int = 900, color_scheme: Literal["light", "dark"] = "light"
    ) -> "Page":
        """Open a page in a profile of its own.

        Args:
            url: Its address, ``http`` or ``file``.
            width: Of the window, in pixels.
            height: Of the window, in pixels.
            color_scheme: What the reader prefers.
        """
        context = self._browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=color_scheme, reduced_motion="reduce"
        )
        self._closing.callback(context.close)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.requested.append(request.url))
        page.goto(url)
        return page


def accessibility_findings(page: "Page") -> list[str]:
    """What axe finds on a page, whatever its weight: the rule, what is wrong, and where."""
    page.evaluate(_AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate("axe.run()")
    return [
        f"{violation['impact']} {violation['id']}: {node['html']}: {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


# For a module and not for the whole run: while it is open, an event loop runs in this thread, and other tests start
# loops of their own.
@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """Chromium, with axe beside it."""
    needs_program("chromium")
    if not _AXE.is_file():
        reason = f"axe-core is missing: {_INSTALL_AXE}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)

    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(_ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: "Browser") -> Iterator[Callable[..., "Page"]]:
    """A function that opens a page, see ``OpenPage``."""
    with ExitStack() as closing:
        pages = OpenPage(browser, closing)
        yield pages
    assert pages.errors == []
    assert [url for url in pages.requested if not url.startswith(_LOCAL)] == []
