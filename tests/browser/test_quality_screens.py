"""Can quality do its work on a desk and on a phone? A hold and a deviation from their begin to their end, with axe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.demo.cast import PASSWORD
from tests.browser.test_screens import at_every_width

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.house import House


def test_quality_does_its_work_in_the_browser(house: House, page: Page) -> None:
    """Stopped and reported by who saw it, looked into, closed and lifted by quality; each page breaks no rule."""
    order = house.order(house.open("h2_schedule"))
    broken = {}

    house.sign_in(page, "apheresis1")
    page.goto(f"{house.url}/orders/{order.coi}")
    page.click("text=Place a hold")
    page.select_option("#why", "temperature_doubt")
    page.click("button:has-text('Place the hold')")
    page.wait_for_selector(".say--done")
    page.goto(f"{house.url}/deviations")
    page.select_option("#seen", "temperature")
    page.select_option("#severity", "major")
    page.fill("#text", "The lid stood open (demo).")
    page.click("button:has-text('Open a deviation')")
    page.wait_for_selector("text=The deviation is open.")
    broken["reported"] = at_every_width(page)
    deviation = page.url

    house.sign_in(page, "hospitalqa")
    page.goto(deviation)
    page.click("button:has-text('Take it on')")
    page.wait_for_selector("#text")
    page.fill("#text", "It was shut within a minute (demo).")
    page.click("button:has-text('Write it down')")
    page.wait_for_selector("#root_cause")
    broken["looked into"] = at_every_width(page)
    page.click("button:has-text('Open the texts')")
    page.wait_for_selector(".notes__text")
    broken["opened"] = at_every_width(page)
    page.click("button:has-text('Sign and close')")
    page.wait_for_selector(".nhsuk-error-summary")
    broken["refused"] = at_every_width(page)
    page.select_option("#root_cause", "equipment_fault")
    page.select_option("#impact", "product_kept")
    page.fill("#conclusion", "It stayed cold (demo).")
    page.fill("#secret", PASSWORD)
    page.click("button:has-text('Sign and close')")
    page.wait_for_selector("text=The deviation is closed.")
    broken["closed"] = at_every_width(page)
    page.goto(f"{house.url}/holds")
    mine = page.locator(".hold", has=page.locator(f"a[href$='{order.coi}']")).first
    broken["held"] = at_every_width(page)
    mine.locator("select").select_option("condition_evidence")
    mine.locator("[type=password]").fill(PASSWORD)
    mine.locator("button").click()
    page.wait_for_selector("text=The hold is lifted.")

    house.sign_in(page, "admin")
    page.goto(f"{house.url}/on-call")
    broken["on call"] = at_every_width(page)

    assert not any(broken.values()), broken
