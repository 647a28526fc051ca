"""A page and the scanner station that it is bound to: what the station signed is judged as any scan, once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from coi import ledger, people
from coi.app import PROJECTIONS
from coi.custody import protocol_register as protocols
from coi.custody import store
from coi.custody.lease_packet import sha256
from coi.db import Database
from coi.people import challenge, devices, scanner_store
from coi.people.station_events import Flaw
from scanners.station import keys, manifest, server
from scanners.station.manifest import Word
from tests import programs, wanderer
from tests import world as worlds
from tests.programs import BASE, Programs
from tests.scanner_stations import Program, later

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from werkzeug.test import TestResponse

    from coi.custody.reading import Scanned
    from tests.conftest import Templates

LOGIN = "apheresis1"


@dataclass(slots=True)
class Bench:
    """A collection bench: a served world, a browser, an order with a step in hand, and a scanner station's program."""

    town: Programs
    page: programs.Program
    program: Program
    order: str
    step: str

    @property
    def now(self) -> datetime:
        """Return the time."""
        return self.town.world.road.clock()

    def right(self) -> list[Scanned]:
        """Return the right scans of the step."""
        road = self.town.world.road
        order = road.order(self.order)
        step = protocols.pinned(order.protocol_sha256).checkpoint(self.step)
        return [scan for slot in step.slots for scan in road.scans(order, slot, step, {})]

    def hand_in(self, scan: Scanned, **other: Any) -> TestResponse:  # noqa: ANN401 - any field of the event
        """Let the station scan."""
        sent = self.program.scans(self.now, scan.data, scan.aim, **other)
        return self.program.hands_in(self.town.app.test_client(), self.now, [sent])

    def says(self, **door: object) -> TestResponse:
        """Let the station say that it is there, and where it would listen."""
        return self.program.hands_in(self.town.app.test_client(), self.now, [], **door)

    def inbox(self, after: int = 0) -> dict[str, Any]:
        """Ask what waits."""
        found: dict[str, Any] = self.page.client.get(f"/station/inbox?after={after}").get_json()
        return found

    def post(self, path: str, body: dict[str, Any], once: str = "") -> TestResponse:
        """Post as the page does."""
        headers = {**self.page.headers, "Accept": "application/json", "Idempotency-Key": once or programs.key()}
        return self.page.client.post(path, json=body, headers=headers)

    def take(self, seq: int, once: str = "") -> TestResponse:
        """Take one scan."""
        return self.post("/station/inbox/scan", {"seq": seq}, once)

    def items(self) -> list[dict[str, Any]]:
        """Return what the person has in hand."""
        road = self.town.world.road
        site, person = road.sites["collection"], road.persons[LOGIN]
        return list(self.town.world.database.read(lambda session: store.work(session, person, site)).get("scans", []))


@pytest.fixture(scope="module")
def served(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One bench for all, on SQLite: what is tried is the edge; the store is tried on both databases in people."""
    folder = tmp_path_factory.mktemp("bench")
    database = Database(templates.copy("sqlite", folder, 0), PROJECTIONS)
    town = programs.serve(wanderer.quick(worlds.make(database, folder)))
    road = town.world.road
    order = town.world.order(0, "h2_print")
    page = town.browser(road.login(LOGIN))
    program = Program(site=road.sites["collection"])
    reply = town.program("collection_operator", "collection").post(
        "/devices", {"label": "Bench scanner", "key": program.jwk}
    )
    program.device = reply.get_json()["id"]
    at = road.clock()
    town.world.database.run(lambda session: devices.qualify_in_demo(session, program.device, at=at))
    made = Bench(town, page, program, order, "h3_begin")
    yield made
    database.dispose()


@pytest.fixture
def bench(served: Bench) -> Bench:
    """The bench, its person signed in, its page bound to the station, which was heard just now."""
    served.page = served.town.browser(served.town.world.road.login(LOGIN))
    assert 200 == served.says().status_code
    bound = served.post("/station/inbox/bind", {"device": served.program.device})
    assert {"bound": served.program.device} == bound.get_json()
    for path, form in (("acknowledge", {}), ("begin", {"coi": served.order, "step": served.step})):
        data = {**form, "once": programs.key()}
        served.page.client.post(f"/station/{path}", data=data, headers=served.page.headers)
    return served


def test_what_the_station_signed_is_judged_as_any_scan(bench: Bench) -> None:
    """The page is told a number; the server takes the bytes from the station's event, signed, once a key."""
    scan, before, when = bench.right()[0], len(bench.items()), bench.now
    seq = bench.hand_in(scan).get_json()["head"]["seq"]
    bench.town.world.road.clock.forward(seconds=3)

    told = bench.inbox(seq - 1)
    reply = bench.take(seq, "station-scan-1")
    again = bench.take(seq, "station-scan-1")
    other = bench.take(seq)

    assert ([{"seq": seq}], "Bench scanner") == (told["scans"], told["label"])
    assert [] == bench.inbox()["scans"]
    assert [200] * 3 == [one.status_code for one in (reply, again, other)]
    assert "scan again" in other.get_json()["notice"]
    (item,) = bench.items()[before:]
    assert ("serial", "signed", scan.aim) == (item["source"], item["assurance"], item["aim"])
    assert ledger.moment(item["at"]) < later(when, 2)


def test_a_trigger_pulled_twice_is_one_deed(bench: Bench) -> None:
    """The same code again within two seconds opens nothing and refuses nothing, whatever the first did."""
    clock, wrong = bench.town.world.road.clock, replace(bench.right()[0], data=b"7K3N9XB2CD4U", aim="]C0")

    def pulled(seconds: float) -> bool:
        clock.forward(seconds=seconds)
        reply = bench.take(bench.hand_in(wrong).get_json()["head"]["seq"])
        stopped = bool(reply.get_json()["word"] == "STOP")
        data = {"once": programs.key()}
        bench.page.client.post("/station/acknowledge", data=data, headers=bench.page.headers)
        return stopped

    assert [True, False, True] == [pulled(3), pulled(0), pulled(3)]


def test_what_was_taken_by_another_page_or_too_late_is_nobodys(bench: Bench) -> None:
    """Another page that binds itself has the station alone; a scan of an outage is kept and moves nothing."""
    scan, before = bench.right()[0], bench.items()
    seq = bench.hand_in(scan).get_json()["head"]["seq"]
    bench.town.world.road.clock.forward(minutes=1)
    late = bench.take(seq)
    second = bench.town.browser(bench.town.world.road.login(LOGIN))
    other = Bench(bench.town, second, bench.program, bench.order, bench.step)
    bench.hand_in(scan)

    bound = other.post("/station/inbox/bind", {"device": bench.program.device})
    bench.town.world.road.clock.forward(seconds=1)
    bench.hand_in(scan)

    assert "older" in late.get_json()["notice"]
    assert {"bound": bench.program.device} == bound.get_json()
    stations = [{"device": bench.program.device, "label": "Bench scanner"}]
    assert {"bound": None, "stations": stations} == bench.inbox()
    assert 403 == bench.take(seq + 2).status_code
    assert {"seq": seq + 2} in other.inbox()["scans"]
    other.post("/station/inbox/bind", {})
    assert 401 == other.take(seq + 2).status_code
    assert before == bench.items()


def test_who_comes_in_after_another_is_bound_to_no_station(bench: Bench) -> None:
    """What the one before scanned, at a screen that was locked perhaps, is never the deed of the next."""
    road, before = bench.town.world.road, bench.items()
    seq = bench.hand_in(bench.right()[0]).get_json()["head"]["seq"]
    waited = bench.inbox()["scans"]
    door = {"csrf_token": bench.page.headers["X-CSRFToken"], "login": road.login("apheresis2")}
    bench.page.client.post("/sign-in", data={**door, "password": road.secret})
    bench.page = replace(bench.page, headers={"X-CSRFToken": programs.mark(bench.page.client, "/work")})

    assert ([{"seq": seq}], None) == (waited[-1:], bench.inbox()["bound"])
    assert 401 == bench.take(seq).status_code
    assert before == bench.items()


def test_a_door_is_told_to_the_page_that_it_is_meant_for(bench: Bench) -> None:
    """Its token is for one binding: after another page bound itself, nobody is told the one before."""
    first = bench.says().get_json()["page"]
    bench.says(ports=[40001], token="ab12", until="2030", page=first)
    told = bench.inbox()["door"]
    bench.post("/station/inbox/bind", {"device": bench.program.device})
    bench.says(ports=[40001], token="ab12", until="2030", page=first)
    before = bench.inbox()["door"]
    second = bench.says().get_json()["page"]
    bench.says(ports=[40001], token="cd34", until="2030", page=second)

    assert first != second
    assert ("ab12", [40001], None, "cd34") == (told["token"], told["ports"], before, bench.inbox()["door"]["token"])


def test_malformed_questions_are_422(bench: Bench) -> None:
    """A number that is none, a form of another shape, a request without a signature."""
    client = bench.town.app.test_client()
    body = {"events": [{"event": "x", "signature": "§"}]}
    signed = bench.program.asks(client, "POST", server.EVENTS, bench.now, b"[]")
    assert 422 == bench.page.client.get("/station/inbox?after=x", headers={"Accept": "application/json"}).status_code
    assert 422 == bench.post("/station/inbox/scan", {"seq": "one"}).status_code
    assert 422 == bench.post("/station/inbox/bind", {"device": 7}).status_code
    assert [422, 401, 422] == [
        signed.status_code,
        client.post(server.EVENTS, json={"events": []}).status_code,
        client.post(server.EVENTS, json=body).status_code,
    ]


def test_a_request_counts_only_as_it_was_signed(bench: Bench) -> None:
    """Another body, time or device than was signed is 401; a clock that is off is 409 with the server's time."""
    client = bench.town.app.test_client()
    good = bench.program.asks(client, "GET", server.MANIFEST, bench.now)
    changed = bench.program.asks(
        client, "GET", server.MANIFEST, bench.now, X_Station_At="2026-11-02T08:00:00.000+00:00"
    )
    nobody = bench.program.asks(client, "GET", server.MANIFEST, bench.now, X_Station_Device="D-NOBODY")
    late = bench.program.asks(client, "GET", server.MANIFEST, later(bench.now, 601))
    naive = bench.program.asks(client, "GET", server.MANIFEST, bench.now, X_Station_At="2026-11-02T08:00:00")

    assert [200, 401, 401, 409, 422] == [one.status_code for one in (good, changed, nobody, late, naive)]
    assert [Flaw.BAD_SIGNATURE, Flaw.UNKNOWN_DEVICE, Flaw.CLOCK_SKEW] == [
        one.get_json()["refused"]["code"] for one in (changed, nobody, late)
    ]
    assert late.get_json()["now"].endswith("Z")
    site = bench.program.site
    entries = bench.town.world.database.read(lambda session: ledger.entries(session, people.site(session, site).chain))
    refused = [one.stmt["reason"] for one in entries if one.type == "station.scan_refused"]
    assert [Flaw.BAD_SIGNATURE, Flaw.CLOCK_SKEW] == refused


def test_the_register_tells_a_program_what_it_needs(bench: Bench) -> None:
    """By its key's name alone: device, site, state, and the key that signs manifests."""
    client = bench.town.app.test_client()
    told = client.get(server.ENROLMENT + keys.thumbprint(bench.program.key.public_key())).get_json()

    assert (bench.program.device, bench.program.site, "qualified") == (told["device"], told["site"], told["state"])
    assert 32 == len(keys.public(told["server_key"]).public_bytes_raw())
    assert 404 == client.get(f"{server.ENROLMENT}nobody").status_code
    assert (
        422
        == bench.town.program("collection_operator", "collection")
        .post("/devices", {"label": "x", "key": {**bench.program.jwk, "crv": "P-256"}})
        .status_code
    )


def test_a_stations_scanner_is_checked_by_the_card(bench: Bench) -> None:
    """Five codes in order pass it; one that comes twisted fails it, and then nothing it reads counts."""

    def send(aim: str, text: str) -> str:
        bench.town.world.road.clock.forward(seconds=1)
        sent = bench.program.scans(bench.now, text.encode("latin-1"), aim, source_class="evdev")
        bench.program.hands_in(bench.town.app.test_client(), bench.now, [sent])
        assert bench.program.last is not None
        return str(bench.take(bench.program.last.seq).get_json()["notice"])

    def state() -> str:
        found = bench.town.world.database.read(
            lambda session: scanner_store.scanner(session, bench.program.device, "evdev")
        )
        return "" if found is None else found.state

    told = [send(code.aim, code.data("123456")) for code in challenge.PAYLOADS]
    passed = state()
    first = challenge.PAYLOADS[0]
    again = [
        send(first.aim, first.data("123456")),
        send("]C1", challenge.PAYLOADS[1].data("123456").replace("\x1d", "")),
    ]
    failed = state()
    scan = bench.right()[0]
    bench.hand_in(scan, source_class="evdev")
    assert bench.program.last is not None
    reply = bench.take(bench.program.last.seq).get_json()

    assert ["1 of 5" in told[0], "4 of 5" in told[3], "every code" in told[4], passed] == [True, True, True, "passed"]
    assert ["1 of 5" in again[0], "code 2" in again[1], failed] == [True, True, "failed"]
    assert "STOP" == reply["word"]


def test_a_key_is_proposed_by_hand(bench: Bench) -> None:
    """Anybody of the site enters what coi-station enrol printed; what is no key, or known already, is said."""
    fresh = Program()

    def send(label: str, key: object) -> TestResponse:
        form = {"label": label, "key": str(key), "once": programs.key()}
        headers = {**bench.page.headers, "Accept": "text/html"}
        return bench.page.client.post("/devices/program", data=form, headers=headers)

    shown = bench.page.client.get("/devices/program", headers={"Accept": "text/html"})
    told = [send("", fresh.jwk["x"]), send("New", "no key"), send("New", fresh.jwk["x"]), send("New", fresh.jwk["x"])]

    assert [200, 422, 422, 303, 422] == [one.status_code for one in (shown, *told)]
    known = bench.town.world.database.read(lambda session: devices.by_key(session, fresh.jwk))
    assert known is not None
    assert ("proposed", bench.program.site) == (known.state, known.site)


def test_the_manifest_names_labels_that_are_worn_here(bench: Bench) -> None:
    """The wristband of an order with work at this site is expected, a made-up label is not, and no byte is in it."""
    client = bench.town.app.test_client()
    register = client.get(server.ENROLMENT + keys.thumbprint(bench.program.key.public_key())).get_json()
    town = bench.town
    name = town.world.order(1, "h3_begin")
    road = town.world.road
    band = road.read_piece(road.piece(road.order(name), "wristband", None, "applied"), linear=False)

    told = bench.program.asks(client, "GET", server.MANIFEST, bench.now).get_json()

    text = told["manifest"].encode()
    key = keys.public(register["server_key"])
    found = manifest.parse(text, bytes.fromhex(told["signature"]), key, device=bench.program.device)
    said = [manifest.verdict(found, data, bench.now).word for data in (band.data, b"CMD-CONFIRM", b"made up")]
    assert [Word.EXPECTED, Word.EXPECTED, Word.UNKNOWN] == said
    assert ("wristband", True) == (
        manifest.verdict(found, band.data, bench.now).role,
        bool(manifest.verdict(found, band.data, bench.now).steps),
    )
    assert name not in told["manifest"]
    assert sha256(band.data) in told["manifest"]


def test_only_the_stations_pages_may_ask_their_own_machine(bench: Bench) -> None:
    """Every other page may connect to this origin and nowhere else."""
    policies = {
        path: bench.page.client.get(path, headers={"Accept": "text/html"}).headers["Content-Security-Policy"]
        for path in ("/station", "/station/alone", "/work", "/devices")
    }

    assert [True, True, False, False] == ["http://127.0.0.1:*" in policy for policy in policies.values()]
    assert 404 == bench.town.app.test_client().get(f"{BASE}/station/events").status_code
