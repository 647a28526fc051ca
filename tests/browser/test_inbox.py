"""A page and the scanner station beside it: what the station signs appears, with the server and while it is away."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from coi.people import devices
from scanners.scan import Scan
from scanners.station import keys
from scanners.station.agent import Agent
from scanners.station.clock import Clock
from scanners.station.config import KEY, OUTBOX, Config
from scanners.station.outbox import Outbox
from scanners.station.server import Away, Server
from tests.browser import probes
from tests.browser.house import PROTOCOL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page

    from coi.custody.reading import Scanned
    from tests.browser.house import House

STEP = PROTOCOL.checkpoint("h4_end")


@dataclass(slots=True)
class Cable:
    """The network between the station and the house; it can be cut."""

    server: Server
    cut: bool = False

    def push(self, *given: Any) -> Any:  # noqa: ANN401 - as the server's own
        """Hand in, if there is a way."""
        if self.cut:
            raise Away("the cable is cut")
        return self.server.push(*given)

    def manifest(self, *given: Any) -> Any:  # noqa: ANN401 - as the server's own
        """Fetch the manifest, if there is a way."""
        return self.server.manifest(*given)


@dataclass(slots=True)
class Bench:
    """An order whose collection ends, the page of it, and the station's program."""

    house: House
    agent: Agent
    cable: Cable
    name: str
    page: Page

    def scans(self) -> list[Scanned]:
        """Return the right scans of the step."""
        road, order = self.house.road, self.house.order(self.name)
        return [scan for slot in STEP.slots for scan in road.scans(order, slot, STEP, {})]

    def pull(self, data: bytes, aim: str) -> None:
        """Pull the trigger."""
        heard = self.agent.take(Scan(data, aim, "serial"), "serial")
        assert heard is not None
        assert heard.word == "read", heard


@pytest.fixture
def bench(house: House, browser: BrowserContext, tmp_path: Path) -> Iterator[Bench]:
    """The bench; the person has signed in, and the station's program is qualified and was heard."""
    house.clear()
    name = house.open("h3_begin")
    road = house.road
    key = keys.make(tmp_path / KEY)
    site, by = house.order(name).site("collection"), road.persons[house.who(name, STEP)]
    jwk, at = dict(keys.jwk(key.public_key())), datetime.now(UTC)
    device = road.database.run(lambda session: devices.propose(session, site, jwk, "Bench scanner", by=by, at=at))
    road.database.run(lambda session: devices.qualify_in_demo(session, device.id, at=at))
    bare = Server(Config(house.url), key).enrolment(keys.thumbprint(key.public_key())).said
    config = Config(house.url, "Bench scanner", device.id, site, str(bare["server_key"]))
    outbox = Outbox(tmp_path / OUTBOX)
    cable = Cable(Server(config, key, 30))
    clock = Clock(lambda: datetime.now(UTC), time.monotonic_ns)
    agent = Agent(config, key, outbox, cable, clock, tell=lambda _heard: None)
    assert agent.push()
    page = browser.new_page()
    house.sign_in(page, house.who(name, STEP))
    house.station(page, name, STEP.id)
    yield Bench(house, agent, cable, name, page)
    page.close()
    agent.bridge.close()
    outbox.close()


DONE = "(count) => document.querySelectorAll('.step--done').length === count"
DOOR = "() => JSON.parse(sessionStorage.getItem('coi-inbox') ?? '{}').door?.token"


def test_a_page_takes_what_its_station_scans(bench: Bench) -> None:
    """Chosen in the bar, it fills the step; with the server away its listed codes still come, others are STOP."""
    page, agent = bench.page, bench.agent
    first, second = bench.scans()[0], bench.scans()[2]
    page.wait_for_selector("#inbox-station option:has-text('Bench scanner')", state="attached")
    with page.expect_response("**/station/inbox/bind") as bound:
        page.select_option("#inbox-station", label="Bench scanner")
    assert bound.value.ok
    assert agent.push()
    assert agent.push()

    bench.pull(first.data, first.aim)
    assert agent.push()
    page.wait_for_function(DONE, arg=1)
    page.wait_for_function(DOOR)
    page.wait_for_function(probes.QUIET)

    bench.cable.cut = True
    page.route("**/station/inbox?*", lambda route: route.abort())
    assert [False, False] == [agent.push(), agent.push()]
    assert agent.bridge.port is not None
    bench.pull(second.data, second.aim)
    page.wait_for_function(DONE, arg=2)
    bench.pull(b"=X00000000000000", "]d2")
    page.wait_for_selector("[data-inbox-stop]:visible:has-text('not on its list')")
