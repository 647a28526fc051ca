"""The pages of printers and of their queue: what they say, whom they let do what, and how an unsure print ends."""

from __future__ import annotations

import re
import uuid
from functools import partial
from typing import TYPE_CHECKING

import pytest

from coi import ledger, people
from coi.app import PROJECTIONS, create_app
from coi.custody import actions as custody
from coi.custody.reading import Scanned
from coi.demo.cast import PASSWORD
from coi.labelling import printer_store, queue, queue_store, words
from coi.labelling import store as pieces
from coi.labelling.drawing import LabelFacts, payload
from coi.labelling.printers import WHY_RESUMED, WHY_SUSPENDED
from coi.people import actions as staff
from coi.settings import Settings
from labels.printers.network import VirtualZebra
from scanners import decode
from tests import world as worlds
from tests.coi.custody.test_labels_web import enrolled, signed
from tests.coi.people.test_devices import Station
from tests.coi.test_web import PAGE, mark, sign_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flask import Flask
    from sqlalchemy.orm import Session
    from werkzeug.test import TestResponse

    from coi.db import Database
    from coi.labelling.printers import Registered
    from coi.labelling.queue_store import Job
    from tests.conftest import MakeDatabase
    from tests.world import World


@pytest.fixture
def database_kind() -> str:
    """SQLite: what is tried is the edge, which is the same on both databases."""
    return "sqlite"


@pytest.fixture
def zebra() -> Iterator[VirtualZebra]:
    """A printer on loopback that behaves as a Zebra does."""
    with VirtualZebra() as printer:
        yield printer


@pytest.fixture
def world(make_database: MakeDatabase, tmp_path: Path) -> World:
    """A founded world."""
    return worlds.make(make_database(*PROJECTIONS), tmp_path)


@pytest.fixture
def app(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The world, served; it prints when the test says so."""
    knobs = Settings(data=tmp_path, purpose="demo", argon2_kib=8, argon2_passes=1)
    monkeypatch.setattr("coi.app.Printing.wake", lambda _self: None)
    made = create_app(knobs, database=world.database, clock=world.road.clock)
    made.testing = False
    return made


def send(app: Flask, who: str, address: str, /, **form: object) -> TestResponse:
    """Send one form as somebody; return what was answered after it was followed."""
    client, _ = sign_in(app, who)
    token = mark(client.get("/work", headers=PAGE))
    data = {"csrf_token": token, "once": str(uuid.uuid4()), **form}
    return client.post(address, data=data, headers=PAGE, follow_redirects=True)


def page(app: Flask, login: str, address: str) -> TestResponse:
    """Read one page as somebody."""
    return sign_in(app, login)[0].get(address, headers=PAGE)


def text(reply: TestResponse) -> str:
    """Return the text of a page without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", reply.text))


def printer(world: World) -> Registered:
    """Return the printer that was registered last."""
    return world.database.read(printer_store.in_service)[-1]


def drain(app: Flask, world: World, minutes: float = 1) -> int:
    """Let the queue be looked at, a little later."""
    world.road.clock.forward(minutes=minutes)
    return int(app.extensions["coi_printing"].drain())


def queued(world: World) -> str:
    """Queue the two labels of a collection; return the order."""
    name = world.order(0, "h2_schedule")
    deed = world.road.deed("collection_operator", world.road.sites["collection"])
    world.database.run(lambda session: custody.attempt(session, deed, name, "h2_print", [], {}))
    return name


def unsure(world: World) -> list[Job]:
    """Return the jobs of which nobody knows what became."""
    return list(world.database.read(lambda session: queue_store.jobs(session, "uncertain")))


def test_a_printer_is_found_registered_and_looked_after(app: Flask, world: World, zebra: VirtualZebra) -> None:
    """Asked for its identity at a given address; registered, tested, checked, stopped and put back, each by who may."""
    host = f"127.0.0.1:{zebra.port}"
    found = text(send(app, "admin", "/printers/discover", hosts=host))
    assert "VZ00000001" in found
    assert send(app, "admin", "/printers/discover", hosts="192.0.2.1").status_code == 422
    assert send(app, "nurse1", "/printers/discover", hosts=host).status_code == 403
    form = {"name": "Room 2", "address": f"tcp://{host}", "stock": "any", "dpi": "203"}
    assert send(app, "admin", "/printers", **{**form, "address": "tcp://127.0.0.1:1"}).status_code == 422
    assert send(app, "admin", "/printers", **{**form, "address": "nowhere"}).status_code == 422
    assert send(app, "nurse1", "/printers", **form).status_code == 403
    assert send(app, "nurse1", "/printers", **{**form, "address": "tcp://127.0.0.1:1"}).status_code == 403

    assert "Room 2" in text(send(app, "admin", "/printers", **form))
    one = printer(world)
    assert (one.serial, one.dpi) == ("VZ00000001", 300)
    place = f"/printers/{one.id}"
    assert "on its way" in text(send(app, "nurse1", f"{place}/test"))
    assert drain(app, world) == 1
    good = {"readable": "yes", "complete": "yes", "placed": "yes"}
    assert "written down" in text(send(app, "apheresis1", f"{place}/check", **good))
    assert "what is loaded" in text(send(app, "apheresis1", f"{place}/load", stock="any"))
    sheet = {str(number): "pass" for number in range(1, 11)}
    signed = send(app, "admin", f"{place}/qualify", **sheet, until="2028-01-01", secret=PASSWORD)
    assert "IQ sheet is signed" in text(signed)
    assert send(app, "admin", f"{place}/qualify", **sheet, until="soon", secret=PASSWORD).status_code == 422
    assert send(app, "admin", f"{place}/paint").status_code == 422
    assert "out of use" in text(send(app, "nurse1", f"{place}/suspend", why="damaged"))
    assert "Taken out of use: damaged." in text(page(app, "nurse1", "/printers"))
    assert "in use again" in text(send(app, "admin", f"{place}/resume", why="repaired"))
    assert page(app, "warehouse", place).status_code == 403
    assert "Ready" in text(page(app, "admin", place))
    assert "retired" in text(send(app, "admin", f"{place}/retire"))
    world.is_whole()


def test_who_registers_no_printer_opens_no_address_and_leaves_an_entry(
    app: Flask, world: World, zebra: VirtualZebra, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looking for printers and registering one are refused before anything is asked, and each try is written down."""
    asked: list[object] = []
    monkeypatch.setattr("coi.labelling.discovery.told", lambda *told: asked.append(told))
    host = f"127.0.0.1:{zebra.port}"

    assert send(app, "nurse1", "/printers/discover", hosts=host).status_code == 403
    form = {"name": "Room 2", "address": f"tcp://{host}", "stock": "any", "dpi": "300"}
    assert send(app, "nurse1", "/printers", **form).status_code == 403

    def refused(session: Session) -> list[str]:
        chains = {people.site(session, site).chain for site in world.road.sites.values()}
        entries = [entry for chain in chains for entry in ledger.entries(session, chain)]
        return [str(entry.stmt["deed"]) for entry in entries if entry.type == "deed.refused"]

    assert world.database.read(refused) == ["printers.discover", "printers.register"]
    assert asked == []


def test_the_queue_says_what_hands_must_do(app: Flask, world: World, zebra: VirtualZebra) -> None:
    """Out of labels: the pages say so in words; after a new roll it goes on by itself."""
    send(app, "admin", "/printers", name="Room 2", address=zebra.address, stock="any", dpi="300")
    zebra.change(media_out=True)
    name = queued(world)
    assert drain(app, world) == 0

    waiting = text(page(app, "apheresis1", "/print-queue"))
    assert "Waits: no labels" in waiting
    assert "Put in a new roll and close the cover." in waiting
    chair = page(app, "apheresis1", f"/orders/{name}/print")
    assert "Waits: no labels" in text(chair)
    assert "The square code says" in text(chair)
    pictures = re.findall(r'src="(/orders/[^"]+\.png)"', chair.text)
    assert len(pictures) == 2
    for picture in pictures:
        assert list(decode.read(page(app, "apheresis1", picture).data)) == []
    assert page(app, "apheresis1", f"/orders/{name}/print/000000000000.png").status_code == 404
    zebra.change(media_out=False)
    assert drain(app, world) == 2
    assert "Put it on and scan it back" in text(page(app, "apheresis1", f"/orders/{name}/print"))
    assert "Nothing waits." in text(page(app, "apheresis1", "/print-queue"))


def test_a_signed_scan_of_a_found_label_suffices(app: Flask, world: World, zebra: VirtualZebra) -> None:
    """The label before a reader whose key the site knows: one person says that it is there; a repeat of it does not."""
    send(app, "admin", "/printers", name="Room 2", address=zebra.address, stock="any", dpi="300")
    zebra.change(reset="after_print", miscount=True)
    name = queued(world)
    drain(app, world)
    job = unsure(world)[0]
    place = f"/print-queue/{job.piece}/found"
    (seen,) = [scan for scan in decode.read(zebra.labels[0].png()) if scan.aim.startswith("]d")]
    scan = Scanned(seen.data, seen.aim, "wedge", world.road.clock(), "signed")
    own = Station()
    form = signed(world, own, enrolled(world, own), scan)

    assert send(app, "apheresis1", place, **{**form, "scan_signature": "AAAA"}).status_code == 403
    fresh = signed(world, own, form["scan_device"], scan)
    assert "It can be used" in text(send(app, "apheresis1", place, **fresh))
    entry = world.last(name, "label.printed")
    assert (entry.stmt["why"], entry.stmt["how"], list(entry.sig)) == ("found", "scanned", [])


def test_a_scanner_of_another_site_holds_no_label_of_this_one(app: Flask, world: World, zebra: VirtualZebra) -> None:
    """Who works at two sites and is at the other one now: its scanner saw no paper here, so a second person signs."""
    send(app, "admin", "/printers", name="Room 2", address=zebra.address, stock="any", dpi="300")
    zebra.change(reset="after_print", miscount=True)
    queued(world)
    drain(app, world)
    job = unsure(world)[0]
    (seen,) = [scan for scan in decode.read(zebra.labels[0].png()) if scan.aim.startswith("]d")]
    scan = Scanned(seen.data, seen.aim, "wedge", world.road.clock(), "signed")
    south, person, by = world.road.other_hospital, world.road.persons["apheresis1"], world.road.persons["southadmin"]
    approver = world.road.persons["admin"]

    def also_in_the_south(session: Session) -> None:
        at = world.road.clock()
        staff.grant(session, person, "collection_operator", south, by=by, approved_by=approver, at=at)

    world.database.run(also_in_the_south)
    there, here = Station(), Station()
    client, _ = sign_in(app, "apheresis1")

    def found(form: dict[str, str]) -> int:
        token = mark(client.get("/work", headers=PAGE))
        data = {"csrf_token": token, "once": str(uuid.uuid4()), **form}
        return client.post(f"/print-queue/{job.piece}/found", data=data, headers=PAGE).status_code

    token = mark(client.get("/work", headers=PAGE))
    assert client.post("/site", data={"csrf_token": token, "site": south}, headers=PAGE).status_code == 302
    assert f'data-site="{job.site}"' in client.get(f"/print-queue/{job.piece}", headers=PAGE).text

    assert found(signed(world, there, enrolled(world, there, south), scan)) == 403
    assert found(signed(world, here, enrolled(world, here), scan)) == 302


def test_an_unsure_print_is_answered_by_who_sees_it(app: Flask, world: World, zebra: VirtualZebra) -> None:
    """Found by its own square code, by two whose one typed it, or dead by two signatures; another is a STOP."""
    send(app, "admin", "/printers", name="Room 2", address=zebra.address, stock="any", dpi="300")
    zebra.change(reset="after_print", miscount=True)
    name = queued(world)
    drain(app, world)
    job = unsure(world)[0]
    place = f"/print-queue/{job.piece}"
    assert "Was it printed?" in text(page(app, "apheresis1", "/print-queue"))
    assert "Was it printed? Wristband" in text(page(app, "apheresis1", "/work"))
    assert "Was it printed?" not in text(page(app, "inspector", "/work"))
    assert "Say what you see" in text(page(app, "apheresis1", f"/orders/{name}/print"))
    assert "There is a label" in text(page(app, "apheresis1", place))
    assert "Who works with the printers" in text(page(app, "inspector", place))
    assert page(app, "warehouse", place).status_code == 404
    assert send(app, "apheresis1", f"{place}/found").status_code == 422
    assert send(app, "apheresis1", f"{place}/perhaps").status_code == 422
    stopped = send(app, "apheresis1", f"{place}/found", scanned="another")
    assert (stopped.status_code, "STOP. This is another label." in text(stopped)) == (409, True)
    code = payload(LabelFacts.from_json(job.facts))
    typed = partial(send, app, "apheresis1", f"{place}/found", scanned=code.decode())
    alone = typed()
    assert (alone.status_code, "seen neither" in text(alone)) == (403, True)
    assert typed(login="apheresis1@demo.example", secret=PASSWORD).status_code == 403
    assert "It can be used" in text(typed(login="apheresis2@demo.example", secret=PASSWORD))
    assert "Nobody asks about this label" in text(page(app, "apheresis1", place))

    drain(app, world)
    second = unsure(world)[0]
    assert payload(LabelFacts.from_json(second.facts)) != payload(LabelFacts.from_json(job.facts))
    gone = f"/print-queue/{second.piece}/none"
    assert send(app, "apheresis1", gone, login="apheresis1@demo.example", secret=PASSWORD).status_code == 403
    assert "The serial is dead" in text(send(app, "apheresis1", gone, login="apheresis2@demo.example", secret=PASSWORD))
    found = {piece.id: piece.state for piece in world.database.read(partial(pieces.of_order, order=name))}
    assert found == {job.piece: "printed", second.piece: "spoiled"}
    world.is_whole()


def test_what_the_odometer_proves_can_go_again(app: Flask, world: World, zebra: VirtualZebra) -> None:
    """Torn in the format, count still, printer empty: the page offers the same label again, and it comes out once."""
    send(app, "admin", "/printers", name="Room 2", address=zebra.address, stock="any", dpi="300")
    zebra.change(reset="before_first_byte")
    queued(world)
    drain(app, world)
    zebra.change(reset="mid_format")
    drain(app, world)
    zebra.change(reset="")
    zebra._zebra.feed(b"~JA")  # noqa: SLF001 - somebody switches it off and on
    drain(app, world)
    job = unsure(world)[0]

    assert "can be printed" in text(page(app, "apheresis1", f"/print-queue/{job.piece}"))
    assert "waits for the printer again" in text(send(app, "apheresis1", f"/print-queue/{job.piece}/again"))
    assert drain(app, world) == 1
    assert len(zebra.labels) == 2
    world.is_whole()


def test_every_state_and_reason_has_words(app: Flask) -> None:
    """No code of a printer or of the queue reaches a page bare."""
    states = (
        "ready",
        "busy",
        "paused",
        "media_out",
        "ribbon_out",
        "head_open",
        "over_temp",
        "fault",
        "unknown",
        "half",
    )
    with app.test_request_context():
        assert all(words.state(code)[0] != code for code in states)
        whys = (*WHY_SUSPENDED, *WHY_RESUMED, "foreign_count", "wrong_printer", "twin", "miscount", "retired")
        assert all("_" not in words.why(code) for code in whys)
        known = {words.uncertain(why) for why in ("not_printed", "count", "the service stopped while it was sent", "")}
        assert len(known) == 4
        assert [words.job(state, "")[0] for state in ("sending", "done", "queued")] == ["Printing", "Over", "Waits"]
        assert words.job("held", "suspended")[1] == "Its printer is out of use."
        assert words.design("test") == "Test print"


def test_a_fault_that_nobody_foresaw_does_not_end_the_printing(
    app: Flask, world: World, zebra: VirtualZebra, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever goes wrong in one look at what waits, it is looked at again a second later."""
    send(app, "admin", "/printers", name="Room 2", address=zebra.address, stock="any", dpi="300")
    queued(world)
    printing = app.extensions["coi_printing"]

    def broken() -> int:
        raise RuntimeError("nobody foresaw this")

    monkeypatch.setattr(printing, "drain", broken)
    assert printing.look()


def test_a_label_that_cannot_be_drawn_is_a_task_with_two_ways(
    app: Flask, world: World, zebra: VirtualZebra, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stands in My work with its fault; it is tried again, or its fate is told; and it keeps no other waiting."""
    send(app, "admin", "/printers", name="Room 2", address=zebra.address, stock="any", dpi="300")
    name = queued(world)
    printing = app.extensions["coi_printing"]
    sound: Callable[[Database, LabelFacts, int], bytes | str] = printing._worker.draw  # noqa: SLF001
    first = world.database.read(lambda session: queue_store.jobs(session, "queued"))[0]

    def fails(database: Database, facts: LabelFacts, dpi: int) -> bytes | str:
        if facts.piece == first.piece:
            raise ZeroDivisionError
        return sound(database, facts, dpi)

    monkeypatch.setattr(printing._worker, "draw", fails)  # noqa: SLF001
    for _ in range(queue.MOST_FAULTS):
        with pytest.raises(ZeroDivisionError):
            drain(app, world)
    assert drain(app, world) == 1

    place = f"/print-queue/{first.piece}"
    assert "Cannot be printed: Wristband" in text(page(app, "apheresis1", "/work"))
    assert "Cannot be drawn" in text(page(app, "apheresis1", "/print-queue"))
    shown = page(app, "apheresis1", place)
    assert "The server failed at drawing it (ZeroDivisionError), and nothing was sent." in text(shown)
    assert f"/labels/{first.piece}/fate" in shown.text
    assert send(app, "apheresis1", f"{place}/found", scanned="x").status_code == 409
    assert "It is tried again." in text(send(app, "apheresis1", f"{place}/retry"))
    monkeypatch.setattr(printing._worker, "draw", sound)  # noqa: SLF001
    assert drain(app, world) == 1
    assert "print it again" in text(page(app, "apheresis1", f"/orders/{name}/print"))
    assert "print it again" not in text(page(app, "nurse1", f"/orders/{name}/print"))
    world.is_whole()


def test_half_a_label_is_cleared_from_the_printers_page(app: Flask, world: World, zebra: VirtualZebra) -> None:
    """The page names it, offers to clear it, and says when nothing can be cleared."""
    send(app, "admin", "/printers", name="Room 2", address=zebra.address, stock="any", dpi="300")
    zebra.change(reset="mid_format")
    queued(world)
    drain(app, world)
    zebra.change(reset="")
    drain(app, world)
    place = f"/printers/{printer(world).id}"
    assert "Half a label in it" in text(page(app, "apheresis1", place))

    assert "told to forget what it holds" in text(send(app, "apheresis1", f"{place}/clear"))
    refused = send(app, "apheresis1", f"{place}/clear")
    assert (refused.status_code, "cleared next" in text(refused)) == (409, True)
    drain(app, world)
    drain(app, world)
    assert "Ready" in text(page(app, "apheresis1", place))
    assert "can be printed again" in text(page(app, "apheresis1", "/print-queue"))
    world.is_whole()
