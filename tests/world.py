"""A small world to tell stories in: one hospital, one factory, one courier, their people, and real printed labels.

The rules, actions, tables and labels are the product's own; only the clock is simulated and the passwords are cheap.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from coi.app import PROJECTIONS
from coi.custody import actions
from coi.demo import seed
from coi.ledger import audit
from coi.quality import store as quality
from coi.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from coi.custody.deed import Done
    from coi.custody.orders import PatientFacts
    from coi.db import Database
    from coi.demo.road import Road
    from coi.ledger.entry import Entry

BASIS = "scan_of_another_by_mistake"
BEGAN = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
"""A Monday morning, when every story begins."""


@dataclass(slots=True)
class World:
    """One installation with its road."""

    database: Database
    road: Road

    def patient(self, number: int) -> PatientFacts:
        """Return the facts of one of the invented patients."""
        return seed.patient(number)

    def order(self, number: int = 0, until: str | None = None) -> str:
        """Open the order of a patient and carry it up to and with *until*."""
        name = self.road.open(self.patient(number))
        if until is not None:
            self.road.carry(name, until, self.patient(number))
        return name

    def lift_holds(self) -> int:
        """Let quality lift every open hold; return how many there were."""
        holds = self.database.read(quality.open_holds)
        for hold in holds:
            order = self.road.order(hold.order)
            deed = self.road.deed("qa_reviewer", order.site("manufacturing"))
            login = self.road.login(self.road.cast["qa_reviewer", deed.site][0])
            lift = partial(
                actions.lift_hold, deed=deed, hold_id=hold.id, basis=BASIS, login=login, secret=self.road.secret
            )
            self.database.run(lift)
        return len(holds)

    def last(self, name: str, kind: str) -> Entry:
        """Return the newest entry of a type on an order's chain."""
        return [entry for entry in self.road.entries(name) if entry.type == kind][-1]

    def codes(self, done: Done) -> set[str]:
        """Return the reason codes of an answer."""
        return {reason.code for reason in done.reasons}

    def is_whole(self) -> None:
        """Assert what holds after every story: the ledger verifies, and every table rebuilds byte for byte."""
        report = self.database.read(audit.fsck)
        assert report.ok, report.faults
        assert list(audit.rebuild_check(self.database, PROJECTIONS)) == []


def make(database: Database, folder: Path) -> World:
    """Found a world on an empty database."""
    settings(folder).attach(database.engine)
    road = seed.found(database, BEGAN)
    return World(database, road)


def settings(folder: Path) -> Settings:
    """Return the settings of a world: cheap passwords, and its keys and its tray in *folder*."""
    return Settings(data=folder, purpose="demo", argon2_kib=8, argon2_passes=1)


def said(entry: Entry) -> dict[str, Any]:
    """Return what an entry says, as plain data."""
    return dict(entry.stmt)
