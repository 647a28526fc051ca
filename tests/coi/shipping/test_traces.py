"""A logger's file is judged once, its verdict stands on the order's chain, and its bytes lie beside it, unchanged."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from coi.errors import NotPermitted, Unavailable, Unknown
from coi.ledger import audit
from coi.person import Grant, Person
from coi.shipping import trace_store, traces
from coi.shipping.loggers import NotReadable
from coi.shipping.trace import InRange, Logger, NoData, OutOfRange, word
from coi.shipping.trace_leg import READERS, Leg
from tests import ledgers

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from coi.db import Database
    from coi.shipping.traces import Taken
    from tests.conftest import MakeDatabase

SEALED = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
ARRIVED = SEALED + timedelta(hours=4)
CLERK = Person("P-7", (Grant("materials", "factory"),))
LOGGER = Logger("LGR-000000000001", "SN-4711", datetime(2027, 1, 1, tzinfo=UTC))


def csv(warm: dict[int, str] | None = None, *, until: int = 240, serial: str = "SN-4711", remark: str = "") -> bytes:
    """Return a file of a sample every ten minutes from before the sealing on, at 5 degrees but where *warm* says."""
    rows = [
        f"{(SEALED + timedelta(minutes=n)).isoformat()},{(warm or {}).get(n, '5.0')}\n"
        for n in range(-30, until + 1, 10)
    ]
    return (f"Serial Number,{serial}\nRemark,{remark}\nTimestamp,Temperature °C\n" + "".join(rows)).encode()


@dataclass(slots=True)
class Dock:
    """Where a shipment arrives."""

    database: Database
    leg: Leg

    def take(self, data: bytes, at: datetime = ARRIVED, by: Person = CLERK, leg: Leg | None = None) -> Taken:
        """Hand a file in."""
        file = traces.read(data, "auto")
        return self.database.run(lambda session: traces.take(session, leg=leg or self.leg, file=file, by=by, at=at))

    def says(self, at: datetime = ARRIVED) -> str:
        """Return what custody is told."""
        return self.database.read(lambda session: traces.verdict_of(session, self.leg.shipment, at))


@pytest.fixture
def dock(make_database: MakeDatabase) -> Dock:
    """A shipment that has just arrived at a factory."""
    database = make_database(trace_store.PROJECTION)
    ledgers.found(database)
    chain = ledgers.open_chain(database)
    leg = Leg(chain, "O-1", "COI-1", "SH-1", "hospital", "factory", "X", SEALED, None, LOGGER, "refrigerated")
    return Dock(database, leg)


def test_one_entry_says_it_all(dock: Dock) -> None:
    """The entry names shipment, logger, bytes, what was measured, the range and the verdict; so does its table."""
    data = csv()

    taken = dock.take(data)

    said = dict(taken.entry.stmt)
    expected = {
        "actor": "P-7",
        "role": "materials",
        "site": "factory",
        "outcome": "accepted",
        "order": "O-1",
        "shipment": "SH-1",
        "logger": "SN-4711",
        "sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
        "dialect": "auto",
        "zone": "",
        "samples": 28,
        "missing": 0,
        "from": "2026-11-02T07:30:00.000000Z",
        "to": "2026-11-02T12:00:00.000000Z",
        "lowest": "5.00",
        "highest": "5.00",
        "profile": "refrigerated",
        "verdict": "in_range",
        "reasons": [],
        "more": 0,
        "received": False,
    }
    assert expected == {name: said[name] for name in expected}
    assert isinstance(taken.verdict, InRange)
    (row,) = dock.database.read(lambda session: trace_store.of_shipment(session, "SH-1"))
    assert (row.id, row.sha256, row.verdict, row.samples) == (said["id"], said["sha256"], "in_range", 28)
    assert data == dock.database.read(lambda session: trace_store.file(session, row.sha256))
    assert [] == list(audit.rebuild_check(dock.database, (trace_store.PROJECTION,)))


def test_reasons_stand_in_the_entry(dock: Dock) -> None:
    """What was wrong, from when to when, comes back from the table as it was judged."""
    taken = dock.take(csv({60: "9"}))

    (row,) = dock.database.read(lambda session: trace_store.of_shipment(session, "SH-1"))
    assert isinstance(taken.verdict, OutOfRange)
    assert taken.verdict.reasons == row.reasons
    assert "quarantined" == taken.entry.stmt["outcome"]
    assert [] == list(audit.rebuild_check(dock.database, (trace_store.PROJECTION,)))


def test_many_reasons_find_room(dock: Dock) -> None:
    """A shipment that swung a hundred times has one entry all the same: the first reasons, and how many more."""
    taken = dock.take(csv(dict.fromkeys(range(0, 6000, 20), "9"), until=6000), at=SEALED + timedelta(minutes=6000))

    reasons = taken.entry.stmt["reasons"]
    assert isinstance(reasons, list)
    assert (24, 276) == (len(reasons), taken.entry.stmt["more"])


def test_no_trace_is_no_data(dock: Dock) -> None:
    """Before a file is handed in there is no data, and an empty file says nothing else."""
    assert "no_data" == dock.says()

    taken = dock.take(csv(until=-40))

    assert isinstance(taken.verdict, NoData)
    assert (None, None, 0) == tuple(taken.entry.stmt[name] for name in ("from", "lowest", "samples"))
    assert "no_data" == dock.says()


STORIES = {
    "in range": (("good",), "in_range"),
    "the wrong file first, then the right one": (("foreign", "good"), "in_range"),
    "the right one, then a wrong one": (("good", "foreign"), "in_range"),
    "too warm": (("warm",), "out_of_range"),
    "too warm, and then a file that looks better": (("warm", "good"), "out_of_range"),
    "in range, and then a file that shows more": (("good", "warm"), "out_of_range"),
    "another logger's": (("foreign",), "no_data"),
}
DATA = {"good": csv(), "warm": csv({60: "9"}), "foreign": csv({60: "9"}, serial="SN-9")}


@pytest.mark.parametrize(("handed", "expected"), STORIES.values(), ids=STORIES)
def test_what_several_files_say(dock: Dock, handed: tuple[str, ...], expected: str) -> None:
    """Out of range stands for good; the wrong file does no harm and the right one mends no data."""
    for number, name in enumerate(handed):
        dock.take(DATA[name], at=ARRIVED + timedelta(minutes=number))

    assert expected == dock.says(ARRIVED + timedelta(minutes=5))


def test_a_trace_grows_old(dock: Dock) -> None:
    """What was measured until noon says nothing of a receipt half an hour later; before noon it does."""
    dock.take(csv())

    said = [dock.says(ARRIVED + timedelta(minutes=minutes)) for minutes in (-60, 0, 20, 21)]

    assert ["in_range", "in_range", "in_range", "no_data"] == said


def test_a_leg_that_ended_is_judged_to_its_end(dock: Dock) -> None:
    """Handed in the next day, a file is judged up to the receipt, and what came later counts for nothing."""
    ended = replace(dock.leg, received_at=ARRIVED)

    taken = dock.take(csv({300: "21"}, until=300), at=ARRIVED + timedelta(days=1), leg=ended)

    assert "in_range" == taken.word == word(taken.verdict)
    assert taken.entry.stmt["received"] is True


def test_without_a_profile_or_logger_nothing_is_in_range(dock: Dock) -> None:
    """A protocol that says no range, and a shipper sealed without a logger, leave no data."""
    bare = replace(dock.leg, profile=None, logger=None)

    taken = dock.take(csv(), leg=bare)

    assert isinstance(taken.verdict, NoData)
    assert ["no_profile", "no_logger"] == [reason.code for reason in taken.verdict.reasons]
    assert "no_data" == dock.says()
    assert [] == list(audit.rebuild_check(dock.database, (trace_store.PROJECTION,)))


@pytest.mark.parametrize("role", ["courier", "qa_releaser", "coordinator"])
def test_only_the_receiving_site_hands_in(dock: Dock, role: str) -> None:
    """Another role at the site, and the right role at another site or for another product, are refused."""
    others = (Grant(role, "factory"), Grant("materials", "hospital"), Grant("materials", "factory", "another"))

    with pytest.raises(NotPermitted, match="Expected one of materials, mfg_operator"):
        dock.take(csv(), by=Person("P-8", others))
    assert "courier" not in READERS


def test_an_unreadable_file_leaves_nothing_behind(dock: Dock) -> None:
    """What cannot be read was not judged: a complaint, and no entry."""
    with pytest.raises(NotReadable):
        dock.take(b"Patient,Erika Mustermann\n")

    assert () == dock.database.read(lambda session: trace_store.of_shipment(session, "SH-1"))


def test_what_somebody_typed_into_a_header_stays_in_the_store(dock: Dock) -> None:
    """A name in a remark of the file stands in no entry."""
    taken = dock.take(csv(remark="Erika Mustermann"))

    assert b"Mustermann" not in taken.entry.body
    assert b"Mustermann" in dock.database.read(
        lambda session: trace_store.file(session, str(taken.entry.stmt["sha256"]))
    )


def test_the_same_bytes_are_kept_once(dock: Dock) -> None:
    """Handed in twice, a file lies there once, and both entries name it."""
    first, second = dock.take(csv()), dock.take(csv(), at=ARRIVED + timedelta(minutes=1))

    assert first.entry.stmt["sha256"] == second.entry.stmt["sha256"]
    assert 2 == len(dock.database.read(lambda session: trace_store.of_shipment(session, "SH-1")))


def test_changed_bytes_are_seen(dock: Dock) -> None:
    """Bytes that are not those of the entry are not given out, and neither are bytes that are not there."""
    digest = str(dock.take(csv()).entry.stmt["sha256"])

    def spoil(session: Session, packed: bytes) -> None:
        session.execute(update(trace_store.file_table).values(packed=packed))

    for packed in (b"rubbish", b"x\x9c\x03\x00\x00\x00\x00\x01"):
        dock.database.run(lambda session, packed=packed: spoil(session, packed))  # type: ignore[misc]  # mypy takes a default for an argument
        with pytest.raises(Unavailable, match="the file was changed"):
            dock.database.read(lambda session: trace_store.file(session, digest))
    with pytest.raises(Unknown, match="seen none"):
        dock.database.read(lambda session: trace_store.file(session, "0" * 64))
