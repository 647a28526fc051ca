"""A printer is a record of its site: who registers, checks, qualifies and stops it, and what may be printed on it."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from coi import identity
from coi.errors import Conflict, Malformed, NotPermitted, Unknown
from coi.labelling import discovery, printer_actions, printer_store, trial, words
from coi.labelling.printers import CHECKS, Registered, blocked, counted, same
from coi.ledger import audit
from labels.printers import Capabilities, Identity, Status
from labels.printers.network import VirtualZebra
from scanners import decode
from tests import print_shop
from tests.print_shop import BEGAN, PASSWORD, PROJECTIONS, SERIAL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from coi.db import Database
    from tests.print_shop import Shop

GOOD = dict.fromkeys(CHECKS, "yes")
PASSED = {str(number): "pass" for number in range(1, 11)}
NETWORKS = ("127.0.0.0/8",)


@pytest.fixture
def zebra() -> Iterator[VirtualZebra]:
    """A printer on loopback that behaves as a Zebra does."""
    with VirtualZebra() as printer:
        yield printer


@pytest.fixture
def shop(make_database: Callable[..., Database], zebra: VirtualZebra, tmp_path: Path) -> Shop:
    """A site with one printer."""
    return print_shop.open_shop(make_database(*PROJECTIONS), zebra, tmp_path)


def test_the_life_of_a_printer(shop: Shop) -> None:
    """Registered, loaded, checked, qualified, stopped, resumed, retired: each an entry, and the table is their view."""
    admin, user = shop.persons["admin"], shop.persons["user"]

    def do(verb: Callable[..., object], by: object = admin, **more: object) -> None:
        shop.database.run(lambda session: verb(session, shop.printer, by, at=shop.now(), **more))

    do(printer_actions.load, user, stock="cassette-60x40")
    do(printer_actions.check, user, answers=GOOD)
    sign = ("admin@shop.example", PASSWORD)
    do(printer_actions.qualify, results=PASSED, until=shop.at + timedelta(days=365), sign=sign)
    assert blocked(shop.known(), shop.at, strict=True) == ""
    assert (shop.known().takes("cassette-60x40"), shop.known().takes("wristband-152x25")) == (True, False)
    do(printer_actions.suspend, user, why="damaged")
    assert blocked(shop.known(), shop.at, strict=False) == "suspended"
    do(printer_actions.resume, why="repaired")
    do(printer_actions.retire)

    kinds = [entry.type for entry in shop.entries("printer.", shop.known().chain)]
    verbs = ("registered", "loaded", "checked", "qualified", "suspended", "resumed", "retired")
    assert kinds == [f"printer.{verb}" for verb in verbs]
    with pytest.raises(Conflict, match="retired"):
        do(printer_actions.load, user, stock="any")
    assert list(audit.rebuild_check(shop.database, PROJECTIONS)) == []


def test_a_check_that_fails_stops_the_printer(shop: Shop) -> None:
    """One No, and the printer is out of use, with the check as the cause; an answer left out is no check."""
    check = partial(printer_actions.check, printer_id=shop.printer, by=shop.persons["user"])

    with pytest.raises(Malformed, match="without an answer"):
        shop.database.run(partial(check, answers={"readable": "yes"}, at=shop.now()))
    entry = shop.database.run(partial(check, answers={**GOOD, "placed": "no"}, at=shop.now()))

    assert shop.stops() == ["check_failed"]
    stopped = shop.entries("printer.suspended", shop.known().chain)[0]
    assert stopped.stmt["cause"] == {"chain": entry.chain, "seq": entry.seq}
    assert shop.known().checked_at is None


def test_who_may_not_and_what_cannot_be(shop: Shop) -> None:
    """Roles, names, resolutions, stocks, twins in the register, reasons and days are all judged before anything is."""
    admin, user, nobody = (shop.persons[name] for name in ("admin", "user", "nobody"))
    register = partial(printer_actions.register, site=shop.site, address="cups:other", at=shop.now())
    told = {"model": "", "serial": "", "stock": "any"}
    wrong = (
        (NotPermitted, partial(register, by=user, name="A", told=told, dpi=300)),
        (Malformed, partial(register, by=admin, name=" ", told=told, dpi=300)),
        (Malformed, partial(register, by=admin, name="A", told=told, dpi=299)),
        (Malformed, partial(register, by=admin, name="A", told={**told, "stock": "paper"}, dpi=300)),
        (Conflict, partial(register, by=admin, name="A", told={**told, "serial": SERIAL}, dpi=300)),
        (NotPermitted, partial(printer_actions.load, printer_id=shop.printer, by=nobody, stock="any", at=shop.now())),
        (NotPermitted, partial(printer_actions.retire, printer_id=shop.printer, by=user, at=shop.now())),
        (Malformed, partial(printer_actions.suspend, printer_id=shop.printer, by=user, why="tired", at=shop.now())),
        (Conflict, partial(printer_actions.resume, printer_id=shop.printer, by=admin, why="repaired", at=shop.now())),
        (Malformed, partial(printer_actions.print_test, printer_id=shop.printer, by=user, what="live", at=shop.now())),
        (Unknown, partial(printer_actions.retire, printer_id="PR-NONE", by=admin, at=shop.now())),
    )
    for error, work in wrong:
        with pytest.raises(error):
            shop.database.run(work)
    qualify = partial(printer_actions.qualify, printer_id=shop.printer, by=admin, sign=("admin@shop.example", PASSWORD))
    with pytest.raises(Malformed, match="without a result"):
        shop.database.run(partial(qualify, results={}, until=shop.at + timedelta(days=1), at=shop.now()))
    with pytest.raises(Malformed, match="lies ahead"):
        shop.database.run(partial(qualify, results=PASSED, until=shop.at - timedelta(days=1), at=shop.now()))
    other = partial(qualify, sign=("second@shop.example", PASSWORD), results=PASSED, until=shop.at + timedelta(days=1))
    with pytest.raises(NotPermitted, match="does not count"):
        shop.database.run(partial(other, at=shop.now()))
    assert [entry.type for entry in shop.entries("printer.", shop.known().chain)] == ["printer.registered"]


def test_a_test_print_can_be_nobodys_label(shop: Shop) -> None:
    """It comes out marked, also where labels are stopped; its codes read as a specimen's, which opens no gate."""
    user = shop.persons["user"]
    shop.database.run(partial(printer_actions.suspend, printer_id=shop.printer, by=user, why="moved", at=shop.now()))
    piece = shop.ask()[0]
    shop.database.run(partial(printer_actions.print_test, printer_id=shop.printer, by=user, what="test", at=shop.now()))

    assert shop.worker().work() == 1

    assert shop.state(piece) == "intended"
    assert len(shop.zebra.labels) == 1
    scans = decode.read(shop.zebra.labels[0].png())
    assert {identity.classify(identity.read(scan.data, scan.aim)) for scan in scans} == {"specimen"}
    assert shop.entries("printer.tested", shop.known().chain)[0].stmt["what"] == "test"


def test_the_sheet_is_ten_prints(shop: Shop) -> None:
    """Ten jobs of one printer, each of its own step."""
    admin = shop.persons["admin"]
    shop.database.run(
        partial(printer_actions.print_test, printer_id=shop.printer, by=admin, what="sheet", at=shop.now())
    )
    facts = {
        "design": "sheet",
        "name": "Room 2",
        "step": 10,
        "code": str(identity.HouseCode.from_random("specimen", bytes)),
    }
    worker = shop.worker()
    worker.draw = print_shop.dots

    assert isinstance(trial.drawn(facts, 300), bytes)
    assert str(trial.drawn({**facts, "name": "李" * 99, "printer": "李" * 99}, 300)).startswith("not printable")
    assert worker.work() == 10
    assert shop.zebra.odometer == 1010


def test_production_asks_for_the_sheet_and_todays_check(shop: Shop) -> None:
    """A worker of a production prints no label on a printer that is not qualified, or not checked within a day."""
    piece = shop.ask()[0]
    strict = shop.worker(strict=True)
    assert strict.work() == 0
    assert shop.state(piece) == "intended"

    admin = shop.persons["admin"]
    until, sign = shop.at + timedelta(days=9), ("admin@shop.example", PASSWORD)
    qualify = partial(
        printer_actions.qualify, printer_id=shop.printer, by=admin, results=PASSED, until=until, sign=sign
    )
    shop.database.run(partial(qualify, at=shop.now()))
    assert blocked(shop.known(), shop.at, strict=True) == "check_due"
    check = partial(printer_actions.check, printer_id=shop.printer, by=admin, answers=GOOD)
    shop.database.run(partial(check, at=shop.now()))
    assert strict.work() == 1
    assert blocked(shop.known(), shop.at + timedelta(hours=25), strict=True) == "check_due"
    assert blocked(shop.known(), shop.at + timedelta(days=10), strict=True) == "not_qualified"


READY, BUSY, HOLDS = (
    Status("ready", buffered=0, remaining=0),
    Status("busy", buffered=0, remaining=0),
    Status("ready", buffered=1, remaining=0),
)


@pytest.mark.parametrize(
    ("before", "after", "status", "says"),
    [
        (7, 8, READY, "printed"),
        (7, 8, BUSY, "printed"),
        (7, 9, READY, "twin"),
        (7, 7, READY, "not_printed"),
        (7, 7, BUSY, "unknown"),
        (7, 7, HOLDS, "unknown"),
        (7, 6, READY, "unknown"),
        (None, 8, READY, "unknown"),
        (7, None, READY, "unknown"),
    ],
)
def test_what_the_odometer_proves(before: int | None, after: int | None, status: Status, says: str) -> None:
    """One step is one label; no step proves something only of a printer that is ready and empty."""
    assert counted(before, after, status) == says


ALL, NONE = (
    Capabilities(status=True, counter=True, identity=True, job_id=False),
    Capabilities(status=False, counter=False, identity=False, job_id=True),
)


@pytest.mark.parametrize(
    ("model", "serial", "seen", "able", "says"),
    [
        ("M", "A", Identity("M", "F", 12, "A"), ALL, "same"),
        ("M", "A", Identity("M", "F", 8, "A"), ALL, "other"),
        ("M", "A", Identity("M", "F", 12, "B"), ALL, "other"),
        ("M", "A", Identity("N", "F", 12, "A"), ALL, "other"),
        ("M", "", Identity("M", "F", 12, ""), ALL, "same"),
        ("M", "", Identity("N", "F", 12, ""), ALL, "other"),
        ("M", "A", None, ALL, "unknown"),
        ("", "", None, NONE, "same"),
        ("M", "", None, NONE, "unknown"),
        ("M", "A", None, NONE, "unknown"),
    ],
)
def test_which_printer_answers(model: str, serial: str, seen: Identity | None, able: Capabilities, says: str) -> None:
    """Model, serial and resolution as registered, or it is another one; silence is neither."""
    known = Registered("PR-1", "c", "S-1", "A", "tcp://127.0.0.1", model, serial, 300, "any", "in_use", "", None, None)

    assert same(known, seen, able) == says
    assert known.device == (serial or "PR-1")


def test_what_can_be_found(zebra: VirtualZebra) -> None:
    """A printer that answers tells what it is; an address outside the house's networks is not even asked."""
    with pytest.raises(Malformed, match=r"inside 127\.0\.0\.0/8"):
        discovery.at("192.0.2.7", NETWORKS)
    with pytest.raises(Malformed, match="1 to 32"):
        discovery.at(" ", NETWORKS)
    with pytest.raises(Malformed, match="inside"):
        discovery.at("printer.example", NETWORKS)
    found = discovery.at(f"127.0.0.1:{zebra.port}, 127.0.0.1:1", NETWORKS)

    assert [(one.serial, one.dpi, one.answers) for one in found] == [(SERIAL, 300, True), ("", 0, False)]
    assert all(not one.answers for one in discovery.here())


REACHED = (
    "tcp://127.0.0.1:9100",
    "tcp://[::1]:9100",
    "ipp://127.0.0.1:631/ipp/print",
    "usb:/dev/usb/lp0",
    "cups:room-2",
)
BARRED = ("tcp://192.0.2.7", "ipp://192.0.2.7:631/ipp", "ipp://printer.example/ipp", "usb:/dev/sda", "usb:/dev/usb/lp")


def test_a_printer_is_registered_where_printers_stand() -> None:
    """In a network of the house or on a printer's cable; no other host is asked, and no other device is opened."""
    for address in REACHED:
        discovery.allowed(address, (*NETWORKS, "::1/128"))
    for address in BARRED:
        with pytest.raises(Malformed, match="Expected"):
            discovery.allowed(address, NETWORKS)


def test_nobody_stands_at_a_bad_address(shop: Shop) -> None:
    """An address that is none never answers: the job waits, and the page says so."""
    admin = shop.persons["admin"]
    shop.database.run(partial(printer_actions.retire, printer_id=shop.printer, by=admin, at=shop.now()))
    shop.printer = shop.register(address="nowhere:at all", serial="X")
    piece = shop.ask()[0]

    assert shop.worker().work() == 0
    assert (shop.job(piece).state, shop.job(piece).why) == ("held", "unknown")
    seen = shop.database.read(lambda session: printer_store.seen(session, "X"))
    assert seen is not None
    assert seen.state == "unknown"
    assert BEGAN < shop.at
    assert words is not None
