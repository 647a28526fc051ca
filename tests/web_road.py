"""The road over HTTP: the same people and things, and every deed is a request of one of their programs.

Before each deed the program reads the order, finds the gate among those that stand open, and names the head that it
read. What comes back is turned into what the road of ``coi.demo`` gives, so that whatever walks there walks here too.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from coi import ledger
from coi.custody import legs as travelled
from coi.custody import protocol_register as protocols
from coi.custody import steps
from coi.custody.deed import Done
from coi.custody.protocol import COMPARED
from coi.custody.reasons import Reason
from coi.demo.road import COLD, Road, csv
from coi.shipping import trace_store
from tests import programs
from tests.programs import Program, Programs, entered, sent
from tests.wanderer import QuickRoad
from tests.world import BASIS, World

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from coi.custody.deed import Deed
    from coi.custody.order import Order
    from coi.custody.orders import PatientFacts
    from coi.custody.protocol import Checkpoint
    from coi.custody.reading import Scanned
    from coi.labelling.drawing import LabelFacts

JUDGED = {201, 403, 409}
"""What a gate answers to an attempt that it has judged."""


@dataclass(slots=True)
class WebRoad(Road):
    """A road whose deeds are requests; labels are drawn and read back."""

    town: Programs = field(kw_only=True)
    requests: int = 0

    def open(self, patient: PatientFacts, product: str = "CRYO-CAR-T") -> str:
        """Let the coordinator's program open an order; return its id."""
        wish = {"patient": entered(patient), "product": product, **self.parts(product)}
        reply = self.town.program("coordinator", "treatment").post("/orders", wish)
        self.requests += 1
        assert reply.status_code == 201, reply.get_json()
        return str(reply.get_json()["order"])

    def do(
        self,
        name: str,
        checkpoint: str,
        *,
        patient: PatientFacts | None = None,
        instead: Mapping[str, Scanned | Sequence[Scanned]] | None = None,
        values: Mapping[str, str] | None = None,
        signers: Sequence[str] | None = None,
        actor: Deed | None = None,
    ) -> Done:
        """Do one checkpoint as programs do: read, try, sign what is answered."""
        order = self.order(name)
        step = steps.step_of(protocols.pinned(order.protocol_sha256), order, checkpoint)
        if "trace_read" in step.checks:
            self.hand_in_traces(order)
        deed = actor or self.actor(order, step)
        program = self.program_of(deed, step.roles)
        scans = [scan for slot in step.slots for scan in self.scans(order, slot, step, instead or {})]
        said = dict(values) if values is not None else self.values(order, step)
        body: dict[str, Any] = {"scans": [sent(scan) for scan in scans], "values": said}
        if patient is not None and _compares(step, said):
            body["patient"] = entered(patient)
        read = program.get(f"/orders/{name}")
        assert checkpoint in {gate["checkpoint"] for gate in read.get_json()["next"]} or order.did(checkpoint), (
            checkpoint
        )
        reply = program.post(f"/orders/{name}/checkpoints/{checkpoint}", body, match=read.headers["ETag"])
        self.requests += 2
        if reply.status_code == 202:
            told = reply.get_json()
            names = list(signers) if signers is not None else self.signers(order, step, deed)
            signed = {"sha256": told["sha256"], "signatures": self.town.auths(*names, places=told["places"])}
            reply = program.post(f"/prepared/{told['id']}/signatures", signed)
            self.requests += 1
        self.print_queued()
        self.clock.forward(minutes=7)
        return self.done(name, step, reply.status_code, reply.get_json())

    def done(self, name: str, step: Checkpoint, status: int, told: Mapping[str, Any]) -> Done:
        """Return what was answered, as the actions give it."""
        assert status in JUDGED, (step.id, status, told)
        assert "receipt" in told, (step.id, told)
        receipt = told["receipt"]
        entry = self.database.read(lambda session: ledger.entry(session, receipt["chain"], receipt["seq"]))
        assert entry.hash == receipt["hash"]
        reasons = tuple(Reason(one["code"], one["slot"], one["expected"], one["seen"]) for one in told["reasons"])
        return Done(entry, told["outcome"], reasons, (), self.order(name), step, tuple(told["holds"]))

    def program_of(self, deed: Deed, roles: Sequence[str]) -> Program:
        """Return the program of who acts, with the token of the role in which that is done."""
        by_id = {person: login for login, person in self.persons.items()}
        login = by_id[deed.by.id]
        role = next(role for role in roles if login in self.cast.get((role, deed.site), ()))
        return self.town.program(role, deed.site, list(self.cast[role, deed.site]).index(login))

    def hand_in_traces(self, order: Order, *, warm: str | None = None) -> None:
        """Send the logger's file of every shipment that arrived and has none yet."""
        for leg in self.database.read(lambda session: travelled.of_order(session, order)):
            if leg.logger is None or leg.received_at is None:
                continue
            if self.database.read(partial(trace_store.of_shipment, shipment=leg.shipment)):
                continue
            role = "materials" if leg.destination == self.sites["manufacturing"] else "cell_lab"
            file = base64.b64encode(csv(leg, warm or COLD[str(leg.profile)])).decode()
            path = f"/orders/{order.id}/shipments/{leg.shipment}/traces"
            reply = self.town.program(role, leg.destination).post(path, {"file": file})
            self.requests += 1
            assert reply.status_code == 201, reply.get_json()
            assert reply.get_json()["trace"]["verdict"] == ("out_of_range" if warm else "in_range"), reply.get_json()


@dataclass(slots=True)
class QuickWebRoad(WebRoad):
    """The same, and no label is drawn."""

    facts: dict[str, LabelFacts] = field(default_factory=dict)

    print_queued = QuickRoad.print_queued
    send = QuickRoad.send
    read_piece = QuickRoad.read_piece


@dataclass(slots=True)
class WebWorld(World):
    """A world whose quality works through its program too."""

    town: Programs

    def lift_holds(self) -> int:
        """Let quality's program lift every open hold, by as many persons as the hold says; return how many."""
        quality = self.town.program("qa_reviewer", "manufacturing")
        holds = quality.get("/holds", only_open="true").get_json()["holds"]
        for hold in holds:
            first, second = self.town.auths("qa", "qp")
            body: dict[str, Any] = {"basis": BASIS, **first}
            if hold["care"]["signers"] == 2:
                body["second"] = second
            reply = quality.post(f"/holds/{hold['id']}/lift", body)
            assert reply.status_code == 201, reply.get_json()
        return len(holds)


def serve(world: World, *, drawn: bool = False) -> WebWorld:
    """Serve a world and walk it by requests; labels are drawn only where that is asked for."""
    town = programs.serve(world)
    known = {name: getattr(world.road, name) for name in Road.__dataclass_fields__}
    road = (WebRoad if drawn else QuickWebRoad)(**known, town=town)
    served = WebWorld(world.database, road, town)
    town.world = served
    return served


def _compares(step: Checkpoint, said: Mapping[str, str]) -> bool:
    """Say whether a step compares what is entered blind, and the patient can speak."""
    compared = [value.name for value in step.values if value.type in COMPARED]
    return bool(compared) and not any(said.get(name) == "cannot_speak" for name in compared)
