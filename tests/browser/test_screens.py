"""Can everybody use every screen? Axe on each, at three widths; nothing asked of another host; sizes on the station."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from tests.browser import probes
from tests.browser.house import PROTOCOL

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.house import House

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = {"desk": (1280, 800), "tablet": (820, 1180), "phone": (390, 844)}
PAGES = (
    "work",
    "station",
    "board",
    "board?wall=1&sort=expiry",
    "commands",
    "orders",
    "orders/new",
    "orders/{order}",
    "orders/{order}/hold",
    "holds",
    "deviations",
    "on-call",
    "near-misses",
    "ledger",
    "ledger/{chain}/2",
    "devices",
    "devices/program",
    "scanners",
    "scanners/card/204817",
    "scanners/setup",
    "account/factor",
    "printers",
    "print-queue",
    "orders/{order}/print",
    "protocols",
    "protocols/{protocol}",
    "protocols/{protocol}/diff/{protocol}",
    "orders/{order}/protocol",
    "orders/{order}/labels",
    "orders/{order}/paper",
    "orders/{order}/erasure",
    "labels",
    "tags",
    "templates",
    "tray",
    "walk",
    "nothing-here",
)


def faults(page: Page) -> list[str]:
    """Return what axe finds, and whether the page is wider than its window."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    told: list[str] = page.evaluate(probes.VIOLATIONS, RULES)
    wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    return [*told, *(["the page is wider than its window"] if wide else [])]


def at_every_width(page: Page, *more: str) -> list[str]:
    """Return what axe and *more* probes find on a desk, a tablet and a phone; then the window is as before."""
    before, told = page.viewport_size, []
    for width, (across, down) in WIDTHS.items():
        page.set_viewport_size({"width": across, "height": down})
        found = [*faults(page), *(fault for probe in more for fault in page.evaluate(probe))]
        told += [f"{width}: {fault}" for fault in found]
    if before is not None:
        page.set_viewport_size(before)
    return told


@pytest.fixture(scope="module")
def name(house: House) -> str:
    """An order that waits for the end of its collection."""
    return house.open("h3_begin")


@pytest.mark.parametrize("part", range(4))
def test_everybody_can_use_every_page(house: House, page: Page, name: str, part: int) -> None:
    """No page of the desk breaks a rule of WCAG 2.2 AA, and none scrolls sideways."""
    house.sign_in(page, "coordinator")
    order = house.order(name)

    broken = {}
    for path in PAGES[part::4]:
        page.goto(f"{house.url}/{path.format(order=order.coi, chain=order.chain, protocol=order.protocol_sha256[:12])}")
        broken[path] = at_every_width(page)

    assert not any(broken.values()), broken


def test_everybody_can_use_the_pages_of_one_label(house: House, page: Page, name: str) -> None:
    """What became of a label, its reprint, the paper of an order, and a template with its proofs and differences."""
    house.sign_in(page, "apheresis1")
    coi = house.order(name).coi
    page.goto(f"{house.url}/orders/{coi}/paper")
    page.click("text=Make a new pack")
    page.wait_for_selector("text=A new pack is in force")
    broken = {"paper": at_every_width(page)}
    page.click(".open-labels a >> nth=0")
    page.wait_for_selector("article.paper")
    broken["sheet"] = at_every_width(page)
    page.goto(f"{house.url}/orders/{coi}/labels")
    page.click("text=Print again >> nth=0")
    page.wait_for_selector("text=What became of it")
    broken["reprint"] = at_every_width(page)
    page.goto(f"{house.url}/templates")
    page.click(".version a >> nth=0")
    page.wait_for_selector(".proofs")
    broken["template"] = at_every_width(page)
    mine = page.url.rsplit("/", 1)[1]
    page.goto(f"{house.url}/templates/{mine}/diff/{mine}")
    broken["diff"] = at_every_width(page)

    assert not any(broken.values()), broken


def test_everybody_can_use_the_station(house: House, page: Page, name: str) -> None:
    """Door, gate, signature, STOP and NOT VERIFIED break no rule; every control of the station is 72 pixels or more."""
    broken = {}
    house.door(page)
    broken["door"] = at_every_width(page)
    house.sign_in(page, "apheresis1")
    step = PROTOCOL.checkpoint("h4_end")
    house.station(page, name, step.id)
    broken["gate"] = at_every_width(page, probes.SMALL)
    for number, slot in enumerate(step.slots, start=1):
        house.scan(page, house.picture(name, slot, step), number)
    house.state(page, name, step)
    broken["signature"] = at_every_width(page, probes.SMALL)
    page.click(".sign button:has-text('Cancel')")
    page.wait_for_selector("[data-view=idle]")
    broken["idle"] = at_every_width(page, probes.SMALL)
    page.fill("#pasted", "]d1nonsense")
    page.click(".aids__paste button")
    page.wait_for_selector(".verdict--stop")
    broken["stop"] = at_every_width(page, probes.SMALL, probes.PALE)
    page.click("button:has-text('I have stopped')")
    page.wait_for_selector("[data-view=idle]")
    page.route("**/station/scan", lambda route: route.abort())
    page.fill("#pasted", "]d1nonsense")
    page.click(".aids__paste button")
    page.wait_for_selector(".verdict--none")
    broken["not verified"] = at_every_width(page, probes.SMALL, probes.PALE)
    page.click("button:has-text('Look again')")
    page.wait_for_selector("[data-view=idle]")

    assert not any(broken.values()), broken


@pytest.fixture(scope="module")
def states(house: House) -> dict[str, str]:
    """Orders that left their road: cancelled, lost, and infused without having been verified."""
    left = {"x_cancel": "h2_schedule", "x_lost": "h5_accept", "h16_unverified": "h15_accept"}
    names = {step: house.open(until) for step, until in left.items()}
    for step, name in names.items():
        assert house.road.do(name, step).outcome == "accepted"
    return names


def test_everybody_can_use_an_order_wherever_it_stands(house: House, page: Page, states: dict[str, str]) -> None:
    """Banners, genealogy, shipments and what is beside the road break no rule, at any width."""
    house.sign_in(page, "physician")

    broken = {}
    for step, name in states.items():
        page.goto(f"{house.url}/orders/{name}")
        assert page.query_selector(".order-note")
        for folded in page.query_selector_all("details:not([open]) > summary"):
            folded.click()
        broken[step] = at_every_width(page)

    assert not any(broken.values()), broken


ASKED = {
    "h1_submit": "physician",
    "h2_schedule": "coordinator",
    "h3_begin": "apheresis1",
    "h7_receive": "warehouse",
    "h16_start": "nurse1",
    "r9_ward": "nurse1",
    "x_change_site": "physician",
}
"""Steps that between them ask for every kind of statement, and who does them."""


def test_everybody_can_use_every_kind_of_statement(house: House, page: Page, states: dict[str, str]) -> None:
    """Ticks, choices, blind entries, numbers and dates break no rule and are large enough for gloves."""
    broken = {}
    for step, login in ASKED.items():
        house.sign_in(page, login)
        house.station(page, states["h16_unverified"], step)
        assert page.query_selector("#gate-form .field")
        broken[step] = at_every_width(page, probes.SMALL)
        page.click("button:has-text('Cancel')")
        page.wait_for_selector("[data-view=idle]")

    assert not any(broken.values()), broken


def test_the_word_is_large_and_stays_still_for_who_asks_for_it(house: House, page: Page) -> None:
    """On a station's screen the word, the headline and what differs are 48 pixels or more; nothing moves if asked."""
    page.emulate_media(reduced_motion="reduce")
    house.sign_in(page, "inspector")
    house.station(page)
    page.fill("#pasted", "]d1nonsense")
    page.click(".aids__paste button")
    page.wait_for_selector(".verdict")

    sizes = page.evaluate(probes.SIZES)
    moving = page.evaluate("document.getAnimations().length")
    page.click("button:has-text('I have stopped')")
    page.wait_for_selector("[data-view=idle]")

    assert min(sizes) >= 48
    assert 0 == moving


def test_the_station_works_by_keyboard_alone(house: House, page: Page) -> None:
    """Tab reaches every control of the idle station, and Enter works it."""
    house.sign_in(page, "inspector")
    house.station(page)
    reached: list[str] = []
    while len(reached) < 100 and not {"picture", "pasted"} <= set(reached):  # past whatever waits at this station
        page.keyboard.press("Tab")
        reached.append(page.evaluate(probes.FOCUS))

    assert {"picture", "pasted"} <= set(reached)
    assert any("bar__sound" in one for one in reached)
