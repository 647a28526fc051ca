"""Does a station go on alone with the right bag, stop the wrong one, keep its clock, and tell the server everything?"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from coi.app import PROJECTIONS
from coi.custody import protocol_register as protocols
from coi.custody import steps
from coi.custody.orders import PatientFacts
from coi.db import Database
from coi.demo.cast import PASSWORD
from coi.people import devices
from scanners.scan import Scan
from scanners.station import keys
from scanners.station.agent import Agent
from scanners.station.clock import Clock
from scanners.station.config import KEY, OUTBOX, Config
from scanners.station.outbox import Outbox
from scanners.station.server import Server
from tests.browser import house as houses
from tests.browser import probes
from tests.browser.test_inbox import Cable
from tests.browser.test_screens import at_every_width
from tests.world import said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext, Page

    from tests.browser.house import House
    from tests.conftest import Templates

CASES = json.loads((Path(__file__).parents[1] / "coi" / "custody" / "lease_cases.json").read_text("utf-8"))
TWIN = """async ({ base, cases }) => {
  const { verdict } = await import('/static/lease.js');
  return Object.fromEntries(Object.entries(cases).map(([name, one]) => [name, verdict(
    { ...base.lease, ...one.lease }, { ...base.attempt, ...one.attempt }, one.seen ?? base.seen)]));
}"""
"""Give the browser's twin every case; return its answers."""
CLOCKS = """async () => {
  const { thawed, timeOf, instant, sha256 } = await import('/static/lease.js');
  const lease = { thaw_limit_s: 3600, thaw_ends_at: null };
  const later = thawed(lease, '2026-11-21T08:10:00.000000Z');
  const anchor = { server: 1_000_000, wall: 500_000, latest: 0 };
  return {
    ends: later.thaw_ends_at,
    earlier: thawed(later, '2026-11-21T08:05:00.000000Z').thaw_ends_at,
    never_later: thawed(later, '2026-11-21T08:30:00.000000Z').thaw_ends_at,
    none: thawed({ thaw_limit_s: null, thaw_ends_at: null }, '2026-11-21T08:30:00.000000Z').thaw_ends_at,
    runs: timeOf(anchor, 501_000, 900),
    set_back: timeOf(anchor, 400_000, 900),
    set_back_and_reloaded: timeOf({ ...anchor, latest: 1_007_000 }, 400_000, null),
    set_forward: timeOf(anchor, 900_000, 900),
    instant: instant(0),
    empty: await sha256(new Uint8Array()),
  };
}"""


def test_the_browsers_twin_has_the_same_answers(house: House, page: Page) -> None:
    """Every shared case has the same reasons in the same order in Chromium as in Python."""
    house.sign_in(page, "inspector")

    assert {name: one["stop"] for name, one in CASES["cases"].items()} == page.evaluate(TWIN, CASES)


def test_the_browsers_clocks(house: House, page: Page) -> None:
    """The thaw clock moves only earlier, and no clock that is set back gives time."""
    house.sign_in(page, "inspector")

    assert {
        "ends": "2026-11-21T09:10:00.000000Z",
        "earlier": "2026-11-21T09:05:00.000000Z",
        "never_later": "2026-11-21T09:10:00.000000Z",
        "none": None,
        "runs": 1_001_000,
        "set_back": 1_000_900,
        "set_back_and_reloaded": 1_007_000,
        "set_forward": 1_400_000,
        "instant": "1970-01-01T00:00:00.000000Z",
        "empty": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    } == page.evaluate(CLOCKS)


# ------------------------------------------------------------------ the hour after the thaw


@pytest.fixture(scope="module")
def house(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """An installation of its own, whose orders were carried on the days before today."""
    folder = tmp_path_factory.mktemp("lease-house")
    database = Database(templates.copy("sqlite", folder, 0), PROJECTIONS)
    yield from houses.serve(database, folder, days=6)
    database.dispose()


@pytest.fixture(scope="module")
def browser(house: House) -> Iterator[BrowserContext]:
    """A Chromium whose key is qualified at every site of that installation."""
    with houses.browser(house) as context:
        yield context


@pytest.fixture(scope="module")
def days(house: House) -> list[datetime]:
    """Up to when the days before today are used up."""
    return [house.road.clock.now]


def waiting(house: House, days: list[datetime], until: str = "h14_retrieve") -> str:
    """Return the order of another patient that was carried up to a step on a day before today."""
    number = len(house.opened) + 1
    facts = PatientFacts(f"Lea Lease {number} (demo)", "1950-05-05", "DEMO-N", f"{400_000 + number}")
    house.road.clock.now = days[0]
    name = house.road.open(facts)
    house.opened[name] = facts
    house.road.carry(name, until, facts)
    days[0] = house.road.clock.now
    assert days[0] < datetime.now(UTC)
    return name


def code(house: House, name: str, role: str) -> str:
    """Return what a scanner types for one code of an order: wristband, product or product_bar."""
    order = house.order(name)
    bag = None if role == "wristband" else order.of_kind("drug_product")[0].id
    kind = "wristband" if bag is None else "container"
    read = house.road.read_piece(house.road.piece(order, kind, bag, "applied"), linear=role.endswith("_bar"))
    return read.aim + read.data.decode("ascii").replace("\x1d", "<GS>")


def paste(page: Page, text: str) -> None:
    """Give a code to the station as a demo may."""
    page.fill("#pasted", text)
    page.click("[data-paste-form] button")


def preflight(house: House, page: Page, name: str) -> None:
    """Get the lease at this station: wristband, one of the laboratory, two of the ward."""
    house.sign_in(page, "nurse1")
    page.goto(f"{house.url}/station/preflight?order={name}")
    page.wait_for_selector("html[data-ready=preflight]")
    paste(page, code(house, name, "wristband"))
    for number, login in enumerate(("celllab1", "nurse1", "nurse2"), start=1):
        page.fill(f"#login-{number}", f"{login}@demo.example")
        page.fill(f"#secret-{number}", PASSWORD)
    page.fill("#code-2", house.code("nurse1"))
    page.click("button[data-ask]")
    page.wait_for_url("**/station")
    page.wait_for_selector("html[data-ready=station]")


def alone(page: Page, deed: str, codes: list[str], persons: list[str], tail: str = "") -> str:
    """Do one step by lease: scan, confirm by name, press; return the word shown."""
    page.wait_for_selector("[data-alone] [data-judge]")
    if page.query_selector(f"[data-deed={deed}]"):
        page.click(f"[data-deed={deed}]")
    for number, text in enumerate(codes, start=1):
        paste(page, text)
        page.wait_for_function(TAKEN, arg=number)
        if page.query_selector(".verdict"):
            return word(page)
    for field in page.query_selector_all("[data-alone] [data-list=asks] input"):
        field.fill(tail)
    for place, person in enumerate(persons):
        page.click(f"[data-place='{place}']:has-text('{person}')")
    page.wait_for_selector("[data-judge]:enabled")
    page.evaluate(probes.TWICE, "[data-judge]")  # one attempt, however often it is pressed
    return word(page)


def word(page: Page) -> str:
    """Return the word that fills the screen."""
    return str(page.wait_for_function(probes.WORD).json_value())


def read(page: Page) -> None:
    """Take note of what the station said."""
    page.click("button[data-read]")
    page.wait_for_selector(".verdict", state="detached")


TAKEN = "n => document.querySelector('.verdict') || document.querySelectorAll('[data-alone] .step--done').length >= n"
"""Whether so many codes were taken, or one of them was answered."""
HANDED_IN = "() => document.querySelector('[data-thaw] [data-fill=queue]')?.textContent.includes('handed in')"
KEPT = """async () => {
  await navigator.serviceWorker.ready;
  const found = await caches.match('/static/station_inbox.js');
  return Boolean(found);
}"""
"""Whether the page that serves without the server is kept here, with all that it needs."""


@pytest.fixture
def cut(browser: BrowserContext) -> Iterator[BrowserContext]:
    """The browser, whose network is back after the test."""
    yield browser
    browser.set_offline(False)


@pytest.fixture
def bedside(house: House, page: Page, cut: BrowserContext, days: list[datetime]) -> Iterator[str]:
    """An order whose bag was thawed with the server there, at a station that holds its lease."""
    assert cut.pages
    name = waiting(house, days)
    house.road.clock.now = datetime.now(UTC)
    house.road.carry(name, "h14_preflight", house.opened[name])
    preflight(house, page, name)
    page.wait_for_function(KEPT)
    here(house, name, "h14_thaw")
    renewed(house, page)
    yield name
    cut.set_offline(False)
    house.station(page)
    page.click("[data-give-back]")
    page.wait_for_selector("[data-thaw]", state="hidden")


def renewed(house: House, page: Page) -> None:
    """Open the station, and wait until it knows of its lease what the server knows."""
    with page.expect_response("**/station/lease/LS-*"):
        house.station(page)


def here(house: House, name: str, step: str) -> None:
    """Do a step through the server, as from the browser's own station."""
    road = house.road
    order = road.order(name)
    site = order.site("treatment")
    found = road.database.read(lambda session: devices.devices(session, site))
    (station,) = [one for one in found if one.state == "qualified" and not one.key.is_program]
    gate = steps.step_of(protocols.pinned(order.protocol_sha256), order, step)
    road.clock.now = datetime.now(UTC)
    actor = replace(road.actor(order, gate), device=station.id, device_site=site, device_state="qualified")
    done = road.do(name, step, actor=actor)
    assert "accepted" == done.outcome, done.reasons


def go_alone(page: Page, cut: BrowserContext) -> None:
    """Cut the network, and go on by lease."""
    cut.set_offline(True)
    page.wait_for_selector("[data-go-alone]:visible")
    page.click("[data-go-alone]")
    page.wait_for_selector("[data-alone]")


def entries(house: House, name: str) -> list[dict[str, Any]]:
    """Return what was handed in for an order."""
    return [said(one) for one in house.road.entries(name) if one.type == "custody.provisional"]


def test_the_road_goes_on_without_the_server(house: House, page: Page, cut: BrowserContext, bedside: str) -> None:
    """From issue to the bedside each step is a provisional GO, a reload keeps the clock, and all of it is handed in."""
    bag, bar, band = (code(house, bedside, role) for role in ("product", "product_bar", "wristband"))
    tail = (house.order(bedside).coi or "")[-4:]
    go_alone(page, cut)

    assert "PROVISIONAL GO" == alone(page, "h15_issue", [bag], ["Cem"])
    assert "GO" not in (page.inner_text(".verdict__big").replace("PROVISIONAL GO", "")).split()
    read(page)
    assert "PROVISIONAL GO" == alone(page, "h15_accept", [bag], ["Nora"])
    read(page)
    page.reload()
    page.wait_for_selector("html[data-ready=alone]")
    assert re.fullmatch(r"\d\d:\d\d", page.inner_text("[data-thaw] [data-fill=left]"))
    assert "2" in page.inner_text("[data-thaw] [data-fill=queue]")
    assert "PROVISIONAL GO" == alone(page, "h16_start", [band, bag, bar], ["Nils", "Nora"], tail)
    read(page)
    assert "STOP" == alone(page, "h16_start", [band, bag, bar], ["Nils", "Nora"], tail), "one GO a step"
    assert [] == entries(house, bedside)

    cut.set_offline(False)
    read(page)
    page.wait_for_selector("html[data-ready=station]")
    page.wait_for_function(HANDED_IN)

    told = entries(house, bedside)
    order = house.order(bedside)
    assert [
        ("h15_issue", "GO"),
        ("h15_accept", "GO"),
        ("h16_start", "GO"),
        ("h16_start", "STOP"),
    ] == [(one["checkpoint"], one["word"]) for one in told]
    assert [1, 2, 3, 4] == [one["number"] for one in told]
    assert f"{order.site('treatment')}/ward" == order.custodian


def test_another_patients_bag_is_stopped_without_the_server(
    house: House, page: Page, cut: BrowserContext, bedside: str, days: list[datetime]
) -> None:
    """Another's bag is STOP at once, stays until read, is handed in, and the right one may follow."""
    other = waiting(house, days, "h11_release")
    theirs, ours = code(house, other, "product"), code(house, bedside, "product")
    go_alone(page, cut)

    assert "STOP" == alone(page, "h15_issue", [theirs], [])
    read(page)
    assert "PROVISIONAL GO" == alone(page, "h15_issue", [ours], ["Cem"])
    read(page)
    cut.set_offline(False)
    page.wait_for_selector("[data-view=idle]")

    assert [("h15_issue", "STOP"), ("h15_issue", "GO")] == [
        (o["checkpoint"], o["word"]) for o in entries(house, bedside)
    ]
    assert "data" not in entries(house, bedside)[0]["items"][0]


def test_its_screens_can_be_used_by_everybody(house: House, page: Page, cut: BrowserContext, bedside: str) -> None:
    """Preflight, wall clock, panel and both answers pass axe and fit a phone, a tablet and a desk."""
    seen: dict[str, list[str]] = {}

    def look(name: str) -> None:
        seen[name] = at_every_width(page)

    for address, ready in ((f"/station/preflight?order={bedside}", "preflight"), (f"/orders/{bedside}/clock", "clock")):
        page.goto(f"{house.url}{address}")
        page.wait_for_selector(f"html[data-ready={ready}]")
        look(ready)
    house.station(page)
    go_alone(page, cut)
    look("alone")
    alone(page, "h15_issue", [code(house, bedside, "product")], ["Cem"])
    look("provisional go")
    read(page)
    paste(page, "]d17K3MXHD90BC2")
    word(page)
    look("stop")
    read(page)

    assert not any(seen.values()), seen


def test_what_the_server_said_go_to_is_used_up(house: House, page: Page, cut: BrowserContext, bedside: str) -> None:
    """A step that had its GO from the server gets no second one when the server is gone."""
    here(house, bedside, "h15_issue")
    renewed(house, page)
    go_alone(page, cut)

    assert "STOP" == alone(page, "h15_issue", [code(house, bedside, "product")], ["Cem"])
    assert "already had its GO" in page.inner_text(".verdict")
    read(page)


def test_without_a_lease_nothing_goes_on(house: House, page: Page, cut: BrowserContext) -> None:
    """A station without a lease says NOT VERIFIED, shows no clock and offers no other way."""
    house.sign_in(page, "nurse1")
    house.station(page)
    cut.set_offline(True)
    paste(page, "]d17K3MXHD90BC2")

    assert "NOT VERIFIED" == house.word(page)
    page.click("button:has-text('Look again')")
    page.wait_for_timeout(2_500)
    assert "NOT VERIFIED" == house.word(page)
    assert not page.is_visible("[data-thaw]")
    cut.set_offline(False)
    page.click("button:has-text('Look again')")
    page.wait_for_selector("[data-view=idle]")


def test_a_red_preflight_says_why_and_gives_nothing(house: House, page: Page, days: list[datetime]) -> None:
    """With one nurse and another's wristband the checklist names both with the way out, and no clock is shown."""
    name, other = waiting(house, days), waiting(house, days, "h4_end")
    house.sign_in(page, "nurse1")
    page.goto(f"{house.url}/station/preflight?order={name}")
    page.wait_for_selector("html[data-ready=preflight]")
    paste(page, code(house, other, "wristband"))
    page.fill("#login-1", "nurse1@demo.example")
    page.fill("#secret-1", PASSWORD)
    page.click("button[data-ask]")
    page.wait_for_selector(".check--red:has-text('belongs to another order')")

    assert page.query_selector("[data-line=persons].check--red") is not None
    assert page.query_selector("[data-line=holds].check--green") is not None
    assert "preflight" in page.url


def test_the_wall_counts_on_without_the_server(house: House, page: Page, cut: BrowserContext, bedside: str) -> None:
    """The clock on the wall shows the time left after the thaw, and goes on when the server is away."""
    page.goto(f"{house.url}/orders/{bedside}/clock")
    page.wait_for_selector("html[data-ready=clock]")
    page.wait_for_function("() => /^\\d+:\\d\\d$/.test(document.querySelector('[data-clock] b').textContent)")
    first = page.inner_text("[data-clock] b")
    cut.set_offline(True)
    page.wait_for_selector("[data-said]:has-text('away')")

    page.wait_for_function("first => document.querySelector('[data-clock] b').textContent !== first", arg=first)


# ------------------------------------------------------------------ the scanner station beside the page
@dataclass(slots=True)
class Beside:
    """The program of the scanner station that the page is bound to, and the one cable that both hang on."""

    house: House
    page: Page
    folder: Path
    device: str
    agent: Agent
    cable: Cable

    def pull(self, text: str) -> None:
        """Pull the trigger on a code, as ``code`` writes it."""
        heard = self.agent.take(Scan(text[3:].replace("<GS>", "\x1d").encode(), text[:3], "serial"), "serial")
        assert heard is not None
        assert heard.word == "read", heard

    def cut(self) -> None:
        """Cut the cable: neither the page nor the program hears of the server."""
        self.cable.cut = True
        self.page.context.route(f"{self.house.url}/**", lambda route: route.abort())
        assert [False, False] == [self.agent.push(), self.agent.push()]

    def mend(self) -> None:
        """Mend the cable."""
        self.page.context.unroute_all(behavior="ignoreErrors")
        self.cable.cut = False
        assert self.agent.push()

    def kill(self) -> None:
        """Kill the program as a power cut does, and start it on what lies on its disk."""
        before = self.agent
        before.bridge.close()
        before.outbox.close()
        self.agent = Agent(
            before.config,
            keys.load(self.folder / KEY),
            Outbox(self.folder / OUTBOX),
            self.cable,
            Clock(lambda: datetime.now(UTC), time.monotonic_ns),
            tell=lambda _heard: None,
        )
        assert [False, False] == [self.agent.push(), self.agent.push()]


@pytest.fixture
def beside(house: House, page: Page, bedside: str, tmp_path: Path) -> Iterator[Beside]:
    """A scanner station that the page is bound to, and that has taken over the reading for its lease."""
    key, road = keys.make(tmp_path / KEY), house.road
    site, by = house.order(bedside).site("treatment"), road.persons["nurse1"]
    jwk, at = dict(keys.jwk(key.public_key())), datetime.now(UTC)
    device = road.database.run(lambda session: devices.propose(session, site, jwk, "Bedside", by=by, at=at)).id
    road.database.run(lambda session: devices.qualify_in_demo(session, device, at=at))
    bare = Server(Config(house.url), key).enrolment(keys.thumbprint(key.public_key())).said
    config = Config(house.url, "Bedside", device, site, str(bare["server_key"]))
    cable = Cable(Server(config, key, 30))
    clock = Clock(lambda: datetime.now(UTC), time.monotonic_ns)
    agent = Agent(config, key, Outbox(tmp_path / OUTBOX), cable, clock, tell=lambda _heard: None)
    made = Beside(house, page, tmp_path, device, agent, cable)
    assert agent.push()
    house.station(page)
    page.wait_for_selector("#inbox-station option:has-text('Bedside')", state="attached")
    with page.expect_response("**/station/inbox/bind") as bound:
        page.select_option("#inbox-station", label="Bedside")
    assert bound.value.ok
    renewed(house, page)  # and lets its station read for its lease
    for _ in range(3):  # the list with the lease; that it is on the disk; the door of this page
        assert agent.push()
    page.wait_for_function(HAS_LEASE)
    yield made
    page.context.unroute_all(behavior="ignoreErrors")
    made.agent.bridge.close()
    made.agent.outbox.close()


HAS_LEASE = """() => {
  const kept = JSON.parse(sessionStorage.getItem("coi-inbox") ?? "{}");
  return Boolean(kept.door?.token) && document.querySelector("[data-inbox][data-reads]") !== null;
}"""
DONE = "count => document.querySelectorAll('[data-alone] .step--done').length === count"


def test_a_station_reads_for_the_lease_of_its_page(house: House, bedside: str, beside: Beside) -> None:
    """With the server away, and the program killed in between: GO by what it reads; back, all of it is handed in."""
    page, bag = beside.page, code(house, bedside, "product")
    beside.cut()
    page.wait_for_selector("[data-go-alone]:visible")
    page.click("[data-go-alone]")
    page.wait_for_selector("[data-alone]")
    beside.kill()

    beside.pull("]d2=X00000000000000")
    page.wait_for_selector("[data-inbox-stop]:visible")
    assert not page.query_selector(".verdict")
    beside.pull(bag)
    page.wait_for_function(DONE, arg=1)
    page.click("[data-place='0']:has-text('Cem')")
    page.click("[data-judge]")
    assert "PROVISIONAL GO" == word(page)
    assert [] == entries(house, bedside)
    read(page)

    beside.mend()
    assert beside.agent.bridge.port is None
    page.wait_for_selector("[data-view=idle]")
    page.wait_for_function(HANDED_IN)
    (told,) = entries(house, bedside)
    assert ("h15_issue", "GO", "serial") == (told["checkpoint"], told["word"], told["items"][0]["source"])
    (lent,) = [said(one)["reader"] for one in house.road.entries(bedside) if one.type == "custody.lease_lent"]
    assert beside.device == lent
