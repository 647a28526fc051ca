"""``kill -9`` in the middle of a patient's road: nothing acknowledged is lost, no deed is half, the road goes on."""

from __future__ import annotations

import contextlib
import multiprocessing
import sys
import time
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from coi import ledger
from coi.custody import store as custody
from coi.labelling import queue, queue_store
from coi.labelling import store as pieces
from tests.attacks import carrier
from tests.journeys import STEPS

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from random import Random

    from sqlalchemy.orm import Session

    from tests.evidence import Evidence
    from tests.journeys import Journey, Story
    from tests.moments import MakeStory

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([carrier.__name__, "coi.app"])
Told = tuple[str, int, str]


@pytest.fixture(autouse=True)
def _without_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the carrier from importing the program that started the tests: it takes longer than its life."""
    monkeypatch.setattr(sys.modules["__main__"], "__spec__", None)
    monkeypatch.delattr(sys.modules["__main__"], "__file__", raising=False)


@pytest.mark.long("custody")
def test_a_killed_process_leaves_whole_deeds(before: MakeStory, journey: Journey, evidence: Evidence) -> None:
    """At random points of the road: every acknowledged entry is there, the ledger and every table agree.

    After the restart the same order is carried on.
    """
    random = evidence.random()
    for _ in range(evidence.size(10, 200)):
        story = before(random.choice(STEPS[:-1]))
        told = _killed(story, journey, random)

        for chain, seq, digest in told:
            entry = story.world.database.read(partial(ledger.entry, chain=chain, seq=seq))
            assert entry.hash == digest
        story.world.is_whole()
        _nothing_dangles(story)
        evidence.count("kills")
        evidence.count("acknowledged entries found", len(told))
        _goes_on(story, evidence)
    assert evidence.counts["acknowledged entries found"] > 0
    assert evidence.counts["orders carried on"] > 0


def _killed(story: Story, journey: Journey, random: Random) -> list[Told]:
    """Let a process carry the order on, kill it at a random moment, and return what it was acknowledged."""
    story.world.database.dispose()
    here, there = PROCESSES.Pipe(duplex=False)
    parts = carrier.given(story.world.road, journey.folder)
    process = PROCESSES.Process(target=carrier.carry, args=(parts, story.name, story.world.patient(0), there))
    process.start()
    there.close()
    told = [_next(here) for _ in range(random.randrange(4))] if random.random() < 0.9 else []
    time.sleep(random.uniform(0, 0.25 if told else 1.0))
    process.kill()
    process.join()
    with contextlib.suppress(EOFError, OSError):  # the pipe ends with the process, perhaps in the middle of a word
        while True:
            told.append(_next(here))
    here.close()
    return told


def _next(here: Connection) -> Told:
    """Return the next acknowledgement."""
    assert here.poll(60), "the carrier said nothing for a minute"
    chain, seq, digest = here.recv()
    return chain, seq, digest


def _nothing_dangles(story: Story) -> None:
    """Claims, queue and numbers agree with the orders: these stores are not rebuilt, so they are compared here."""

    def work(session: Session) -> None:
        orders = {
            order.id: order
            for order in custody.at_sites(session, tuple(story.world.road.sites.values()), open_only=False)
        }
        for thing, owner in session.execute(select(custody.claim_table)):
            order = orders[owner]
            kind, _, code = thing.partition(" ")
            shipment = order.shipment()
            held = {
                "shipper": shipment is not None and shipment.shipper == code,
                "suite": order.state == "MANUFACTURING" and order.fact("suite") == code,
                "bench": shipment is None and order.fact("bench") == code,
                "machine": order.state == "COLLECTING" and order.fact("separator") == code,
                "therapy": order.state != "RECONCILED",
            }
            assert held[kind], (thing, order.state)
        waiting = Counter(job.piece for job in queue_store.jobs(session, "queued", "held", "leased", "sending"))
        intended = {p.id for order in orders for p in pieces.of_order(session, order) if p.state == "intended"}
        assert set(waiting) == intended

    story.world.database.read(work)


def _goes_on(story: Story, evidence: Evidence) -> None:
    """Start again: what was being printed is told, and the order takes its next step."""
    road, name = story.world.road, story.name
    road.clock.now = max([road.clock.now, *(deed.at for deed in road.order(name).done)])  # as far as the other came
    road.clock.forward(minutes=7)  # the road's own stride: some of what was said holds for half an hour only
    lost = queue.recover(road.database, road.clock)
    evidence.count("labels told uncertain", lost)
    road.print_queued()
    order = road.order(name)
    if lost or order.state in {"RECONCILED", "THAWING", "INFUSING"}:
        return  # a label to be voided first, nothing left to do, or an hour that went by
    done = {deed.checkpoint for deed in order.done}  # the preflight holds for one thaw, and is not done again after it
    step = next(step for step in STEPS if step not in done)
    carried = road.carry(name, step, story.world.patient(0))
    assert step in {deed.checkpoint for deed in carried.done}
    evidence.count("orders carried on")
