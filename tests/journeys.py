"""A journey walked once, and a copy of its world right before and after every checkpoint.

One patient's order is carried from its opening to the closing of the books, while another patient's cells already lie
filled in the factory's freezer. The database is copied after each deed; a test is given a copy of the copy, in
milliseconds, and may do with it what it likes.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from coi.app import PROJECTIONS
from coi.custody import protocol_register as protocols
from coi.db import Database
from coi.demo.road import Clock
from tests import postgres, world

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from coi.custody.reading import Scanned
    from tests.world import World

STEPS = tuple(step.id for step in protocols.for_product("CRYO-CAR-T").checkpoints if not step.side)
OPENED = "opened"
"""The moment before the first checkpoint."""
BESIDE: dict[str, tuple[str, ...]] = {
    "h4_abort": ("h3_begin",),
    "h5_unpack": ("h5_pack",),
    "h6_offer": ("h5_accept",),
    "h6_accept": ("h5_accept", "h6_offer"),
    "h9_split_print": ("h9_transfer",),
    "h9_split": ("h9_transfer", "h9_split_print"),
    "h10_unused": ("h10_print",),
    "h12_unpack": ("h12_pack",),
    "h12_putback": ("h12_pick",),
    "h14_putback": ("h14_retrieve",),
    "h16_unverified": ("h15_accept",),
    "h17_stop": ("h16_start",),
    "h17_resume": ("h16_start", "h17_stop"),
    "h17_discard": ("h16_start",),
    "r_pack": ("h13_store", "r_bench"),
    "x_destroy_bag_collection": ("h4_end",),
    "x_destroy_vessel_manufacturing": ("h9_transfer",),
    "x_destroy_sample_manufacturing": ("h9_sample",),
    "x_destroy_product_manufacturing": ("h10_close",),
    "x_destroy_product_lab": ("h13_store",),
    "x_destroy_product_ward": ("h15_accept",),
}
"""Steps beside the road, each with the moment from which it can be done, and what is done before it."""


@dataclass(slots=True)
class Story:
    """A world of one's own in the middle of a journey."""

    world: World
    name: str
    """The order that the story is about."""
    other: str
    """Another patient's order, filled and frozen."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One copied database and what else a world remembers."""

    url: str
    now: datetime
    reads: dict[str, dict[bool, Scanned]]


@dataclass(slots=True)
class Journey:
    """All moments of one journey on one kind of database."""

    base: World
    folder: Path
    name: str = ""
    other: str = ""
    moments: dict[str, Snapshot] = field(default_factory=dict)
    given: int = 0

    @classmethod
    def walk(cls, database: Database, folder: Path) -> Journey:
        """Walk the whole road once on an empty database."""
        journey = cls(world.make(database, folder), folder)
        journey.other = journey.base.order(1, "h10_close")
        journey.name = journey.base.order(0)
        journey._keep(OPENED)
        for step in STEPS:
            journey.base.road.carry(journey.name, step, journey.base.patient(0))
            journey._keep(step)
        return journey

    def before(self, step: str) -> Story:
        """Return a story right before a checkpoint, on the road or beside it."""
        if step in STEPS:
            return self.after((OPENED, *STEPS)[STEPS.index(step)])
        moment, *preparing = BESIDE[step]
        story = self.after(moment)
        for each in preparing:
            story.world.road.do(story.name, each, patient=story.world.patient(0))
        return story

    def after(self, step: str) -> Story:
        """Return a story right after a checkpoint."""
        kept = self.moments[step]
        self.given += 1
        database = Database(_copy(kept.url, self.folder / f"story-{self.given}.db"), PROJECTIONS)
        world.settings(self.folder).attach(database.engine)
        road = replace(self.base.road, database=database, clock=Clock(kept.now), reads=dict(kept.reads))
        return Story(world.World(database, road), self.name, self.other)

    def _keep(self, step: str) -> None:
        """Copy the database as it is now; nobody may be connected while it is copied."""
        self.base.database.dispose()
        here = self.base.database.url.render_as_string(hide_password=False)
        copy = _copy(here, self.folder / f"moment-{len(self.moments)}.db")
        self.moments[step] = Snapshot(copy, self.base.road.clock.now, dict(self.base.road.reads))


def close(story: Story) -> None:
    """Take a story's database away."""
    database = story.world.database
    database.dispose()
    if not database.is_sqlite:
        postgres.drop(database.url.render_as_string(hide_password=False))


def _copy(url: str, target: Path) -> str:
    """Return the URL of a copy of a database."""
    if url.startswith("postgresql"):
        return postgres.new_database(template=url)
    shutil.copyfile(url.partition(":///")[2], target)
    return f"sqlite:///{target}"
