"""A registered printer prints each label once; whatever it does, nothing is sent twice and nothing goes unseen."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from coi import people
from coi.custody import actions as custody
from coi.labelling import printer_actions, printer_store, queue_store, store
from coi.labelling.claim import NOT_PRINTED
from coi.labelling.worker import Worker
from labels.printers import opened
from labels.printers.network import VirtualZebra

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coi.labelling.printers import Registered
    from coi.ledger.entry import Entry
    from tests.journeys import Story
    from tests.moments import MakeStory


class Desk:
    """A story whose two labels wait, a printer at its hospital, and a worker that prints there."""

    def __init__(self, story: Story, zebra: VirtualZebra) -> None:
        """Register *zebra* and queue the labels of the collection."""
        self.story, self.zebra = story, zebra
        self.road = story.world.road
        self.database = story.world.database
        self.site = self.road.sites["collection"]
        self.admin = self.road.deed("site_admin", self.site).by
        told = {"model": "VIRTUAL", "serial": "VZ00000001", "stock": "any"}
        register = partial(
            printer_actions.register, by=self.admin, site=self.site, name="Room 2", told=told, dpi=300, at=self.road.clock()
        )
        self.id = self.database.run(partial(register, address=zebra.address))
        self.worker = self.another("w1")

    def another(self, name: str) -> Worker:
        """Return a worker of its own."""
        return Worker(self.database, self.open, self.road.clock, name, patience=0.1)

    def open(self, printer: Registered) -> object:
        """Open the way to the printer, without the patience of a house."""
        return opened(printer.address, seconds=2.0)

    def pass_time(self, seconds: float = 2) -> None:
        """Let time go by."""
        self.road.clock.forward(minutes=seconds / 60)

    @property
    def printer(self) -> Registered:
        """The printer as it stands."""
        return self.database.read(lambda session: printer_store.printer(session, self.id))

    def states(self) -> list[str]:
        """The states of the order's pieces, in the order in which they were asked for."""
        return [self.piece(job.piece) for job in self.jobs()]

    def piece(self, piece: str) -> str:
        """The state of one piece."""
        held = self.database.read(lambda session: store.find(session, piece))
        assert held is not None
        return held.state

    def jobs(self) -> tuple[queue_store.Job, ...]:
        """The order's jobs, in the order in which they were asked for."""
        return self.database.read(lambda session: queue_store.of_order(session, self.story.name))

    def entries(self, kind: str) -> list[Entry]:
        """The entries of a type on the order's chain."""
        return [entry for entry in self.road.entries(self.story.name) if entry.type == kind]


@pytest.fixture
def zebra() -> Iterator[VirtualZebra]:
    """A printer on loopback that behaves as a Zebra does."""
    with VirtualZebra() as printer:
        yield printer


@pytest.fixture
def desk(before: MakeStory, zebra: VirtualZebra) -> Desk:
    """Two labels wait for one printer."""
    story = before("h2_print")
    road = story.world.road
    deed = road.deed("collection_operator", road.order(story.name).site("collection"))
    story.world.database.run(lambda session: custody.attempt(session, deed, story.name, "h2_print", [], {}))
    return Desk(story, zebra)


def test_each_label_comes_out_once_in_order(desk: Desk) -> None:
    """Both are printed, in the order in which they were asked for, and each intent stands before its print."""
    assert desk.worker.work() == 2, desk.jobs()

    assert desk.states() == ["printed", "printed"]
    assert desk.zebra.odometer == 1002
    kinds = [entry.type for entry in desk.road.entries(desk.story.name) if entry.type.startswith("label.")]
    assert kinds[-4:] == ["label.sending", "label.printed", "label.sending", "label.printed"]
    sending = desk.entries("label.sending")
    assert [entry.stmt["counter_before"] for entry in sending] == [1000, 1001]
    assert [entry.stmt["piece"] for entry in sending] == [job.piece for job in desk.jobs()]
    assert all(entry.stmt["printer"] == desk.id and entry.stmt["bytes_sha256"] for entry in sending)
    desk.story.world.is_whole()
    assert people is not None
    assert NOT_PRINTED
