"""Can everybody hand in a file and read what it proves? Axe on each state, at three widths, by keyboard too."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from coi.custody import legs
from tests.browser.test_screens import at_every_width

if TYPE_CHECKING:
    from playwright.sync_api import FilePayload, Page

    from coi.shipping.trace_leg import Leg
    from tests.browser.house import House


@pytest.fixture(scope="module")
def leg(house: House) -> Leg:
    """A shipment at the factory's door."""
    order = house.order(house.open("h7_deliver"))
    (found,) = house.road.database.read(lambda session: legs.of_order(session, order))
    return found


def export(leg: Leg) -> FilePayload:
    """Return a logger's file with a hole in it."""
    rows = [
        f"{(leg.sealed_at + timedelta(seconds=n)).isoformat()},{4 + n % 3}.5\n" for n in range(-60, 20) if n % 11 != 0
    ]
    text = "Serial Number,SN-4711\nTimestamp,Temperature °C\n" + "".join(rows)
    return {"name": "export.csv", "mimeType": "text/csv", "buffer": text.encode()}


def test_everybody_can_hand_in_a_file(house: House, page: Page, leg: Leg) -> None:
    """List, empty form, refused file and verdict with its plot break no rule of WCAG 2.2 AA."""
    house.sign_in(page, "warehouse")
    broken = {}
    page.goto(f"{house.url}/orders/{leg.name}/shipments")
    broken["list"] = at_every_width(page)
    page.click("h2 a")
    page.wait_for_selector("#file")
    broken["form"] = at_every_width(page)
    page.set_input_files("#file", {"name": "x.csv", "mimeType": "text/csv", "buffer": b"\x00"})
    page.focus("#zone")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(".nhsuk-error-summary")
    broken["refused"] = at_every_width(page)
    page.set_input_files("#file", export(leg))
    page.click("button:has-text('Read and judge')")
    page.wait_for_selector(".trace-plot svg")
    broken["verdict"] = at_every_width(page)

    assert not any(broken.values()), broken
    assert "No data" in page.inner_text(".trace-says")
    assert page.query_selector(".trace-why li") is not None
