"""Does the station ask the second person for a code, and the person of an unused screen for the password?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from coi.demo.cast import PASSWORD
from coi.people import store
from tests import chromium
from tests.browser.house import PROTOCOL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from tests.browser.house import House

AN_HOUR = 3_600_000


def begun(house: House, page: Page) -> tuple[str, list[str]]:
    """Scan and state everything that begins a collection, up to the panel that waits for two signatures."""
    name, step = house.open("h2_print"), PROTOCOL.checkpoint("h3_begin")
    house.sign_in(page, house.who(name, step))
    house.station(page, name, step.id)
    number = 0
    for slot in step.slots:
        for picture in () if slot.optional or slot.symbol == "linear" else house.pictures(name, slot, step):
            number += 1
            house.scan(page, picture, number)
    house.state(page, name, step)
    page.wait_for_selector(".sign")
    return name, house.signers(name, step)


def test_the_panel_asks_the_second_person_for_a_code(house: House, page: Page) -> None:
    """The second place has a field for the code; two passwords alone leave the statement waiting, the code is a GO."""
    name, (first, second) = begun(house, page)
    assert page.query_selector("#code-1") is None
    assert "Six digits, each code once" in page.inner_text("#code-hint-2")

    page.fill("#secret-1", PASSWORD)
    page.fill("#login-2", f"{second}@demo.example")
    page.fill("#secret-2", PASSWORD)
    page.click(".sign button:has-text('Sign')")
    page.wait_for_selector(".sign .say--fault")

    assert "code" in page.inner_text(".sign .say--fault")
    assert "SCHEDULED" == house.order(name).state
    assert "wrong_code" == house.road.database.read(store.security_log)[0].what
    house.sign(page, first, second)
    assert "GO" == house.word(page)
    assert "COLLECTING" == house.order(name).state


@pytest.fixture
def alone(house: House) -> Iterator[Page]:
    """A page of a browser of its own: a clock that a test sets is that of every page of its browser, then and later."""
    house.clear()
    with chromium.browser() as context:
        yield context.new_page()


def test_an_unused_screen_goes_to_the_door(house: House, alone: Page) -> None:
    """A page that nobody touches locks by itself; after the password it is where it was."""
    page = alone
    page.clock.install()
    house.sign_in(page, "nurse1")
    page.goto(f"{house.url}/orders")
    page.wait_for_load_state("networkidle")

    page.clock.run_for(AN_HOUR)
    page.wait_for_url("**/sign-in?next=*")

    assert "Locked" == page.inner_text("h1")
    assert "Nora Example" in page.inner_text(".door__hint")
    page.wait_for_selector("html[data-ready=door]")
    page.fill("#password", PASSWORD)
    page.click("form button:has-text('Sign in')")
    page.wait_for_url(lambda url: urlsplit(url).path == "/orders")


def test_a_telephone_is_enrolled_on_its_page(house: House, page: Page) -> None:
    """The page shows a picture and the key, and asks for a code and for an administrator beside."""
    house.sign_in(page, "admin")
    page.goto(f"{house.url}/account/factor")
    page.click("button:has-text('Enrol a telephone')")
    page.wait_for_function("() => document.querySelector('.factor__picture')?.naturalWidth > 0")

    assert re.fullmatch(r"[A-Z2-7]{4}(-[A-Z2-7]{4})+", page.inner_text(".factor__key"))
    assert page.query_selector("#old_code") is None
    page.fill("#code", "000000")
    page.fill("#login", "factoryadmin@demo.example")
    page.fill("#secret", PASSWORD)
    page.click("button:has-text('Enrol this telephone')")
    page.wait_for_selector(".say--fault")
