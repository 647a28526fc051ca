"""A patient's data are destroyed when the law asks for it and nobody can need them, and the ledger stays whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from coi import vault
from coi.app import PROJECTIONS
from coi.custody import erasure, erasure_actions, orders, proof_store, protocol_register, reading, station
from coi.custody.reading import Scanned
from coi.errors import Conflict, Malformed, NotAuthenticated, NotPermitted, Unknown
from coi.ledger import audit
from coi.people import devices, station_intake, station_store
from tests import wanderer
from tests import world as worlds
from tests.coi.custody.paper import sheets
from tests.scanner_stations import Program
from tests.stories.test_hazards_patient import OWN_BAND
from tests.world import said

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

    from coi.custody.deed import Deed
    from coi.custody.station import Work
    from coi.ledger import Entry
    from tests.conftest import MakeDatabase
    from tests.world import World

AT = datetime(2060, 1, 1, tzinfo=UTC)
CLOSED = replace(sheets(0)[1].order, state="RECONCILED")
"""An order whose one bag was given."""
NEVER_GIVEN = replace(
    CLOSED,
    containers=tuple(
        replace(held, state="destroyed") if held.state in erasure.GIVEN else held for held in CLOSED.containers
    ),
)
EXPIRES = next(held.expires for held in CLOSED.containers if held.state == "administered")


def test_nobody_needs_a_name_whose_cells_were_never_given() -> None:
    """A closed order of which nothing was given stands against nothing."""
    assert erasure.against([NEVER_GIVEN], 0, 0, AT) == ()


def test_what_was_given_is_traced_for_thirty_years_after_its_expiry() -> None:
    """To the day; and for ever where no expiry is known."""
    assert EXPIRES is not None
    until = erasure.traced_until(EXPIRES)
    assert until == EXPIRES.replace(year=EXPIRES.year + 30)
    unknown = replace(CLOSED, containers=tuple(replace(held, expires=None) for held in CLOSED.containers))

    assert erasure.against([CLOSED], 0, 0, until) == ()
    assert "traced until" in erasure.against([NEVER_GIVEN, CLOSED], 0, 0, until - timedelta(seconds=1))[0]
    assert "traced for ever" in erasure.against([unknown], 0, 0, AT)[0]
    assert erasure.traced_until(datetime(2028, 2, 29, tzinfo=UTC)) == datetime(2058, 2, 28, tzinfo=UTC)


def test_an_open_order_a_container_a_hold_and_a_deviation_each_stand_against_it() -> None:
    """All of it is told at once."""
    waiting = replace(NEVER_GIVEN, containers=(replace(NEVER_GIVEN.containers[0], state="stored"),))

    assert len(erasure.against([replace(NEVER_GIVEN, state="CANCELLED")], 0, 0, AT)) == 1
    assert len(erasure.against([waiting], 0, 0, AT)) == 1
    assert len(erasure.against([NEVER_GIVEN, waiting], 2, 1, AT)) == 3


@pytest.fixture
def world(make_database: MakeDatabase, tmp_path: Path) -> World:
    """A founded world."""
    return wanderer.quick(worlds.make(make_database(*PROJECTIONS), tmp_path))


def cancelled(world: World, *, closed: bool = True) -> str:
    """Return an order that came to nothing before any cells were collected."""
    name = world.order(0, "h1_submit")
    for step in ("x_cancel", "x_close") if closed else ("x_cancel",):
        assert world.road.do(name, step).outcome == "accepted"
    return name


def erase(world: World, name: str, *logins: str, deed: Deed | None = None, basis: str = "patient_request") -> Entry:
    """Let persons of the hospital erase the data of an order's patient."""
    road = world.road
    frame = deed or road.deed("qa_reviewer", road.sites["treatment"])
    auths = [(road.login(login), road.secret) for login in logins]
    act = partial(erasure_actions.erase, deed=frame, order=road.order(name), basis=basis, auths=auths)
    return world.database.run(act)


def test_after_an_erasure_nobody_is_found_and_the_ledger_is_whole(world: World) -> None:
    """Key, values and codes are gone, every commitment stays where it was, and the chains verify and rebuild."""
    name = cancelled(world)
    road, facts = world.road, world.patient(0)
    patient = road.order(name).patient
    commitments = said(world.last(name, "order.created"))["commitments"]
    before = world.database.read(audit.fsck)
    assert before.ok
    assert world.database.run(
        lambda s: vault.agrees(s, patient, "name", facts.name, by="U-1", why="test", at=road.clock())
    )

    entry = erase(world, name, "hospitalqa", "physician")

    assert (entry.type, entry.stmt["subject"], entry.stmt["orders"]) == ("vault.erased", patient, [name])
    assert len(entry.sig) == 2
    code = vault.record_number(facts.issuer, facts.record_number)
    assert world.database.read(lambda s: (vault.is_erased(s, patient), vault.resolve(s, code))) == (True, None)
    assert not world.database.run(
        lambda s: vault.agrees(s, patient, "name", facts.name, by="U-1", why="test", at=road.clock())
    )
    for commitment in commitments.values():
        with pytest.raises(Unknown):
            world.database.run(partial(vault.open_, commitment=str(commitment), by="U-1", why="test", at=road.clock()))
    world.is_whole()
    again = road.open(facts)
    assert road.order(again).patient != patient


REFUSED = {
    "an open order": ({"closed": False}, ("hospitalqa", "physician"), Conflict),
    "one person": ({}, ("hospitalqa",), NotPermitted),
    "the same twice": ({}, ("hospitalqa", "hospitalqa"), NotPermitted),
    "two of quality": ({}, ("hospitalqa", "qa"), NotPermitted),
    "not who does it": ({}, ("physician", "hospitalqa"), NotPermitted),
}


@pytest.mark.parametrize(("order", "logins", "error"), REFUSED.values(), ids=REFUSED)
def test_no_erasure_alone_or_too_early(
    world: World, order: dict[str, bool], logins: tuple[str, ...], error: type[Exception]
) -> None:
    """Before the end of every container, or without two persons of two callings, nothing is destroyed."""
    name = cancelled(world, **order)
    patient = world.road.order(name).patient

    with pytest.raises(error):
        erase(world, name, *logins)

    assert not world.database.read(lambda session: vault.is_erased(session, patient))
    world.is_whole()


def test_who_may_not_erase_and_what_is_no_ground(world: World) -> None:
    """Quality of the hospital that treats does it, on a ground of the list, once, with the right secrets."""
    name, road = cancelled(world), world.road
    factory = road.deed("qa_reviewer", road.sites["manufacturing"])
    nurse = road.deed("ward_nurse", road.sites["treatment"])

    for deed in (factory, nurse):
        with pytest.raises(NotPermitted):
            erase(world, name, "hospitalqa", "physician", deed=deed)
    with pytest.raises(Malformed):
        erase(world, name, "hospitalqa", "physician", basis="because")
    road.secret, right = "wrong", road.secret
    with pytest.raises(NotAuthenticated):
        erase(world, name, "hospitalqa", "physician")
    road.secret = right
    erase(world, name, "hospitalqa", "physician")
    with pytest.raises(Conflict):
        erase(world, name, "hospitalqa", "physician")


def test_a_wristband_leads_to_its_patient_until_the_last_container_has_its_end(world: World) -> None:
    """35: with cells on their way the erasure is refused, and the bedside still knows the name."""
    name, road, facts = world.order(0, "h5_accept"), world.road, world.patient(0)

    with pytest.raises(Conflict, match="every container at its end"):
        erase(world, name, "hospitalqa", "physician")

    deed = road.deed("ward_nurse", road.sites["treatment"])
    order = road.order(name)
    assert world.database.run(lambda session: orders.spoken_agrees(session, deed, order, facts, third=True))


def scanned_by(world: World, program: Program, *, taken: bool) -> datetime:
    """Let a scanner station hand in the patient's own band, and the page take it or not; return when it was scanned."""
    at, by = world.road.clock(), world.road.persons["nurse1"]
    site = world.road.sites["treatment"]

    def work(session: Session) -> datetime:
        mark = station_intake.bind(session, program.device, site, by=by, at=at)
        known = devices.device(session, program.device)
        head = station_intake.take_in(session, known, [program.scans(at, OWN_BAND)], at=at).head
        if taken:
            station_intake.take(session, program.device, mark, head.seq, site, by=by, at=at)
        return station_store.after(session, program.device, head.seq - 1)[0].scanned_at

    return world.database.run(work)


def test_after_an_erasure_no_band_and_no_picture_of_the_patient_opens(world: World) -> None:
    """Bound or not yet, at the patient's step, at none or in a scanner station; the station's chain still verifies."""
    road, database, site = world.road, world.database, world.road.sites["treatment"]
    name, program = road.open(world.patient(0)), Program(site=site)
    protocol = protocol_register.pinned(road.order(name).protocol_sha256)
    steps = [step.id for step in protocol.checkpoints if not step.side]
    road.carry(name, steps[steps.index("h3_begin") - 1], world.patient(0))
    by, at = road.persons["nurse1"], road.clock()
    program.device = database.run(
        lambda session: devices.propose(session, site, program.jwk, "A trolley's scanner", by=by, at=at)
    ).id
    database.run(lambda session: devices.qualify_in_demo(session, program.device, at=at))
    when = scanned_by(world, program, taken=True)
    picture, _ = database.run(lambda session: proof_store.keep(session, b"a photo", when, OWN_BAND))
    old, _ = database.run(lambda session: proof_store.keep(session, b"of another", when, OWN_BAND))
    scan = Scanned(OWN_BAND, "]d2", "picture", when, "token", picture=picture)
    assert "accepted" == road.do(name, "h3_begin", instead={"band": scan}, patient=world.patient(0)).outcome
    scanned_by(world, program, taken=False)
    nurse = road.deed("ward_nurse", site)
    lost = database.run(lambda session: station.scan(session, nurse, replace(scan, picture="", at=road.clock())))
    for step in ("x_cancel", "x_destroy_bag_collection", "x_close"):
        assert "accepted" == road.do(name, step).outcome
    lines = [line for one in road.entries(name) for line in said(one).get("items", ()) if line["class"] == "band"]
    assert lost.verdict is not None
    lines += said(lost.verdict)["items"]
    kept = database.read(lambda session: station_store.after(session, program.device, 0))
    sealed = [str(line["commitment"]) for line in lines] + [one.sealed for one in kept] + [picture]
    assert (2, 2) == (len(lines), len(kept))

    band = database.read(lambda session: reading.make_sense(session, road.order(name), scan))

    def opens(commitment: str) -> bool:
        try:
            database.run(partial(vault.open_, commitment=commitment, by="U-1", why="test", at=road.clock()))
        except Unknown:
            return False
        return True

    assert all(opens(one) for one in sealed)
    erase(world, name, "hospitalqa", "physician")

    assert [False] * 5 == [opens(one) for one in sealed]
    assert opens(old)
    again = database.run(lambda session: reading.told(session, band, scan, road.order(name).patient))
    assert opens(again["commitment"])
    at = road.clock()
    later = program.scans(at, b"=A99992612345600")

    def proven(session: Session) -> int:
        known = devices.device(session, program.device)
        station_intake.take_in(session, known, [later], at=at)
        return station_intake.verified(session, known, by=by, at=at)

    assert 1 == database.run(proven)
    world.is_whole()


def test_after_an_erasure_no_picture_comes_to_be(world: World) -> None:
    """A picture behind a scan at an erased patient's order is not kept; one at another patient's order is."""
    name, other = cancelled(world), world.road.open(world.patient(1))
    erase(world, name, "hospitalqa", "physician")
    database, road = world.database, world.road
    deed = road.deed("cell_lab", road.sites["collection"])

    def scans(order: str) -> tuple[str, dict[str, str]]:
        def work(session: Session) -> tuple[str, Work]:
            at = road.clock()
            kept, _ = proof_store.keep(session, order.encode(), at, OWN_BAND)
            station.begin(session, replace(deed, at=at), order, "x_destroy_bag_collection")
            scan = Scanned(b"no label", "]d2", "picture", at, "token", picture=kept)
            return kept, station.scan(session, replace(deed, at=at), scan)

        kept, found = database.run(work)
        assert found.verdict is not None
        database.run(lambda session: station.acknowledge(session, replace(deed, at=road.clock())))
        (line,) = said(found.verdict)["items"]
        return kept, line

    (gone, without), (kept, line) = scans(name), scans(other)

    assert ("picture" in without, line["picture"]) == (False, kept)
    opened = partial(vault.open_, by="U-1", why="test", at=road.clock())
    with pytest.raises(Unknown):
        database.run(lambda session: opened(session, commitment=gone))
    assert database.run(lambda session: opened(session, commitment=kept))
