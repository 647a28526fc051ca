"""Can two persons type what no scanner reads, with a photo, and only where it is allowed?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from coi.demo.cast import PASSWORD
from tests.browser import probes
from tests.browser.house import PROTOCOL

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.browser.house import House

ACCEPT = PROTOCOL.checkpoint("h7_accept")


def typed(page: Page, number: str, login: str, photo: Path) -> None:
    """Fill the form of the exception, and send it."""
    page.click(".gate__typed:not([open]) summary")
    page.set_input_files("#t-photo", photo)
    for name, text in (("first", number), ("again", number), ("second", number), ("secret", PASSWORD)):
        page.fill(f"#t-{name}", text)
    page.fill("#t-login", f"{login}@demo.example")
    page.click(".gate__typed button")


def test_two_persons_type_the_number_of_a_label(house: House, page: Page) -> None:
    """The first alone is told so; with another person it counts, bears the photo and both names, and is counted."""
    name = house.open("h7_receive")
    house.road.clock.now = datetime.now(UTC)
    house.road.hand_in_traces(house.order(name))
    login = house.who(name, ACCEPT)
    house.sign_in(page, login)
    house.station(page, name, ACCEPT.id)
    order = house.order(name)
    bags = [house.road.piece(order, "container", held.id, "applied") for held in order.containers]
    piece, photo = bags[0], house.road.picture(bags[0])

    site = order.site(ACCEPT.site)
    other = next(one for (_role, where), (one, *_more) in house.road.cast.items() if where == site and one != login)

    typed(page, piece.id, login, photo)
    page.wait_for_selector(".gate__notice:has-text('second person')")
    for number, one in enumerate(bags, start=1):
        typed(page, one.id, other, house.road.picture(one))
        page.wait_for_function(probes.SCANNED, arg=number)
    page.wait_for_selector(".sign")
    house.sign(page, *house.signers(name, ACCEPT))

    assert "GO" == house.word(page)
    stmt: Any = next(one.stmt for one in reversed(house.road.entries(name)) if one.type == "custody.h7_accept")
    line = stmt["items"][0]
    assert ("attested", "lower") == (line["assurance"], line["trust"])
    assert house.road.persons[other] == line["attested_by"]
    assert line["picture"]


def test_at_the_bedside_nothing_is_typed(house: House, page: Page) -> None:
    """A step where two persons sign offers no such form."""
    name = house.open("h3_begin")
    house.sign_in(page, "apheresis1")
    house.station(page, name, "h4_end")

    assert page.query_selector(".gate__typed") is None
