"""Can the main menu be used by keyboard, on a phone and by a screen reader, its "More" too?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.test_screens import WIDTHS, faults

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.house import House


@pytest.mark.parametrize("width", WIDTHS)
def test_more_opens_and_closes_by_keyboard(house: House, page: Page, width: str) -> None:
    """Enter opens it, Tab walks into it, Escape closes it and gives the focus back; open, it breaks no rule."""
    page.set_viewport_size({"width": WIDTHS[width][0], "height": WIDTHS[width][1]})
    house.sign_in(page, "nurse1")
    more = page.locator(".more summary")
    more.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".more__sheet", state="visible")
    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.closest('.more__sheet') !== null")
    assert faults(page) == []

    page.keyboard.press("Escape")
    page.wait_for_selector(".more__sheet", state="hidden")

    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_more_closes_when_something_else_is_touched(house: House, page: Page) -> None:
    """A touch beside it closes it, and a word in it leads to its page, where "More" is marked as the place."""
    house.sign_in(page, "nurse1")
    page.click(".more summary")
    page.click(".foot")
    page.wait_for_selector(".more__sheet", state="hidden")
    page.click(".more summary")
    page.click(".more__sheet >> text=Holds")
    page.wait_for_url("**/holds")

    assert page.locator(".more__here").count() == 1
