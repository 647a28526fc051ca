"""Events of a station's program: each once and in order, offered to one page, and every refusal in the ledger."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from coi import ledger, people, vault
from coi.errors import Conflict, NotPermitted
from coi.ledger.audit import rebuild_check
from coi.people import (
    challenge,
    devices,
    scanner_checks,
    scanner_store,
    station_api,
    station_events,
    station_intake,
    station_store,
)
from coi.people.station_events import Flaw, Head
from coi.people.station_intake import Says
from scanners import events
from tests.coi.people.conftest import NOON
from tests.scanner_stations import DATA, Program, later

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.people.station_events import Sent
    from coi.people.station_intake import Taken
    from tests.coi.people.conftest import Town


@pytest.fixture
def program(town: Town) -> Program:
    """A program that a nurse proposed and the deputy qualified."""
    return enrolled(town)


def enrolled(town: Town) -> Program:
    """Return another such program."""
    program = Program(site="S-WARD")
    program.device = town.do(devices.propose, "S-WARD", program.jwk, "Bedside scanner", by=town.nurse).id
    town.do(devices.qualify, program.device, by=town.deputy)
    return program


def take_in(town: Town, program: Program, *sent: Sent, late: float = 0, **says: Any) -> Taken:  # noqa: ANN401 - as Says has them
    """Hand events in so many seconds after noon."""
    device = town.database.read(lambda session: devices.device(session, program.device))
    return town.do(station_intake.take_in, device, sent, Says(**says), at=later(NOON, late))


def entries(town: Town, kind: str) -> list[dict[str, Any]]:
    """Return what the site's chain says of a kind."""
    chain = town.database.read(lambda session: people.site(session, "S-WARD").chain)
    found = town.database.read(lambda session: ledger.entries(session, chain))
    return [dict(one.stmt) for one in found if one.type == kind]


def kept(town: Town, program: Program) -> list[station_store.Kept]:
    """Return what is kept of a program."""
    return town.database.read(lambda session: station_store.after(session, program.device, 0))


def test_events_are_kept_once_in_order(town: Town, program: Program) -> None:
    """What is handed in twice is kept once; one entry names first, last and the hash of the newest."""
    sent = [program.scans(NOON) for _ in range(3)]

    first = take_in(town, program, *sent[:2])
    again = take_in(town, program, *sent)

    assert program.last is not None
    assert (2, None, 3, None) == (first.head.seq, first.flaw, again.head.seq, again.flaw)
    assert program.last.sha256 == again.head.sha256
    assert [1, 2, 3] == [one.seq for one in kept(town, program)]
    assert [(1, 2), (3, 3)] == [(one["first"], one["last"]) for one in entries(town, "station.scans_taken")]
    assert 3 == town.do(station_intake.verified, devices_of(town, program), by=town.admin)


def devices_of(town: Town, program: Program) -> devices.Device:
    """Return the program's device as it is registered."""
    return town.database.read(lambda session: devices.device(session, program.device))


def test_no_byte_of_a_scan_lies_outside_the_vault(town: Town, program: Program) -> None:
    """Neither the store nor the ledger holds the payload, its hash, or what could try payloads against it."""
    take_in(town, program, program.scans(NOON, b"MRN 4711"))

    (one,) = kept(town, program)
    shown = f"{one} {entries(town, 'station.scans_taken')}"
    assert "MRN" not in shown
    assert b"MRN 4711".hex() not in shown
    assert len(town.database.read(vault.openings)) == 0
    device = devices_of(town, program)
    assert 1 == town.do(station_intake.verified, device, by=town.admin)
    assert 1 == len(town.database.read(vault.openings))


def _replayed(program: Program) -> Sent:
    program.scans(NOON)
    assert program.last is not None
    return program.signed(replace(program.last, seq=1, prev_hash=events.GENESIS, aim="]Q1"))


def _skipped(program: Program) -> Sent:
    program.scans(NOON)
    return program.scans(NOON)


def _elsewhere(program: Program) -> Sent:
    return program.scans(NOON, prev_hash="a" * 64)


def _forged(program: Program) -> Sent:
    return replace(program.scans(NOON), signature=bytes(64))


def _not_mine(program: Program) -> Sent:
    return program.scans(NOON, device_id="D-SOMEBODYELSE")


def _no_event(_program: Program) -> Sent:
    return station_events.Sent("{}", bytes(64))


REFUSED: dict[str, Callable[[Program], Sent]] = {
    Flaw.REPLAYED_SEQ: _replayed,
    Flaw.MISSING_SEQ: _skipped,
    Flaw.BROKEN_CHAIN: _elsewhere,
    Flaw.BAD_SIGNATURE: _forged,
    Flaw.FOREIGN_DEVICE: _not_mine,
    Flaw.MALFORMED: _no_event,
}


NO_EVENTS: dict[str, Callable[[Program], Sent]] = {
    "endless": lambda _program: station_events.Sent('{"seq":1e999}', bytes(64)),
    "deep": lambda _program: station_events.Sent("[" * 19_000, bytes(64)),
    "no day": lambda program: program.scans(NOON, t_device="2026-11-31T12:00:00.000Z"),
}


@pytest.mark.parametrize("case", NO_EVENTS)
def test_what_is_no_event_is_refused_and_no_fault_of_ours(town: Town, program: Program, case: str) -> None:
    """A number without end, brackets without end, a day that is none: each is malformed, and the chain goes on."""
    assert Flaw.MALFORMED == take_in(town, program, NO_EVENTS[case](program)).flaw

    program.last = None
    assert 1 == take_in(town, program, program.scans(NOON)).head.seq


def test_what_does_not_follow_is_refused_and_written_down(town: Town) -> None:
    """Each has its own code and one entry of the site's chain; the same again within a minute is the same attempt."""
    for flaw, spoil in REFUSED.items():
        program = enrolled(town)
        take_in(town, program, program.scans(NOON))
        bad = spoil(program)

        told = [take_in(town, program, bad, late=late) for late in (1, 30, 120)]

        assert [(flaw, 1)] * 3 == [(one.flaw, one.head.seq) for one in told]
        refused = [one for one in entries(town, "station.scan_refused") if one["concerns"] == program.device]
        assert [flaw] * 2 == [one["reason"] for one in refused]
        assert [1] == [one.seq for one in kept(town, program)]


FLAWED: dict[str, dict[str, Any]] = {
    Flaw.FOREIGN_SITE: {"station_id": "S-PLANT"},
    Flaw.FOREIGN_SOURCE: {"source_class": "manual"},
    Flaw.CLOCK_SKEW: {"clock_skew_ms": -600_001},
}


def test_an_authentic_event_with_a_flaw_is_kept_and_never_offered(town: Town, program: Program) -> None:
    """The chain goes on after it, the entry names its flaw, and no page can take it."""
    mark = town.do(station_intake.bind, program.device, "S-WARD", by=town.nurse)

    told = take_in(town, program, *(program.scans(NOON, **said) for said in FLAWED.values()), program.scans(NOON))

    assert (4, None) == (told.head.seq, told.flaw)
    assert [*FLAWED, ""] == [one.flaw for one in kept(town, program)]
    (entry,) = entries(town, "station.scans_taken")
    assert [{"flaw": flaw, "seq": seq} for seq, flaw in enumerate(FLAWED, 1)] == entry["flawed"]
    assert [4] == waiting(town, program, mark)
    with pytest.raises(Conflict):
        town.do(station_intake.take, program.device, mark, 1, "S-WARD", by=town.nurse)


def test_an_event_from_the_future_is_a_clock_that_is_off(town: Town, program: Program) -> None:
    """Ten minutes ahead is the bound."""
    told = take_in(town, program, program.scans(NOON + timedelta(minutes=10)), program.scans(later(NOON, 601)))

    assert 2 == told.head.seq
    assert ["", Flaw.CLOCK_SKEW] == [one.flaw for one in kept(town, program)]


def waiting(town: Town, program: Program, mark: str, late: float = 0) -> list[int] | None:
    """Return which scans the page with that mark may take."""
    at = later(NOON, late)
    found = town.database.read(lambda session: station_intake.offered(session, program.device, mark, 0, at))
    return None if found is None else [one.seq for one in found[0]]


def test_a_suspended_stations_scans_are_kept_with_that_flaw(town: Town, program: Program) -> None:
    """They prove what was scanned, and move nothing."""
    town.do(devices.suspend, program.device, by=town.admin)

    assert 1 == take_in(town, program, program.scans(NOON)).head.seq
    assert [Flaw.SUSPENDED] == [one.flaw for one in kept(town, program)]


CALLERS: dict[str, tuple[str, float, Flaw | None]] = {
    "qualified": ("", 0, None),
    "slow clock": ("", -601, Flaw.CLOCK_SKEW),
    "fast clock": ("", 601, Flaw.CLOCK_SKEW),
    "suspended": ("suspend", 0, None),
    "retired": ("retire", 0, Flaw.RETIRED),
}


def test_who_may_ask(town: Town) -> None:
    """A retired device and a clock that is ten minutes off are refused, each with an entry."""
    for verb, off, expected in CALLERS.values():
        program = enrolled(town)
        if verb:
            town.do(getattr(devices, verb), program.device, by=town.admin)

        asked_at = later(NOON, off)
        known, flaw = town.do(station_intake.caller, program.device, b"text", program.key.sign(b"text"), asked_at)

        assert (program.device, expected) == (None if known is None else known.id, flaw)
        refused = [one for one in entries(town, "station.scan_refused") if one["concerns"] == program.device]
        assert ([] if expected is None else [expected]) == [one["reason"] for one in refused]


def test_who_is_not_proven_is_told_so(town: Town, program: Program) -> None:
    """An unknown device writes nothing; a wrong signature, a device that nobody qualified, and a browser do."""
    fresh = Program(site="S-WARD")
    fresh.device = town.do(devices.propose, "S-WARD", fresh.jwk, "New", by=town.nurse).id
    signed = fresh.key.sign(b"text")

    assert (None, Flaw.UNKNOWN_DEVICE) == town.do(station_intake.caller, "D-NOBODY", b"text", signed, NOON)
    assert Flaw.BAD_SIGNATURE is town.do(station_intake.caller, program.device, b"text", signed, NOON)[1]
    assert Flaw.NOT_QUALIFIED is town.do(station_intake.caller, fresh.device, b"text", signed, NOON)[1]
    reasons = [one["reason"] for one in entries(town, "station.scan_refused")]
    assert [Flaw.BAD_SIGNATURE, Flaw.NOT_QUALIFIED] == reasons


def test_the_bound_page_takes_a_scan_once(town: Town, program: Program) -> None:
    """Its bytes come from the vault with the opening logged; a second time there is nothing to take."""
    mark = town.do(station_intake.bind, program.device, "S-WARD", by=town.nurse)
    take_in(town, program, program.scans(NOON), late=1)

    event = town.do(station_intake.take, program.device, mark, 1, "S-WARD", by=town.nurse, at=later(NOON, 2))

    assert (DATA, "]d2", "serial") == (event.data, event.aim, event.source_class)
    assert ["station.inbox"] == [one.why for one in town.database.read(vault.openings)]
    assert [] == waiting(town, program, mark, 2)
    with pytest.raises(Conflict):
        town.do(station_intake.take, program.device, mark, 1, "S-WARD", by=town.second, at=later(NOON, 2))


def test_what_is_older_than_half_a_minute_moves_nothing(town: Town, program: Program) -> None:
    """A scan that comes in after an outage is kept, and is nobody's deed."""
    mark = town.do(station_intake.bind, program.device, "S-WARD", by=town.nurse)
    take_in(town, program, program.scans(NOON), late=20)

    assert [[1], []] == [waiting(town, program, mark, late) for late in (30, 31)]
    with pytest.raises(Conflict):
        town.do(station_intake.take, program.device, mark, 1, "S-WARD", by=town.nurse, at=later(NOON, 31))


def test_a_station_is_bound_to_one_page(town: Town, program: Program) -> None:
    """Who binds it takes it from who had it; what was scanned before is not handed over."""
    first = town.do(station_intake.bind, program.device, "S-WARD", by=town.nurse)
    take_in(town, program, program.scans(NOON))
    second = town.do(station_intake.bind, program.device, "S-WARD", by=town.second, at=later(NOON, 1))
    take_in(town, program, program.scans(later(NOON, 2)), late=2)

    assert [None, [2], None] == [waiting(town, program, mark, 2) for mark in (first, second, "")]
    with pytest.raises(NotPermitted):
        town.do(station_intake.take, program.device, first, 2, "S-WARD", by=town.nurse)
    assert [town.nurse, town.second] == [one["actor"] for one in entries(town, "station.bound")]


def test_what_was_scanned_before_the_page_was_bound_is_not_handed_over(town: Town, program: Program) -> None:
    """Nor what came in only afterwards, from a station that had been cut off: somebody else held the scanner."""
    mark = town.do(station_intake.bind, program.device, "S-WARD", by=town.second, at=later(NOON, 5))
    take_in(town, program, program.scans(later(NOON, 4)), program.scans(later(NOON, 5)), late=6)

    assert [2] == waiting(town, program, mark, 6)
    with pytest.raises(Conflict):
        town.do(station_intake.take, program.device, mark, 1, "S-WARD", by=town.second, at=later(NOON, 6))


def test_a_page_that_is_bound_anew_gets_its_scans_however_many_came_before(town: Town, program: Program) -> None:
    """A station that has read for weeks serves as on its first day."""
    old = station_store.Kept(program.device, 1, "0" * 64, "", "", NOON, NOON, None)

    def of_weeks(session: Session) -> None:
        for seq in range(1, 1101):
            station_store.keep(session, replace(old, seq=seq))

    town.database.run(of_weeks)
    mark = town.do(station_intake.bind, program.device, "S-WARD", by=town.nurse, at=later(NOON, 60))
    fresh = replace(old, seq=1101, scanned_at=later(NOON, 61), received_at=later(NOON, 61))
    town.database.run(lambda session: station_store.keep(session, fresh))

    assert [1101] == waiting(town, program, mark, 62)


def test_a_station_out_of_use_serves_no_page(town: Town, program: Program) -> None:
    """Suspended or retired: nothing is bound to it, and what it scanned before cannot be taken any more."""
    mark = town.do(station_intake.bind, program.device, "S-WARD", by=town.nurse)
    take_in(town, program, program.scans(NOON))
    for change in (devices.suspend, devices.retire):
        town.do(change, program.device, by=town.admin)

        with pytest.raises(NotPermitted):
            town.do(station_intake.take, program.device, mark, 1, "S-WARD", by=town.nurse)
        with pytest.raises(NotPermitted):
            town.do(station_intake.bind, program.device, "S-WARD", by=town.nurse)


def test_a_station_serves_its_own_site_only(town: Town, program: Program) -> None:
    """A page of another site is not bound to it."""
    with pytest.raises(NotPermitted):
        town.do(station_intake.bind, program.device, "S-PLANT", by=town.nurse)


def test_only_who_was_heard_just_now_is_there_to_choose(town: Town, program: Program) -> None:
    """A program that was silent for two minutes is on no list."""
    assert [] == town.database.read(lambda session: station_intake.present(session, "S-WARD", NOON))

    assert Head() == take_in(town, program, door="{}").head

    assert [1, 0] == [len(there(town, late)) for late in (120, 121)]


def there(town: Town, late: float) -> list[devices.Device]:
    """Return which programs can be chosen so many seconds after noon."""
    at = later(NOON, late)
    return town.database.read(lambda session: station_intake.present(session, "S-WARD", at))


def test_a_changed_event_in_the_store_shows(town: Town, program: Program) -> None:
    """Verifying opens every event: one that was put in from another chain breaks it."""
    take_in(town, program, program.scans(NOON), program.scans(NOON))
    device = devices_of(town, program)
    first, second = kept(town, program)
    third = replace(first, seq=3, sealed=second.sealed)

    def put_in(session: Session) -> None:
        station_store.keep(session, third)

    town.database.run(put_in)

    with pytest.raises(events.BrokenChain):
        town.do(station_intake.verified, device, by=town.admin)


def test_the_register_rebuilds_with_programs_in_it(town: Town, program: Program) -> None:
    """A program's key is a projection like a browser's."""
    device = devices_of(town, program)

    assert device.key.is_program
    assert device == town.database.read(lambda session: devices.by_key(session, program.jwk))
    assert [] == list(rebuild_check(town.database, (people.PROJECTION, vault.PROJECTION)))


def row(town: Town, program: Program) -> station_store.Program:
    """Return how a program was last heard."""
    return town.database.read(lambda session: station_store.program(session, program.device))


def test_what_an_outbox_holds_is_known_from_its_oldest_scan(town: Town, program: Program) -> None:
    """What does not come in waits from when it was scanned; what comes in waits no more."""
    first, second = program.scans(NOON), program.scans(later(NOON, 5))
    take_in(town, program, second, late=60, newest=2, oldest_at=NOON)
    stuck = row(town, program).waits_since
    take_in(town, program, late=120, newest=2, oldest_at=later(NOON, 5))
    still = row(town, program).waits_since
    take_in(town, program, first, second, late=180, newest=2, oldest_at=NOON)

    assert (NOON, NOON, None) == (stuck, still, row(town, program).waits_since)


def test_a_page_that_is_bound_while_the_program_is_heard_stays_bound(town: Town, program: Program) -> None:
    """Each writes its own columns: neither a binding nor a door is lost, on either database, whoever comes first."""
    start = Barrier(2)
    device, database = devices_of(town, program), town.database
    for turn in range(8):
        at = later(NOON, 60 * turn)

        def bind(at: datetime = at) -> str:
            start.wait(10)
            return database.run(lambda session: station_intake.bind(session, device.id, "S-WARD", by=town.nurse, at=at))

        def hear(at: datetime = at) -> None:
            start.wait(10)
            says = Says(door='{"token":"of another page"}', page="0" * 16, newest=9, oldest_at=at)
            database.run(lambda session: station_intake.take_in(session, device, [], says, at=at))

        with ThreadPoolExecutor(2) as pool:
            bound, heard = pool.submit(bind), pool.submit(hear)
            mark = bound.result(30)
            heard.result(30)
        found = row(town, program)
        assert (mark, at, at, "") == (found.bound_to, found.bound_at, found.seen_at, found.door)


def test_a_scanner_that_was_pulled_out_has_to_be_checked_again(town: Town, program: Program) -> None:
    """Its check is void by an entry, once; a failed one does not come clean; never checked, there is no entry."""
    device = devices_of(town, program)
    right = [one.aim + one.data("123456") for one in challenge.PAYLOADS]

    def pull() -> str:
        town.do(station_intake.unplugged, device, ["serial", "evdev"])
        found = town.database.read(lambda session: scanner_store.scanner(session, device.id, "serial"))
        return "" if found is None else found.state

    states = [pull()]
    town.do(scanner_checks.by_station, device.id, "serial", right, by=town.nurse)
    states += [pull(), pull()]
    town.do(scanner_checks.by_station, device.id, "serial", ["]C0wrong"], by=town.nurse)
    states.append(pull())

    assert ["", "reconnected", "reconnected", "failed"] == states
    assert [device.id] == [one["actor"] for one in entries(town, "people.scanner_reconnected")]


def test_one_program_reads_for_a_lease(town: Town, program: Program) -> None:
    """Lent to another it is taken from the first; what a program says that it has counts only where it was lent."""
    other, lease = enrolled(town), "LS-0123456789ab"

    def lend(device: str) -> bool:
        return town.database.run(lambda session: station_store.lend(session, device, lease))

    def state() -> list[list[str]]:
        each = (program.device, other.device)
        return [town.database.read(lambda session: station_intake.leases_of(session, one)) for one in each]  # noqa: B023

    assert (True, False) == (lend(program.device), lend(program.device))
    take_in(town, program, holds=(lease, "LS-ffffffffffff"))
    assert [lease] == town.database.read(lambda session: station_intake.held_by(session, program.device))
    assert [[lease], []] == state()
    assert lend(other.device)
    assert [[], [lease]] == state()
    assert other.device == town.database.read(lambda session: station_store.reads_for(session, lease))
    town.database.run(lambda session: station_store.unlend(session, lease))
    assert [[], []] == state()
    assert [] == town.database.read(lambda session: station_intake.held_by(session, program.device))


def test_no_number_of_leases_stops_a_station(town: Town, program: Program) -> None:
    """All of them are kept, as lent and as held, and what is over the most is not heard; the events are."""
    lent = [f"LS-{n:012x}" for n in range(station_api.LEASES + 1)]
    for lease in lent[:30]:
        town.database.run(lambda session, one=lease: station_store.lend(session, program.device, one))  # type: ignore[misc]

    form = station_api.HandInForm.model_validate_json(json.dumps({"events": [], "leases": lent}))
    taken = take_in(town, program, program.scans(NOON), holds=tuple(form.leases))

    assert (lent[:-1], 1) == (form.leases, taken.head.seq)
    assert lent[:30] == town.database.read(lambda session: station_intake.held_by(session, program.device))
    with pytest.raises(ValidationError):
        station_api.HandInForm.model_validate_json('{"events": [], "leases": "LS-000000000000"}')
