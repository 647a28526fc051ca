"""Does the scanners page find a lying scanner, and let a good one count?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi import ledger, people
from coi.people.challenge import PAYLOADS
from tests.browser import probes
from tests.browser.test_station import impatient, unanswered
from tests.browser.test_wedge_layouts import strokes

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.house import House

CODES = [one.aim + one.data("204817") for one in PAYLOADS]
BEGIN = "[data-check-begin=wedge]"
LOADED = """() => {
  const widths = [...document.querySelectorAll('.challenge img')].map((one) => one.naturalWidth);
  return widths.length === 5 && widths.every((one) => one > 50);
}"""


def newest(house: House, login: str) -> str:
    """Return the type of the newest entry of the site's chain where a login works."""
    site = next(iter(house.person(login).sites()))
    chain = house.road.database.read(lambda session: people.site(session, site).chain)
    return house.road.database.read(lambda session: ledger.entries(session, chain))[-1].type


def scan(page: Page, code: str) -> None:
    """Type a code as a scanner does."""
    with page.expect_response("**/scanners/check"):
        page.evaluate(probes.STROKES, strokes(f"{code}\n", "de", caps=True, gs="Alt+029"))


def test_a_scanner_is_checked_by_its_card(house: House, page: Page) -> None:
    """Five codes one after the other pass; one that comes wrong is named with what puts it right, and recorded."""
    house.sign_in(page, "apheresis1")
    page.goto(f"{house.url}/scanners")
    page.wait_for_selector("html[data-ready=scanners]")

    page.click(BEGIN)
    for number, code in enumerate(CODES, start=1):
        scan(page, code)
        page.wait_for_function(probes.RIGHT, arg=number)
    page.wait_for_selector("[data-check][data-state=passed]")
    assert "people.scanner_passed" == newest(house, "apheresis1")

    page.click(BEGIN)
    scan(page, CODES[0])
    page.wait_for_function(probes.RIGHT, arg=1)
    scan(page, CODES[1].replace("\x1d", ""))
    page.wait_for_selector("[data-check][data-state=failed] [data-check-say]:has-text('leaves out the separator')")
    assert "Ctrl+]" in page.inner_text("[data-check-fix]")
    assert "people.scanner_failed" == newest(house, "apheresis1")

    page.click(BEGIN)
    for number, code in enumerate(CODES, start=1):
        scan(page, code)
        page.wait_for_function(probes.RIGHT, arg=number)
    page.wait_for_selector("[data-check][data-state=passed]")


def test_a_question_without_an_answer_blocks_no_later_check(house: House, page: Page) -> None:
    """A check begun anew is judged while the one before hangs; one without an answer in time says that it is lost."""
    house.sign_in(page, "apheresis1")
    page.goto(f"{house.url}/scanners")
    page.wait_for_selector("html[data-ready=scanners]")
    typed = strokes(f"{CODES[0]}\n", "de", caps=True, gs="Alt+029")

    page.route("**/station/nonce", unanswered)
    page.click(BEGIN)
    with page.expect_request("**/station/nonce"):
        page.evaluate(probes.STROKES, typed)
    page.unroute("**/station/nonce")
    page.click(BEGIN)
    scan(page, CODES[0])
    page.wait_for_function(probes.RIGHT, arg=1)

    page.route("**/scanners", impatient)
    page.goto(f"{house.url}/scanners")
    page.wait_for_selector("html[data-ready=scanners]")
    page.route("**/station/nonce", unanswered)
    page.click(BEGIN)
    page.evaluate(probes.STROKES, typed)
    page.wait_for_selector("[data-check][data-state=failed] [data-check-say]:has-text('No answer came')")


def test_a_card_can_be_printed(house: House, page: Page) -> None:
    """Each card has a number of its own, and five pictures that load."""
    house.sign_in(page, "apheresis1")
    page.goto(f"{house.url}/scanners")
    page.click("text=Print a challenge card")
    page.wait_for_url("**/scanners/card/*")

    page.wait_for_function(LOADED)
