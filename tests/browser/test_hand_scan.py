"""A label's fate is one person's to tell only where this browser signed a scan of it; what is typed is not signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.demo.cast import PASSWORD
from tests.browser.house import PROTOCOL
from tests.browser.test_station import impatient, unanswered

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.house import House

BEGIN = PROTOCOL.checkpoint("h3_begin")


def told(page: Page) -> str:
    """Wait for the last word of the page on the label in the hand."""
    page.wait_for_selector("[data-hand-say]:has-text('sign')")  # until then it reads the picture, and asks to wait
    return page.inner_text("[data-hand-say]")


def signed(page: Page) -> bool:
    """Whether the form carries a signature."""
    return bool(page.input_value("[name=scan_signature]"))


def test_the_label_in_the_hand_is_signed_and_what_is_typed_is_not(house: House, page: Page) -> None:
    """Shown, it is signed for; a key pressed in the field takes that back; shown again, one person tells its fate."""
    name = house.open("h2_print")
    bag = house.picture(name, BEGIN.slot("bag"), BEGIN)
    piece = house.road.piece(house.order(name), "container", house.order(name).containers[0].id, "printed")
    house.sign_in(page, "apheresis1")
    page.goto(f"{house.url}/orders/{name}/labels/{piece.id}/fate")
    page.wait_for_selector("html[data-hand=ready]", state="attached")

    page.set_input_files("[data-hand-picture]", bag)
    assert told(page) == "The label is in your hand: you alone sign."
    assert signed(page)
    page.fill("#scanned", "typed")
    assert not signed(page)
    page.set_input_files("[data-hand-picture]", [])
    page.set_input_files("[data-hand-picture]", bag)
    told(page)
    page.select_option("#why", "not_needed")
    page.select_option("#fate", "destroyed")
    page.fill("#secret", PASSWORD)
    page.click("form[data-hand] button.nhsuk-button")
    page.wait_for_url("**/labels")

    last = next(entry for entry in reversed(house.road.entries(name)) if entry.type == "label.destroyed")
    assert (last.stmt["how"], len(last.sig)) == ("scanned", 1)


def test_a_question_without_an_answer_is_not_waited_for_for_ever(house: House, page: Page) -> None:
    """Where the server does not say what to sign, the page says so after its patience, and nothing is signed."""
    name = house.open("h2_print")
    bag = house.picture(name, BEGIN.slot("bag"), BEGIN)
    piece = house.road.piece(house.order(name), "container", house.order(name).containers[0].id, "printed")
    house.sign_in(page, "apheresis1")
    page.route("**/fate", impatient)
    page.goto(f"{house.url}/orders/{name}/labels/{piece.id}/fate")
    page.wait_for_selector("html[data-hand=ready]", state="attached")
    page.route("**/station/nonce", unanswered)
    page.route("**/station/picture", lambda route: route.fulfill(json={"scans": [{"aim": "]d1", "data": "QQ=="}]}))

    page.set_input_files("[data-hand-picture]", bag)

    page.wait_for_selector("[data-hand-say]:has-text('The server did not answer')")
    assert not signed(page)
