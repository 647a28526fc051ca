"""Whether the virtual printer's page can be read and worked by anybody, on a telephone and on a desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

from labels.printers import Tcp9100
from labels.printers.desk import Desk
from labels.printers.network import VirtualZebra
from tests import chromium
from tests.labels.printers.papers import ONE

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def standing() -> Iterator[tuple[VirtualZebra, str]]:
    """A printer, and where its page is."""
    with VirtualZebra() as printer, Desk(printer) as desk:
        yield printer, f"http://127.0.0.1:{desk.port}/"


def test_the_page_is_accessible_and_worked_by_keys(standing: tuple[VirtualZebra, str]) -> None:
    """Nothing to scroll sideways, nothing that axe finds, no error of the browser; a fault is set without a mouse."""
    printer, url = standing
    Tcp9100("127.0.0.1", printer.port).send(ONE, "bag")
    said: list[str] = []
    with chromium.browser() as context:
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(url)
            assert width == page.evaluate("document.documentElement.scrollWidth")
            found = Axe().run(page)
            assert 0 == found.violations_count, found.generate_report()
        page.get_by_label("Head open").focus()
        page.keyboard.press("Space")
        page.get_by_role("button", name="Set").focus()
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Head open").wait_for()

    assert printer.faults.head_open
    assert [] == said
