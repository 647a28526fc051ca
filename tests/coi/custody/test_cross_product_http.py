"""The cross product over HTTP: whatever is wrong with a request, the gate says no, and then lets the right one through.

Orders walk along the road in one house, others lie beside it at every stage. Before a step the database is copied, and
on the copy a program asks everything that could be wrong there: each answer is a refusal with its reason and its entry,
and nothing has moved. Then the right question is asked, over HTTP too, and must be accepted.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from coi import ledger
from coi.app import PROJECTIONS
from coi.custody import protocol_register as protocols
from coi.db import Database
from coi.demo.road import Clock
from tests import wanderer, web_road
from tests import world as worlds
from tests.evidence import in_parts
from tests.journeys import BESIDE
from tests.mistakes import NOT_ITS_TURN, Gate
from tests.programs import entered, sent
from tests.wanderer import QuickRoad
from tests.world import World

if TYPE_CHECKING:
    import random
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from pathlib import Path

    from coi.custody.order import Order
    from coi.labelling.pieces import Piece
    from tests.conftest import MakeDatabase
    from tests.evidence import Evidence
    from tests.mistakes import Wrong
    from tests.web_road import WebWorld

PRODUCT, SECOND = "CRYO-CAR-T", "FRESH-CAR-T"
ROAD = tuple(step.id for step in protocols.for_product(PRODUCT).checkpoints if not step.side)
PARKED = ("h4_end", "h5_accept", "h10_close")
"""Where orders lie that nobody carries on: collected, on the way in a shipper, filled and frozen."""
JUDGED = {403, 409}


@dataclass
class House:
    """One installation with its patients, and the folder for its copies."""

    world: World
    folder: Path
    chance: random.Random
    evidence: Evidence
    orders: list[str]
    at_a_gate: int
    """Wrong questions at one gate of one patient."""
    asked: int = 0
    copies: int = 0

    def copy(self) -> WebWorld:
        """Return a served copy of the house as it is now."""
        self.copies += 1
        target = self.folder / f"copy-{self.copies % 2}.db"
        self.world.database.dispose()
        shutil.copyfile(str(self.world.database.url.database), target)
        database = Database(f"sqlite:///{target}", PROJECTIONS)
        worlds.settings(self.folder).attach(database.engine)
        road = self.world.road
        again = replace(road, database=database, clock=Clock(road.clock.now), reads=dict(road.reads))
        served = web_road.serve(World(database, again))
        assert isinstance(road, QuickRoad)
        assert isinstance(served.road, web_road.QuickWebRoad)
        served.road.facts |= road.facts
        return served

    def walk(self, number: int, gates: Collection[str], *, fails: bool) -> None:
        """Carry one patient's order from its opening to its end; ask what is wrong before each of *gates*."""
        patient = wanderer.patient(number)
        road = self.world.road
        second = road.open(patient, SECOND)
        road.carry(second, "h4_end", patient)
        name = road.open(patient, PRODUCT)
        others = list(self.orders)
        self.orders += [second, name]
        beside = {moment: step for step, (moment, *rest) in BESIDE.items() if step in gates and not rest}
        last = max(ROAD.index(BESIDE[gate][0] if gate in BESIDE else gate) for gate in gates)
        for step in ROAD if self.evidence.full else ROAD[: last + 1]:
            if step in gates:
                self.try_all(name, step, others, second, number)
            road.carry(name, step, patient)
            if step in beside:
                self.try_all(name, beside[step], others, second, number)
            if fails and step == "h10_close":
                for aside in ("x_fail", "x_recollect"):
                    assert road.do(name, aside).outcome == "accepted"
                road.carry(name, step, patient)

    def try_all(self, name: str, step: str, others: Sequence[str], second: str, number: int) -> None:
        """Ask wrong questions at one gate on a copy, then the right one; then the two that spoil a copy."""
        some = [*others[: len(PARKED)], *self.chance.sample(others, min(len(others), 4))]
        copy = self.copy()
        at = Gate(copy, name, step, some, (second,))
        questions = list(at.wrong())
        for wrong in self.chance.sample(questions, min(self.at_a_gate, len(questions))):
            if not self.refuses(copy, at, wrong, number):
                copy.database.dispose()
                copy = self.copy()
        done = copy.road.do(name, step, patient=wanderer.patient(number))
        assert done.outcome == "accepted", (step, done.reasons)
        self.evidence.count("right requests accepted")
        copy.database.dispose()
        for can, spoil in ((_label, self.dead), (_lapses, self.expired)):
            if can(Gate(self.world, name, step)):
                copy = self.copy()
                at = Gate(copy, name, step)
                self.refuses(copy, at, spoil(copy, at), number)
                copy.database.dispose()

    @staticmethod
    def dead(copy: WebWorld, at: Gate) -> Wrong:
        """Return the right question with a label that was replaced a moment ago."""
        old, right = _label(at), at.right
        assert old is not None
        assert right
        copy.reprint(at.name, old)
        return at.dead(old)

    @staticmethod
    def expired(copy: WebWorld, at: Gate) -> Wrong:
        """Return the right question as it is asked when everything in hand has lapsed."""
        wrong = at.asked("expired", {"expired"}, {})
        copy.road.clock.now = max(_lapses(at)) + timedelta(seconds=1)
        return wrong

    def refuses(self, copy: WebWorld, at: Gate, wrong: Wrong, number: int) -> bool:
        """Ask one wrong question and look at the answer; say whether the copy is as it was."""
        before = copy.road.order(at.name)
        program = copy.town.program(wrong.role, wrong.site, wrong.number)
        body: dict[str, Any] = {"scans": [sent(scan) for scan in wrong.scans], "values": {}}
        if wrong.checkpoint == at.checkpoint:
            body |= copy.town.said(at.name, wrong.checkpoint)
        if "patient" in body:
            body["patient"] = entered(wanderer.patient(number))
        reply = program.post(f"/orders/{at.name}/checkpoints/{wrong.checkpoint}", body)
        if reply.status_code == 202 and wrong.signers is not None:
            waits = reply.get_json()
            copy.road.clock.forward(seconds=31)  # a telephone's code signs once
            auths = copy.town.auths(*wrong.signers, places=waits["places"])
            reply = program.post(
                f"/prepared/{waits['id']}/signatures", {"sha256": waits["sha256"], "signatures": auths}
            )
        told = reply.get_json()
        case = (at.checkpoint, wrong.what, wrong.checkpoint, wrong.role, wrong.site, told)
        self.asked += 1
        if at.step.quarantine and reply.status_code in {201, 202}:
            stmt = told if reply.status_code == 201 else told["statement"]
            assert stmt["outcome"] == "quarantined", case
            assert {reason["code"] for reason in stmt["reasons"]} & wrong.codes, case
            self.evidence.count(f"received into quarantine: {wrong.what}")
            return reply.status_code == 202
        assert reply.status_code in JUDGED, case
        assert {reason["code"] for reason in told["reasons"]} & (wrong.codes or NOT_ITS_TURN), case
        receipt = told["receipt"]
        entry = copy.database.read(lambda session: ledger.entry(session, receipt["chain"], receipt["seq"]))
        assert (entry.hash, entry.stmt["outcome"]) == (receipt["hash"], "blocked"), case
        assert _lie(copy.road.order(at.name)) == _lie(before), case
        self.evidence.count(f"refused: {wrong.what}")
        if told["holds"]:
            copy.lift_holds()
        return True


def _lie(order: Order) -> tuple[object, ...]:
    """Return how the things of an order lie: what no refusal may change."""
    return order.state, order.containers, order.certificate, order.offers, order.shipments, order.custodians()


def _label(at: Gate) -> Piece | None:
    """Return a label in hand that can be replaced: one that is on its thing."""
    return next((piece for slot in at.step.slots if (piece := at.label(slot)) is not None), None)


def _lapses(at: Gate) -> list[datetime]:
    """Return when what is in hand lapses, where the step minds."""
    kinds = {slot.kind for slot in at.step.slots if slot.klass == "container"}
    if at.step.records_only or at.step.stops or at.step.carries:
        return []
    return [held.expires for held in at.order.containers if held.kind in kinds and held.live and held.expires]


@pytest.fixture
def database_kind() -> str:
    """SQLite: a copy of it costs milliseconds, and the gates are the same."""
    return "sqlite"


@pytest.mark.long("custody")
@in_parts(20)
def test_no_wrong_request_is_accepted_and_no_right_one_refused(
    part: int, make_database: MakeDatabase, tmp_path: Path, evidence: Evidence
) -> None:
    """Over HTTP no wrong request passes any gate, each refusal is an entry, and the right request passes after it."""
    patients, wanted, a_gate = evidence.share(1, 40), evidence.share(12, 10_000), evidence.size(10, 20)
    world = wanderer.quick(worlds.make(make_database(*PROJECTIONS), tmp_path))
    house = House(world, tmp_path, evidence.random(), evidence, [], a_gate)
    for number, until in enumerate(PARKED if evidence.full else PARKED[-1:]):
        house.orders.append(world.road.open(wanderer.patient(100 + number), PRODUCT))
        world.road.carry(house.orders[-1], until, wanderer.patient(100 + number))
    every = [*ROAD, *(step for step, (_, *rest) in BESIDE.items() if not rest)]
    house.chance.shuffle(every)
    share, number = 1 + wanted // (patients * a_gate), part * patients
    with structlog.testing.capture_logs():
        while number < (part + 1) * patients or house.asked < wanted:
            gates = {every[(number * share + each) % len(every)] for each in range(share)}
            house.walk(number, gates, fails=number % 4 == 1)
            number += 1
    evidence.count("patients", number - part * patients)
    evidence.count("wrong requests, none accepted", house.asked)
    world.is_whole()
