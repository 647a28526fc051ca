"""Can a shift be worked without touching the screen? Cards are scanned, words are typed, and nothing is pressed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from coi.app import PROJECTIONS
from coi.db import Database
from coi.demo.cast import PASSWORD
from tests.browser import house as houses
from tests.browser import probes
from tests.browser.house import PROTOCOL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext, Page

    from coi.custody.protocol import Checkpoint
    from tests.browser.house import House
    from tests.conftest import Templates

IDLE = "[data-view=idle]"
NUMBERS = ("ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX")
KINDS = "['pointerdown', 'mousedown', 'touchstart']"
COUNT = KINDS + ".forEach((kind) => addEventListener(kind, () => { window.touched = 1; }))"
LISTED = "all => all.map((one) => one.form.elements.coi.value + ' ' + one.form.elements.step.value)"
FREEZE = "() => { const at = performance.now(); performance.now = () => at; }"
"""Let no time pass on the page's clock: what is done from now on is done at once."""
READ = "() => { const at = performance.now() + 2100; performance.now = () => at; }"
"""Let the time pass after which a card may close what the same card has opened."""
KEY = 90
"""Milliseconds from key to key: a person's, not a scanner's."""


@pytest.fixture(scope="module")
def house(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """An installation of its own: its stations list no more tasks than there are cards with numbers."""
    folder = tmp_path_factory.mktemp("commands-house")
    database = Database(templates.copy("sqlite", folder, 0), PROJECTIONS)
    yield from houses.serve(database, folder)
    database.dispose()


@pytest.fixture(scope="module")
def browser(house: House) -> Iterator[BrowserContext]:
    """A Chromium whose key is qualified at every site of that installation."""
    with houses.browser(house) as context:
        yield context


def card(page: Page, word: str) -> None:
    """Scan a command card as a scanner types it, and wait until the server has answered."""
    page.wait_for_function(probes.QUIET)
    with page.expect_response("**/station/scan"):
        assert page.evaluate(probes.BURST, f"]d1CMD-{word}")
    page.wait_for_function(probes.QUIET)


def opened(house: House, page: Page, step: Checkpoint, name: str) -> None:
    """Open a task by the card of the number under which the idle station lists it."""
    order = house.order(name)
    listed = page.eval_on_selector_all(".next", LISTED)
    card(page, NUMBERS[listed.index(f"{order.coi or order.id} {step.id}")])
    page.wait_for_selector("[data-view=gate]")


def scanned(house: House, page: Page, step: Checkpoint, name: str) -> None:
    """Scan everything that a step lists."""
    number = 0
    for slot in step.slots:
        for picture in () if slot.optional else house.pictures(name, slot, step):
            number += 1
            house.scan(page, picture, number)


def signed(house: House, page: Page, step: Checkpoint, name: str) -> str:
    """Type what each signer gives, go from field to field by card, and sign by card."""
    page.wait_for_selector("#secret-1:focus")
    page.keyboard.type(PASSWORD, delay=KEY)
    for number, login in enumerate(house.signers(name, step)[1:], start=2):
        for text in (f"{login}@demo.example", PASSWORD):
            card(page, "SECOND")
            page.keyboard.type(text, delay=KEY)
        if page.query_selector(f"#code-{number}"):
            card(page, "SECOND")
            page.keyboard.type(house.code(login), delay=KEY)  # of this half minute
    card(page, "CONFIRM")
    return house.word(page)


def test_a_collection_is_begun_by_scanning_and_typing_alone(house: House, page: Page) -> None:
    """Labels are printed, the patient's words typed, two persons sign, and a STOP is read: no finger on the screen."""
    name = house.open("h2_schedule")
    facts, begin = house.opened[name], PROTOCOL.checkpoint("h3_begin")
    house.sign_in(page, "apheresis1")
    house.station(page)
    page.evaluate(COUNT)

    opened(house, page, PROTOCOL.checkpoint("h2_print"), name)
    card(page, "CONFIRM")
    assert "GO" == house.word(page)
    page.wait_for_selector(IDLE)
    house.road.print_queued()

    opened(house, page, begin, name)
    card(page, "CANCEL")
    page.wait_for_selector(IDLE)
    opened(house, page, begin, name)
    scanned(house, page, begin, name)
    page.wait_for_selector("#f-patient_name:focus")
    page.keyboard.type(facts.name, delay=KEY)
    page.keyboard.press("Tab")
    page.keyboard.type(facts.birth_date, delay=KEY)
    if page.query_selector("[name=patient_record_number]"):  # somebody here is called alike: what else is asked
        for more in (facts.issuer, facts.record_number):
            page.keyboard.press("Tab")
            page.keyboard.type(more, delay=KEY)
    card(page, "CONFIRM")
    assert "GO" == signed(house, page, begin, name)
    page.wait_for_selector(IDLE)

    assert page.evaluate(probes.BURST, "]d1nonsense")
    assert "STOP" == house.word(page)
    card(page, "NEXT")
    assert "STOP" == house.word(page)
    card(page, "CONFIRM")
    page.wait_for_selector(IDLE)
    assert "COLLECTING" == house.order(name).state
    assert page.evaluate("window.touched") is None


def test_a_choice_is_answered_by_the_card_of_its_number(house: House, page: Page) -> None:
    """What the logger says is the first choice; a number that no choice has says so and chooses nothing."""
    name = house.open("h7_deliver")
    receive = PROTOCOL.checkpoint("h7_receive")
    house.sign_in(page, "warehouse")
    house.station(page)
    opened(house, page, receive, name)
    scanned(house, page, receive, name)

    card(page, "SEVEN")
    assert page.query_selector(".field__choice input:checked") is None
    assert page.inner_text(".gate__notice")
    card(page, "ONE")
    assert "in_range" == page.input_value(".field__choice input:checked")
    card(page, "CONFIRM")

    assert "GO" == house.word(page)
    assert "RECEIVED_AT_MFG" == house.order(name).state


def test_a_statement_that_is_answered_with_no_stops_the_step(house: House, page: Page) -> None:
    """NO is sent as such: the step is refused, and says which statement was not made."""
    name = house.open("h13_store")
    for step in ("h14_band_print", "h14_band", "h14_condition"):
        assert "accepted" == house.road.do(name, step, patient=house.opened[name]).outcome
    house.sign_in(page, "physician")
    house.station(page, name, "h14_ready")

    card(page, "NO")
    assert page.query_selector(".field--no")
    page.evaluate(FREEZE)
    card(page, "CONFIRM")

    assert "STOP" == house.word(page)
    assert "A statement was not made" == page.inner_text(".verdict h1")
    assert page.evaluate(probes.BURST, "]d1CMD-CONFIRM")
    page.wait_for_function(probes.QUIET)
    assert "STOP" == house.word(page), "a trigger that was pulled twice closes no STOP"
    page.evaluate(READ)
    card(page, "CONFIRM")
    page.wait_for_selector(IDLE)
    house.station(page, name, "h14_ready")
    card(page, "YES")
    card(page, "CONFIRM")
    page.wait_for_selector(".sign")
    card(page, "CANCEL")
    page.wait_for_selector(IDLE)
