"""A process that carries orders until it is killed, and says of each deed when it was acknowledged.

It works with the product's own actions, labels and printer; after ``run()`` returned, chain, number and hash of the
deed's entry go to the one who listens.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from coi.app import PROJECTIONS
from coi.custody.deed import Done
from coi.db import Database
from coi.demo.road import Clock, Road
from coi.ledger import Entry
from labels.printers import VirtualPrinter
from tests import world

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from multiprocessing.connection import Connection
    from pathlib import Path

    from sqlalchemy.orm import Session

    from coi.custody.orders import PatientFacts

T = TypeVar("T")
LAST = "h17_reconcile"


@dataclass(frozen=True, slots=True)
class Given:
    """What the process is given: a place, a moment, and everybody's part."""

    url: str
    folder: Path
    now: datetime
    sites: Mapping[str, str]
    cast: Mapping[tuple[str, str], Sequence[str]]
    persons: Mapping[str, str]
    secret: str
    shippers: Sequence[str]
    suites: Sequence[str]
    freezers: Mapping[str, Sequence[str]]
    benches: Mapping[str, Sequence[str]]
    machines: Mapping[str, Mapping[str, Sequence[str]]]
    kits: Sequence[str]
    loggers: Sequence[str]


def given(road: Road, folder: Path) -> Given:
    """Return what a road is made of, fit to be handed to another process."""
    return Given(
        road.database.url.render_as_string(hide_password=False),
        folder,
        road.clock.now,
        road.sites,
        road.cast,
        road.persons,
        road.secret,
        tuple(road.shippers),
        tuple(road.suites),
        road.freezers,
        road.benches,
        road.machines,
        tuple(road.kits),
        tuple(road.loggers),
    )


class Telling(Database):
    """A database that tells of each deed when its commit has returned."""

    listener: Connection

    def run(self, work: Callable[[Session], T]) -> T:
        """Do the work, and tell."""
        result = super().run(work)
        entry = result.entry if isinstance(result, Done) else result
        if isinstance(entry, Entry):
            self.listener.send((entry.chain, entry.seq, entry.hash))
        return result


def road_of(parts: Given, database: Database) -> Road:
    """Return the road again, on this process's own connection."""
    world.settings(parts.folder).attach(database.engine)
    return Road(
        database=database,
        printer=VirtualPrinter(parts.folder / "tray"),
        clock=Clock(parts.now),
        sites=parts.sites,
        cast=parts.cast,
        persons=parts.persons,
        secret=parts.secret,
        shippers=parts.shippers,
        suites=parts.suites,
        freezers=parts.freezers,
        benches=parts.benches,
        machines=parts.machines,
        kits=parts.kits,
        loggers=parts.loggers,
    )


def carry(parts: Given, name: str, facts: PatientFacts, listener: Connection) -> None:
    """Carry an order to its end, and then orders of new patients, for ever."""
    database = Telling(parts.url, PROJECTIONS)
    database.listener = listener
    road = road_of(parts, database)
    number = 0
    while True:
        road.carry(name, LAST, facts)
        number += 1
        facts = replace(facts, record_number=f"{facts.record_number}-{number}")
        name = road.open(facts)
