"""Which Chromium do the browser tests drive, and how is it started?

Order: ``COI_CHROMIUM``, then the path, then the one Playwright may have installed. Without one the test fails and names
the command; it never skips. Each browser starts with an empty profile of its own and talks to nobody but the page.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--autoplay-policy=no-user-gesture-required",
)
"""No sandbox, since tests may run as root; nothing in the background, since only loopback may be spoken to."""

PATIENCE = 60_000
"""Milliseconds to wait for what a page shall show: it costs nothing when all is well, and some machines are slow."""


class NoChromiumError(RuntimeError):
    """No Chromium could be found; the message says what to do."""


class Launch(TypedDict):
    """What Playwright's ``launch`` and ``launch_persistent_context`` take."""

    executable_path: str
    headless: bool
    args: list[str]


def find(playwright: Playwright | None = None) -> str:
    """Return the path of the browser to drive."""
    given = os.environ.get("COI_CHROMIUM")
    if given:
        if not os.access(given, os.X_OK):
            message = f"expected a browser at COI_CHROMIUM, found nothing that can be started at {given}"
            raise NoChromiumError(message)
        return given
    for name in NAMES:
        path = shutil.which(name)
        if path is not None:
            return path
    if playwright is not None and Path(playwright.chromium.executable_path).exists():
        return playwright.chromium.executable_path
    message = (
        "expected a Chromium for the browser tests, found none: apt-get install chromium (or ./dev system as root)"
    )
    raise NoChromiumError(message)


def launch_options(playwright: Playwright | None = None, *extra: str) -> Launch:
    """Return the arguments for Playwright's launch; *extra* are further switches, such as a fake camera."""
    return {"executable_path": find(playwright), "headless": True, "args": [*ARGUMENTS, *extra]}


_engines: list[Playwright] = []
_users: list[object] = []


@contextlib.contextmanager
def engine() -> Iterator[Playwright]:
    """The one Playwright of this process: a second one cannot start beside it; the last who uses it stops it."""
    if not _engines:
        _engines.append(sync_playwright().start())
    me = object()
    _users.append(me)
    try:
        yield _engines[0]
    finally:
        _users.remove(me)
        if not _users:
            _engines.pop().stop()


@contextlib.contextmanager
def browser(*extra: str, width: int = 1280, height: int = 800) -> Iterator[BrowserContext]:
    """A browser with an empty profile, gone with its profile when the block ends."""
    with tempfile.TemporaryDirectory(prefix="coi-chromium-") as profile, engine() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            viewport={"width": width, "height": height},
            reduced_motion="reduce",  # what moves for ever is drawn for ever, and here without a graphics card
            **launch_options(playwright, *extra),
        )
        context.set_default_timeout(PATIENCE)
        try:
            yield context
        finally:
            context.close()
