"""A leg runs from the sealing to the receipt, and its logger is the one that was scanned in, and no other."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from coi import identity, ledger, people
from coi.app import PROJECTIONS
from coi.custody import legs
from coi.equipment import actions as equipment
from coi.errors import Unknown
from coi.person import Grant, Person
from tests import world as worlds

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

    from coi.shipping.trace_leg import Leg
    from tests.conftest import MakeDatabase
    from tests.world import World

LOGGERS = tuple(identity.HouseCode.from_random("logger", bytes([n] * 10)).text for n in (1, 2, 3))
SUITE = identity.HouseCode.from_random("location", bytes(10)).text


@pytest.fixture
def database_kind() -> str:
    """SQLite: what is tried reads entries alone."""
    return "sqlite"


@pytest.fixture
def world(make_database: MakeDatabase, tmp_path: Path) -> World:
    """A founded world."""
    return worlds.make(make_database(*PROJECTIONS), tmp_path)


def of(world: World, name: str) -> tuple[Leg, ...]:
    """Return the legs of an order."""
    order = world.road.order(name)
    return world.database.read(lambda session: legs.of_order(session, order))


def test_a_leg_ends_with_its_receipt(world: World) -> None:
    """On its way it has a beginning; received, it has an end as well; each site, product and order is told."""
    name = world.order(0, "h5_accept")
    (way,) = of(world, name)
    world.road.carry(name, "h7_receive", world.patient(0))

    (ended,) = of(world, name)

    order = world.road.order(name)
    assert way.received_at is None
    assert ended.received_at is not None
    assert way.sealed_at == ended.sealed_at < ended.received_at
    assert (order.site("collection"), order.site("manufacturing")) == (way.origin, way.destination)
    assert (order.id, order.coi, order.product, order.chain) == (way.order, way.name, way.product, way.chain)


def test_who_may_see_the_order_sees_its_legs(world: World) -> None:
    """The receiving site does, a stranger does not; before anything is sealed there is none."""
    name = world.order(0, "h4_end")
    order = world.road.order(name)
    clerk = Person("P-1", (Grant("materials", order.site("manufacturing")),))

    assert () == world.database.read(lambda session: legs.seen_by(session, clerk, name))
    with pytest.raises(Unknown):
        world.database.read(lambda session: legs.seen_by(session, Person("P-2", (Grant("materials", "x"),)), name))


SCANNED = {
    "one that is registered": (LOGGERS[0], "SN-4711"),
    "another one": (LOGGERS[1], "SN-4712"),
    "none": ("", None),
    "one that nobody registered": (LOGGERS[2], None),
    "what is no logger": (SUITE, None),
}


@pytest.mark.parametrize(("scanned", "serial"), SCANNED.values(), ids=SCANNED)
def test_the_logger_is_the_one_scanned_in(world: World, scanned: str, serial: str | None) -> None:
    """Its serial number and the end of its calibration come from the register; what is not registered is none."""
    name = world.order(0, "h4_end")
    order = world.road.order(name)
    site = order.site("collection")
    until = world.road.clock.now + timedelta(days=90)
    keeper = Person("P-9", (Grant("metrology", site),))

    def work(session: Session) -> None:
        for code, kind, label in (
            (LOGGERS[0], "logger", "SN-4711"),
            (LOGGERS[1], "logger", "SN-4712"),
            (SUITE, "location", "Suite 9"),
        ):
            equipment.register(
                session,
                code=code,
                kind=kind,
                site=site,
                label=label,
                qualified_until=until,
                by=keeper,
                at=world.road.clock.now,
            )

    world.database.run(work)
    effect: dict[str, Any] = {"do": "ship", "shipment": "SH-1", "origin": site, "logger": scanned}
    effect |= {"destination": order.site("manufacturing"), "shipper": "SHP-1", "seal": "SEA-1", "containers": []}
    effect["profile"] = "cryogenic"
    stmt: dict[str, Any] = {
        "id": ledger.new_id(),
        "actor": "P-1",
        "order": order.id,
        "at": ledger.instant(world.road.clock.now),
    }
    stmt |= {"outcome": "accepted", "items": [], "effects": [effect]}
    world.database.run(
        lambda session: ledger.record(session, order.chain, "test.sealed", stmt, at=world.road.clock.now)
    )

    (leg,) = of(world, name)

    assert "cryogenic" == leg.profile
    assert serial == (None if leg.logger is None else leg.logger.serial)
    assert leg.logger is None or until == leg.logger.calibrated_until
    assert site in {one.id for one in world.database.read(people.sites)}
