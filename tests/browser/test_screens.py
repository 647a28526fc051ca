"""Can everybody use every screen? Axe on each, at three widths; nothing asked of another host; sizes on the station."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

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
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    told = [f"{one['id']}: {node['target']}" for one in found for node in one["nodes"]]
    wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    return [*told, *(["the page is wider than its window"] if wide else [])]


@pytest.fixture(scope="module")
def name(house: House) -> str:
    """An order that waits for the end of its collection."""
    return house.open("h3_begin")


@pytest.mark.parametrize("width", WIDTHS)
def test_everybody_can_use_every_page(house: House, page: Page, name: str, width: str) -> None:
    """No page of the desk breaks a rule of WCAG 2.2 AA, and none scrolls sideways."""
    page.set_viewport_size({"width": WIDTHS[width][0], "height": WIDTHS[width][1]})
    house.sign_in(page, "coordinator")
    order = house.order(name)

    broken = {}
    for path in PAGES:
        page.goto(f"{house.url}/{path.format(order=order.coi, chain=order.chain, protocol=order.protocol_sha256[:12])}")
        broken[path] = faults(page)

    assert not any(broken.values()), broken


@pytest.mark.parametrize("width", WIDTHS)
def test_everybody_can_use_the_pages_of_one_label(house: House, page: Page, name: str, width: str) -> None:
    """What became of a label, its reprint, the paper of an order, and a template with its proofs and differences."""
    page.set_viewport_size({"width": WIDTHS[width][0], "height": WIDTHS[width][1]})
    house.sign_in(page, "apheresis1")
    coi = house.order(name).coi
    page.goto(f"{house.url}/orders/{coi}/paper")
    page.click("text=Make a new pack")
    page.wait_for_selector("text=A new pack is in force")
    broken = {"paper": faults(page)}
    page.click(".open-labels a >> nth=0")
    page.wait_for_selector("article.paper")
    broken["sheet"] = faults(page)
    page.goto(f"{house.url}/orders/{coi}/labels")
    page.click("text=Print again >> nth=0")
    page.wait_for_selector("text=What became of it")
    broken["reprint"] = faults(page)
    page.goto(f"{house.url}/templates")
    page.click(".version a >> nth=0")
    page.wait_for_selector(".proofs")
    broken["template"] = faults(page)
    mine = page.url.rsplit("/", 1)[1]
    page.goto(f"{house.url}/templates/{mine}/diff/{mine}")
    broken["diff"] = faults(page)

    assert not any(broken.values()), broken


@pytest.mark.parametrize("width", WIDTHS)
def test_everybody_can_use_the_station(house: House, page: Page, name: str, width: str) -> None:
    """Door, gate, signature, STOP and NOT VERIFIED break no rule; every control of the station is 72 pixels or more."""
    page.set_viewport_size({"width": WIDTHS[width][0], "height": WIDTHS[width][1]})
    broken = {}
    page.goto(f"{house.url}/work")
    if "/sign-in" not in page.url:
        page.click("text=Sign out")
    page.wait_for_selector("html[data-ready=door]")
    broken["door"] = faults(page)
    house.sign_in(page, "apheresis1")
    step = PROTOCOL.checkpoint("h4_end")
    house.station(page, name, step.id)
    broken["gate"] = [*faults(page), *small(page)]
    for number, slot in enumerate(step.slots):
        page.set_input_files("#picture", house.picture(name, slot, step))
        page.wait_for_function(probes.SCANNED, arg=number + 1)
    house.state(page, name, step)
    broken["signature"] = [*faults(page), *small(page)]
    page.click(".sign button:has-text('Cancel')")
    page.wait_for_selector("[data-view=idle]")
    broken["idle"] = [*faults(page), *small(page)]
    page.fill("#pasted", "]d1nonsense")
    page.click(".aids__paste button")
    page.wait_for_selector(".verdict--stop")
    broken["stop"] = [*faults(page), *small(page), *pale(page)]
    page.click("button:has-text('I have stopped')")
    page.wait_for_selector("[data-view=idle]")
    page.route("**/station/scan", lambda route: route.abort())
    page.fill("#pasted", "]d1nonsense")
    page.click(".aids__paste button")
    page.wait_for_selector(".verdict--none")
    broken["not verified"] = [*faults(page), *small(page), *pale(page)]
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


@pytest.mark.parametrize("width", WIDTHS)
def test_everybody_can_use_an_order_wherever_it_stands(
    house: House, page: Page, states: dict[str, str], width: str
) -> None:
    """Banners, genealogy, shipments and what is beside the road break no rule, at any width."""
    page.set_viewport_size({"width": WIDTHS[width][0], "height": WIDTHS[width][1]})
    house.sign_in(page, "physician")

    broken = {}
    for step, name in states.items():
        page.goto(f"{house.url}/orders/{name}")
        assert page.query_selector(".order-note")
        for folded in page.query_selector_all("details:not([open]) > summary"):
            folded.click()
        broken[step] = faults(page)

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


@pytest.mark.parametrize("width", WIDTHS)
def test_everybody_can_use_every_kind_of_statement(
    house: House, page: Page, states: dict[str, str], width: str
) -> None:
    """Ticks, choices, blind entries, numbers and dates break no rule and are large enough for gloves."""
    page.set_viewport_size({"width": WIDTHS[width][0], "height": WIDTHS[width][1]})

    broken = {}
    for step, login in ASKED.items():
        house.sign_in(page, login)
        house.station(page, states["h16_unverified"], step)
        assert page.query_selector("#gate-form .field")
        broken[step] = [*faults(page), *small(page)]
        page.click("button:has-text('Cancel')")
        page.wait_for_selector("[data-view=idle]")

    assert not any(broken.values()), broken


def small(page: Page) -> list[str]:
    """Return the controls of the station that are lower than 72 pixels."""
    found: list[str] = page.evaluate(probes.SMALL)
    return found


def pale(page: Page) -> list[str]:
    """Return the texts of a verdict whose contrast is below 7:1."""
    found: list[str] = page.evaluate(probes.PALE)
    return found


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
    reached = []
    for _ in range(14):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(probes.FOCUS))
        page.wait_for_timeout(60)

    assert {"picture", "pasted"} <= set(reached)
    assert any("bar__sound" in one for one in reached)
