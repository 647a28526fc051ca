"""Somebody who wanders: any lawful step, on the road or beside it, until the order is reconciled.

A wanderer chooses by chance among the steps that stand open, does each as its people would, and never gives up: where
nothing leads on, the road has a dead end, and the test that sent it has found one. It knows what people know (a failed
result is not released, what is held waits for quality), and nothing of the rules.

Labels are not drawn here: what a code says is taken from what was to be printed. Drawing and reading them is for
other tests, and ten thousand journeys want to be walked.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import labels
from coi import identity
from coi.custody import protocol_register as protocols
from coi.custody import steps
from coi.custody.order import STOPPED
from coi.custody.reading import Scanned
from coi.demo import seed
from coi.demo.road import Road
from coi.labelling import queue
from coi.labelling import store as pieces
from coi.labelling.drawing import payload, symbology
from coi.labelling.pieces import unaccounted
from tests.world import World

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

    from coi.custody.deed import Done
    from coi.custody.order import Order
    from coi.custody.orders import PatientFacts
    from coi.custody.protocol import Checkpoint
    from coi.labelling.drawing import LabelFacts
    from coi.labelling.pieces import Piece
    from labels.printers import Printer

CHEERFUL = 0.12
"""How often somebody leaves the road where it can be left."""
ENDS = frozenset({"x_cancel", "x_withdraw", "x_deceased"})
WASTE = "x_destroy_"
MOST_ASIDE = 6
"""How often one order leaves the road; then it is carried to its end."""
MOST_STEPS = 400


@dataclass(slots=True)
class QuickRoad(Road):
    """A road whose labels are never drawn: each code is read from what was to be printed."""

    facts: dict[str, LabelFacts] = field(default_factory=dict)

    def print_queued(self) -> int:
        """Tell every queued label as printed."""
        return queue.print_queued(self.database, lambda _site: self.printer, self.clock, self.send)

    def send(self, _printer: Printer, facts: LabelFacts) -> tuple[str, str]:
        """Remember what a label says."""
        self.facts[facts.piece] = facts
        return "printed", ""

    def read_piece(self, piece: Piece, *, linear: bool) -> Scanned:
        """Return what a scanner would read from the label."""
        facts = self.facts[piece.id]
        if linear:
            return Scanned(
                str(identity.PieceId.parse(piece.id)).encode(), "]C0", "picture", self.clock(), self.assurance
            )
        return Scanned(payload(facts), labels.AIM[symbology(facts)], "picture", self.clock(), self.assurance)


def quick(world: World) -> World:
    """Return a world on a quick road."""
    road = world.road
    known = {name: getattr(road, name) for name in Road.__dataclass_fields__}
    return World(world.database, QuickRoad(**known))


@dataclass(slots=True)
class Wanderer:
    """One journey by chance."""

    world: World
    random: random.Random
    name: str = ""
    number: int = 0
    aside: int = 0
    walked: list[str] = field(default_factory=list)

    def order(self) -> Order:
        """Return the order as it stands."""
        return self.world.road.order(self.name)

    def walk(self, product: str, number: int) -> Order:
        """Open an order and wander until it is reconciled."""
        self.number = number
        self.name = self.world.road.open(patient(number), product)
        while self.order().state != "RECONCILED":
            assert len(self.walked) < MOST_STEPS, self.walked
            self.step()
        return self.order()

    def step(self) -> None:
        """Do one step that stands open; where none leads on, this is a dead end."""
        order = self.order()
        choice = self.choose(order)
        assert choice is not None, (
            "a dead end",
            order.state,
            [(c.kind, c.state) for c in order.containers],
            self.walked,
        )
        done = self.world.road.do(self.name, choice.id, patient=patient(self.number), values=self.values(order, choice))
        self.walked.append(choice.id)
        assert done.outcome in {"accepted", "quarantined"}, (choice.id, done.reasons, self.walked)
        self.after(done)

    def after(self, done: Done) -> None:
        """Let quality lift what it holds; holds are lawful, and have their way out."""
        if done.holds or done.outcome == "quarantined":
            self.world.lift_holds()

    def choose(self, order: Order) -> Checkpoint | None:
        """Choose the next step: mostly the road's own, sometimes one beside it."""
        protocol = protocols.pinned(order.protocol_sha256)
        open_ = [step for step in steps.open_for(protocol, order) if self.sensible(order, step)]
        road = [step for step in open_ if not step.side and not _idle(order, step)]
        beside = [step for step in open_ if step.side]
        if order.state in STOPPED:
            return self.clear_up(order, open_)
        begun = [step for step in beside if _follows(order, step, beside)]
        if begun and self.random.random() < 1 - CHEERFUL:
            return self.random.choice(begun)
        if beside and self.aside < MOST_ASIDE and self.random.random() < CHEERFUL:
            self.aside += 1
            return self.random.choice(beside)
        # the last that stands open is the furthest along the road: labels printed twice lead nowhere
        return road[-1] if road else (self.random.choice(begun or beside) if begun or beside else None)

    def clear_up(self, order: Order, open_: list[Checkpoint]) -> Checkpoint | None:
        """Lead a stopped order to its end: found, made again, collected again, or destroyed, returned and closed."""
        by_id = {step.id: step for step in open_}
        if any(step.id.startswith("x_unused") and self.has_unused(order, step) for step in open_):
            return next(step for step in open_ if step.id.startswith("x_unused") and self.has_unused(order, step))
        if not any(c.live for c in order.containers) and "x_close" in by_id:
            return by_id["x_close"]
        again = [by_id[name] for name in ("x_found", "x_remake", "x_recollect") if name in by_id]
        if again and self.aside < MOST_ASIDE:
            self.aside += 1
            return self.random.choice(again)
        for back in ("x_found", "h6_pickup", "h6_onward"):
            if back in by_id:
                return by_id[back]
        moving = [step for step in open_ if step.id.startswith(("r_", "h5_unpack", "h12_unpack", "h17_"))]
        waste = [step for step in open_ if step.id.startswith(WASTE)]
        unused = [step for step in open_ if step.id.startswith("x_unused") and self.has_unused(order, step)]
        for ways in (unused, waste, [step for step in moving if step.id != "r_bench"], moving):
            if ways:
                return self.random.choice(ways)
        return by_id.get("x_close") or by_id.get("x_cancel")

    def has_unused(self, order: Order, step: Checkpoint) -> bool:
        """Say whether labels lie about that a step would destroy."""
        kinds = next(set(effect["kinds"]) for effect in step.effects if effect["do"] == "unused")
        empty = any(c.state == "registered" and c.kind in kinds for c in order.containers)
        known = self.world.database.read(lambda session: pieces.of_order(session, order.id))
        bands = [p for p in known if p.role == "wristband" and not p.accounted]
        things = {c.id for c in order.containers if c.kind in kinds}
        dead = [p for p in known if p.state == "voided" and not p.accounted and p.container in things]
        return empty or bool(dead) or ("wristband" in kinds and bool(bands))

    def adds_up(self, order: Order) -> bool:
        """Say whether the fate of every label is known."""
        return not unaccounted(self.world.database.read(lambda session: pieces.of_order(session, order.id)))

    def sensible(self, order: Order, step: Checkpoint) -> bool:  # noqa: C901, PLR0911, PLR0912  one case a step
        """Say whether people would try this now: what they know without asking the service."""
        if "certificate" in step.checks and order.certificate is None:
            return False
        match step.id:
            case "h11_release" | "h11_again":
                left = any(c.filled and c.key("lot") == order.lot for c in order.of_kind("drug_product"))
                return left and order.fact("qc_result") == "pass" and order.certificate is None
            case "h14_condition" | "h14_ready" if not all(c.live for c in order.dose()) or not order.dose():
                return False
            case "h11_oos_request" | "h11_oos_risk" | "h11_oos_release":
                return order.fact("qc_result") == "fail" and order.certificate is None
            case "h11_qc":
                own = [c for c in order.of_kind("sample") if c.key("lot") == order.lot]
                return bool(own) and all(c.state == "tested" for c in own)
            case "h10_close":
                return not any(c.state == "registered" for c in order.containers if c.kind != "starting_material")
            case "h11_revoke":
                return order.certificate is not None
            case "x_change_site":
                return not any(c.live and (c.custodian or "").startswith(order.site("treatment")) for c in order.dose())
            case "h16_unverified":
                return False
            case "x_recollect" | "h4_another_day":
                if any(c.state == "registered" and c.kind != "starting_material" for c in order.containers):
                    return False
                return not order.offers and not any(shipment.is_open for shipment in order.shipments)
            case "h11_reject":
                return order.certificate is None
            case "h12_offer" | "h12_pack":
                ready = [c for c in order.dose() if c.state in {"retrieved", "sealed"}]
                return order.certificate is not None and len(ready) == len(order.dose())
            case "r_restock" | "h14_condition" | "h14_ready" | "h13_store" | "h12_pick" | "h12_accept":
                return order.certificate is not None
            case "h17_reconcile" | "x_close":
                return not any(c.live for c in order.containers) and self.adds_up(order)
            case "x_written_off" if "missing_named" in step.checks:
                return False  # nobody loses anything in the house here: test_turned_up and test_loops do
            case _ if step.id.startswith("x_unused"):
                return order.state in STOPPED or self.has_unused(order, step)
            case _ if step.id.startswith("r9_"):
                return False
            case _:
                return True

    def values(self, order: Order, step: Checkpoint) -> Mapping[str, str] | None:
        """Return what is stated: now and then two bags, now and then a failed sample."""
        said = self.world.road.values(order, step)
        if "bags" in said and self.random.random() < 0.3:
            said["bags"] = "2"
        if step.id == "h11_qc" and order.fact("sample_result") == "fail":
            said["qc_result"] = "fail"
        if step.id == "h11_test" and self.random.random() < 0.1:
            said["sample_result"] = "fail"
        return said


def patient(number: int) -> PatientFacts:
    """Return one of as many invented patients as anybody wants."""
    known = seed.patient(number % 9)
    return replace(known, record_number=f"{500000 + number}")


def _idle(order: Order, step: Checkpoint) -> bool:
    """Say whether a step of the road may be repeated, and has no more to do."""
    if order.did(step.id) is None:
        return False
    return step.id in {"h9_sample_print", "h14_band_print", "h14_band", "h5_bench", "h12_bench"}


def _follows(order: Order, step: Checkpoint, beside: list[Checkpoint]) -> bool:
    """Say whether a step beside the road goes on with one that was begun there."""
    return step.id in BEGUN and step in beside and bool(order.done)


BEGUN = frozenset(
    {
        "h6_accept", "h6_onward", "h6_pickup", "h9_split", "r_pack", "r_offer", "r_accept", "r_deliver", "r_receive",
        "r_receive_bag", "r_restock", "h17_resume",
    }
)  # fmt: skip
"""Steps that go on with what was begun beside the road."""
