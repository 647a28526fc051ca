"""Carry an order along the road, as its people would: every code is read back from a picture in the printer's tray.

The demo's seeds and the tests' stories drive this. It holds no rule: it chooses who acts and what is scanned from the
protocol, does the deed through the same actions as the screens, and gives back what was answered.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from coi import identity, ledger, people
from coi.custody import actions, orders, steps, store
from coi.custody import legs as travelled
from coi.custody import protocol_register as protocols
from coi.custody.deed import Deed, Done, NeedsSignatures
from coi.custody.order import STATES
from coi.custody.orders import NewOrder, PatientFacts
from coi.custody.reading import Scanned
from coi.labelling import queue
from coi.labelling import store as pieces
from coi.people import factors
from coi.shipping import store as shipping
from coi.shipping import trace_store, traces
from scanners import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from coi.custody.order import Container, Order
    from coi.custody.protocol import Checkpoint, Protocol, Slot
    from coi.db import Database
    from coi.labelling.pieces import Piece
    from coi.ledger.entry import Entry
    from coi.people.signatures import Auth, Prepared
    from coi.shipping.trace_leg import Leg
    from labels.printers import VirtualPrinter

CARD = {"slot_collection": 3, "slot_manufacturing": 5, "slot_infusion": 30}
FRESH = {"slot_collection": 1, "slot_manufacturing": 1, "slot_infusion": 3}
"""Days ahead that are booked, for what is frozen and for what is not."""
ANSWERS = {
    "bags": "1",
    "line_cleared": "yes",
    "sample_result": "pass",
    "conditioning": "may_start",
    "team": "yes",
    "access": "yes",
    "no_alternative": "yes",
    "informed": "yes",
    "risk": "acceptable",
    "residual": "5",
    "other_source": "cassette",
    "consent": "yes",
    "line_clearance": "yes",
    "patient_ready": "yes",
    "condition": "in_range",
    "qc_result": "pass",
    "volume": "120",
}
"""What the persons of a straight road state."""


COLD = {"refrigerated": "5.0", "cryogenic": "-185.0", "ambient": "20.0"}
"""What a logger measures in each range."""


def csv(leg: Leg, degrees: str) -> bytes:
    """Return the file of the logger that travelled a leg: from the sealing to the receipt a sample every two minutes.

    On a leg of a few seconds, as in a demo, the samples lie closer.
    """
    until = leg.received_at or leg.sealed_at
    serial = "" if leg.logger is None else leg.logger.serial
    every = min(timedelta(minutes=2), max((until - leg.sealed_at) / 6, timedelta(seconds=1)))
    count = int((until - leg.sealed_at) / every) + 3
    instants = [leg.sealed_at + every * (number - 1) for number in range(count)]
    rows = "".join(f"{at.replace(microsecond=0).isoformat()},{degrees}\n" for at in instants)
    return f"Serial Number,{serial}\nTimestamp,Temperature °C\n{rows}".encode()


@dataclass(slots=True)
class Clock:
    """A simulated clock; only databases of purpose demo (and tests) take their time from one."""

    now: datetime

    def __call__(self) -> datetime:
        """Return the simulated instant, a moment later each time it is asked."""
        self.now += timedelta(milliseconds=137)
        return self.now

    def forward(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)


@dataclass(slots=True)
class Road:
    """Everything that a journey needs, wired."""

    database: Database
    printer: VirtualPrinter
    clock: Clock
    sites: Mapping[str, str]
    """collection, manufacturing, treatment and courier: site ids."""
    cast: Mapping[tuple[str, str], Sequence[str]]
    """Logins by role and site id."""
    persons: Mapping[str, str]
    """Person id by login."""
    secret: str
    shippers: Sequence[str]
    suites: Sequence[str]
    freezers: Mapping[str, Sequence[str]]
    """Freezer places by site id."""
    benches: Mapping[str, Sequence[str]]
    machines: Mapping[str, Mapping[str, Sequence[str]]]
    """Separators and baths by name of their slot and site id."""
    kits: Sequence[str]
    loggers: Sequence[str]
    other_hospital: str = ""
    """Another hospital that could treat."""
    seals: list[str] = field(default_factory=list)
    """New seals in the drawer, whose tags can be scanned; without any left, a seal is made up."""
    assurance: str = "token"
    device: Callable[[str], str | None] = field(default=lambda _site: None)
    reads: dict[str, dict[bool, Scanned]] = field(default_factory=dict)

    def order(self, name: str) -> Order:
        """Return an order as it stands."""
        return self.database.read(lambda session: store.load(session, name))

    def open(self, patient: PatientFacts, product: str = "CRYO-CAR-T") -> str:
        """Let the coordinator open an order; return its id."""
        deed = self.deed("coordinator", self.sites["treatment"])
        wish = NewOrder(patient, product, **self.parts(product))
        entry = self.database.run(lambda session: orders.create(session, deed, wish))
        return str(entry.stmt["order"])

    def parts(self, product: str) -> dict[str, str]:
        """Return the sites of an order: of what is made in the house, nothing travels."""
        travels = protocols.for_product(product).form != "hospital"
        return {part: site for part, site in self.sites.items() if travels or part not in {"courier", "depot"}}

    def deed(self, role: str, site: str, number: int = 0) -> Deed:
        """Return the frame of a deed by the person who plays *role* at *site*."""
        login = self.cast[role, site][number]
        person = self.database.read(lambda session: people.person(session, self.persons[login]))
        device = self.device(site)
        return Deed(
            by=person,
            site=site,
            at=self.clock(),
            via="token" if self.assurance == "token" else "session",
            device=device,
            device_site=site if device else None,
            device_state="qualified" if device else None,
        )

    def carry(self, name: str, until: str, patient: PatientFacts) -> Order:
        """Do every checkpoint up to and with *until*; anything but an acceptance is an error of the caller."""
        protocol = protocols.pinned(self.order(name).protocol_sha256)
        for step in protocol.checkpoints:
            if not step.side and self._is_due(self.order(name), step, protocol):
                done = self.do(name, step.id, patient=patient)
                if done.outcome != "accepted":
                    raise AssertionError(f"{step.id}: expected accepted, seen {done.outcome}: {done.reasons}")
            if step.id == until:
                break
        return self.order(name)

    def _is_due(self, order: Order, step: Checkpoint, protocol: Protocol) -> bool:
        """Say whether a step is still to be done: not done, or undone with everything that came after it."""
        passed = [STATES.index(state) for state in step.states if state in STATES]
        if order.did(step.id) is not None or (order.state in STATES and max(passed) < STATES.index(order.state)):
            return False
        road = [each.id for each in protocol.checkpoints if not each.side]
        later = road[road.index(step.id) + 1 :]
        before = any(deed.checkpoint == step.id for deed in order.done)
        return not (before and any(order.did(each) is not None for each in later))

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
        """Do one checkpoint; *instead* puts another scan into a slot.

        *signers* are logins in place of the usual ones.
        """
        order = self.order(name)
        step = steps.step_of(protocols.pinned(order.protocol_sha256), order, checkpoint)
        if "trace_read" in step.checks:
            self.hand_in_traces(order)
        deed = actor or self.actor(order, step)
        scans = [scan for slot in step.slots for scan in self.scans(order, slot, step, instead or {})]
        scans = [
            replace(scan, at=self.clock(), assurance=self.assurance if scan.assurance != "keyed" else "keyed")
            for scan in scans
        ]
        deed = replace(deed, at=self.clock())
        said = dict(values) if values is not None else self.values(order, step)
        outcome = self.database.run(
            lambda session: actions.attempt(session, deed, name, checkpoint, scans, said, patient)
        )
        if isinstance(outcome, NeedsSignatures):
            names = list(signers) if signers is not None else self.signers(order, step, deed)
            auths = self.auths(outcome.prepared, names)
            later, prepared = replace(deed, at=self.clock()), outcome.prepared.id
            outcome = self.database.run(lambda session: actions.confirm(session, later, prepared, auths))
        self.print_queued()
        self.clock.forward(minutes=7)
        if isinstance(outcome, NeedsSignatures):
            raise AssertionError("Expected a verdict after the signatures, seen another wait.")  # noqa: TRY004  no type is wrong
        return outcome

    def hand_in_traces(self, order: Order, *, warm: str | None = None) -> None:
        """Hand in the logger's file of every shipment that arrived and has none yet: a sample every two minutes."""
        legs = self.database.read(lambda session: travelled.of_order(session, order))
        for leg in legs:
            if leg.logger is None or leg.received_at is None:
                continue
            if self.database.read(partial(trace_store.of_shipment, shipment=leg.shipment)):
                continue
            role = "materials" if leg.destination == self.sites["manufacturing"] else "cell_lab"
            deed = self.deed(role, leg.destination)
            file = traces.read(csv(leg, warm or COLD[str(leg.profile)]), "auto")
            self.database.run(partial(traces.take, leg=leg, file=file, by=deed.by, at=deed.at))

    def scans(
        self, order: Order, slot: Slot, step: Checkpoint, instead: Mapping[str, Scanned | Sequence[Scanned]]
    ) -> list[Scanned]:
        """Return what is scanned for a slot: one code, every container, or nothing where it may lack."""
        if slot.name in instead:
            given = instead[slot.name]
            return [given] if isinstance(given, Scanned) else list(given)
        if slot.optional:
            return []
        if slot.many:
            return [
                self.read_piece(self.piece(order, "container", held.id, slot.piece), linear=False)
                for held in steps.waiting(step, slot, order)
            ]
        return [self.scan_for(order, slot, step)]

    def actor(self, order: Order, step: Checkpoint) -> Deed:
        """Return the deed of the first person who may act at a step."""
        site = order.site(step.site)
        role = next(role for role in step.roles if (role, site) in self.cast)
        taker = order.offer is not None and self.persons[self.cast[role, site][0]] == order.offer.by
        return self.deed(role, site, 1 if taker and len(self.cast[role, site]) > 1 else 0)

    def signers(self, order: Order, step: Checkpoint, deed: Deed) -> list[str]:
        """Return the logins that sign a step: who acts, then others."""
        by_id = {person: login for login, person in self.persons.items()}
        names = [by_id[deed.by.id]]
        for roles in () if step.sign is None else step.sign.by[1:]:
            able = [login for role in sorted(roles) for login in self.cast.get((role, order.site(step.site)), ())]
            names.append(next(login for login in able if login not in names))
        return names

    def auths(self, prepared: Prepared, names: Sequence[str]) -> list[Auth]:
        """Return what each signer gives, in the order of the places: a code where the place asks for one."""
        asks = [place.asks_other for place in prepared.places] + [False] * len(names)
        return [(self.login(name), self.secret, self.code(name) if ask else "") for name, ask in zip(names, asks)]  # noqa: B905  more or fewer signers than places are tried too

    def code(self, name: str) -> str:
        """Return the code that the telephone of a demo login shows now."""
        person, at = self.persons[name], self.clock.now
        return self.database.read(lambda session: factors.code_in_demo(session, person, at))

    def login(self, name: str) -> str:
        """Return the e-mail address that a demo login signs in with."""
        return name if "@" in name else f"{name}@demo.example"

    def said(self, order: Order, name: str) -> dict[str, str]:
        """Return what the persons of a straight road state at a named step."""
        return self.values(order, steps.step_of(protocols.pinned(order.protocol_sha256), order, name))

    def values(self, order: Order, step: Checkpoint) -> dict[str, str]:
        """Return what the persons of a straight road state at a step."""
        said = {}
        for value in step.values:
            match value.type:
                case "date":
                    days = CARD if protocols.pinned(order.protocol_sha256).form == "frozen" else FRESH
                    said[value.name] = (self.clock.now + timedelta(days=days.get(value.name, 3))).date().isoformat()
                case "yes":
                    said[value.name] = "yes"
                case "tail":
                    said[value.name] = (order.coi or "")[-4:]
                case "site":
                    here = order.site("treatment")
                    said[value.name] = (
                        self.other_hospital if here == self.sites["treatment"] else self.sites["treatment"]
                    )
                case "choice" if value.name not in ANSWERS:
                    said[value.name] = value.choices[0]
                case "piece" if value.name == "missing":
                    said[value.name] = self.piece(order, "container", order.searchable()[-1].id, "applied").id
                case "piece":
                    said[value.name] = self.own_piece(order)
                case "identity" | "spoken":
                    continue
                case _:
                    said[value.name] = ANSWERS.get(value.name, "120")
        return said

    def scan_for(self, order: Order, slot: Slot, step: Checkpoint) -> Scanned:
        """Return the right scan for a slot of this order."""
        match slot.klass:
            case "wristband":
                return self.read_piece(self.piece(order, "wristband", None, slot.piece), linear=False)
            case "cassette":
                held = self.container(order, slot, step)
                return self.read_piece(self.piece(order, "cassette", held.id, slot.piece), linear=False)
            case "container":
                held = self.container(order, slot, step)
                return self.read_piece(
                    self.piece(order, "container", held.id, slot.piece), linear=slot.symbol == "linear"
                )
            case "location":
                return self.plain(self.place(order, slot, step))
            case "equipment":
                return self.plain(self.machine(order, slot, step))
            case "kit":
                return self.plain(self.kits[0])
            case "logger":
                shipment = order.shipment()
                return self.plain(shipment.logger if shipment is not None else self.free_logger())
            case klass:
                shipment = order.shipment()
                if shipment is not None:
                    return self.plain(shipment.shipper if klass == "shipper" else shipment.seal)
                return self.plain(self.free_shipper() if klass == "shipper" else self.new_seal())

    def container(self, order: Order, slot: Slot, step: Checkpoint) -> Container:
        """Return the container that waits for a slot, else the order's newest of the slot's kind."""
        return next(iter(steps.waiting(step, slot, order)), order.of_kind(slot.kind or "")[-1])

    def own_piece(self, order: Order) -> str:
        """Return the label number of a final bag, as two persons read it."""
        held = next(c for c in reversed(order.of_kind("drug_product")) if c.live)
        return self.piece(order, "container", held.id, "applied").id

    def machine(self, order: Order, slot: Slot, step: Checkpoint) -> str:
        """Return the machine that stands at the step's site: the one in use, else a free one."""
        used = order.fact(slot.name)
        if used:
            return used
        here = self.machines[slot.name][order.site(step.site)]
        taken = self.database.read(lambda session: store.claims(session, tuple(f"machine {code}" for code in here)))
        return next(code for code in here if taken.get(f"machine {code}", order.id) == order.id)

    def free_logger(self) -> str:
        """Return a logger that travels nowhere."""
        sent = {one.logger for order in self.all_orders() for one in order.shipments if one.is_open}
        return next(code for code in self.loggers if code not in sent)

    def piece(self, order: Order, role: str, container: str | None, state: str) -> Piece:
        """Return the order's live piece for a role and container."""
        found = self.database.read(lambda session: pieces.of_order(session, order.id))
        fitting = [p for p in found if p.role == role and p.container == container and p.state == state]
        if not fitting:
            seen = [(piece.role, piece.container, piece.state) for piece in found]
            raise AssertionError(f"Expected a {state} piece for {role} {container}, seen {seen}.")
        return fitting[-1]

    def place(self, order: Order, slot: Slot, step: Checkpoint) -> str:
        """Return a place for a slot: where the product lies, else a free suite or freezer place."""
        if slot.name == "bench":
            return self.bench(order, step)
        waiting = next((s for s in step.slots if s.klass == "container" and s.kind == "drug_product"), None)
        held = [] if waiting is None else [c.location for c in steps.waiting(step, waiting, order)]
        if held and held[0] is not None:
            return held[0]
        if slot.name == "suite":
            taken = self.database.read(lambda session: store.suites(session, tuple(self.suites)))
            return next(code for code in self.suites if taken.get(code, order.id) == order.id)
        return self.freezers[order.site(step.site)][0]

    def bench(self, order: Order, step: Checkpoint) -> str:
        """Return a bench at the step's site where nobody packs."""
        here = self.benches[order.site(step.site)]
        taken = self.database.read(lambda session: store.claims(session, tuple(f"bench {code}" for code in here)))
        return next(code for code in here if taken.get(f"bench {code}", order.id) == order.id)

    def free_shipper(self) -> str:
        """Return a shipper that carries nothing."""
        busy = self.database.read(lambda session: shipping.busy_shippers(session, tuple(self.shippers)))
        return next(code for code in self.shippers if code not in busy)

    def new_seal(self) -> str:
        """Return a seal nobody has used, from the drawer if there is one."""
        if self.seals:
            return self.seals.pop(0)
        return str(identity.HouseCode.from_random("seal", secrets.token_bytes))

    def plain(self, code: str) -> Scanned:
        """Return the scan of a house code's square symbol."""
        return Scanned(code.encode("ascii"), "]d1", "picture", self.clock(), self.assurance)

    def read_piece(self, piece: Piece, *, linear: bool) -> Scanned:
        """Return what a scanner reads from the picture of a piece that lies in the tray."""
        if piece.id not in self.reads:
            self.reads[piece.id] = {
                scan.aim.startswith("]C"): Scanned(scan.data, scan.aim, scan.source, self.clock(), self.assurance)
                for scan in decode.read(self.picture(piece).read_bytes())
            }
        return replace(self.reads[piece.id][linear], at=self.clock())

    def picture(self, piece: Piece) -> Path:
        """Return the picture of a printed piece."""
        return self.printer.tray / f"{piece.design}-{piece.id}.png"

    def print_queued(self) -> int:
        """Print what is queued."""
        return queue.print_queued(self.database, lambda _site: self.printer, self.clock)

    def entries(self, name: str) -> list[Entry]:
        """Return an order's entries."""
        chain = self.order(name).chain
        return self.database.read(lambda session: ledger.entries(session, chain))

    def all_orders(self) -> tuple[Order, ...]:
        """Return every order of the road's sites, the newest first."""
        sites = tuple(self.sites.values())
        return self.database.read(lambda session: store.at_sites(session, sites, open_only=False))
