"""Thousands of histories by chance: the rules of the product against a second telling of custody, deed by deed.

The machine does right and wrong deeds through ``decide`` and ``fold`` alone. ``model.Custody`` knows none of their
code: whatever is accepted must be free of its objections, and after each deed both tell the same of every container.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, seed, settings, strategies
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from coi.custody import fold
from coi.custody.reasons import CONTENTS
from coi.custody.steps import open_for
from coi.custody.verdict import Accepted, decide
from coi.quality.holds import Hold
from tests.coi.custody import model, paper, trade
from tests.coi.custody.paper import ROADS
from tests.evidence import in_parts

if TYPE_CHECKING:
    from coi.custody.asked import Asked, Item
    from coi.custody.protocol import Checkpoint
    from tests.evidence import Evidence

COUNTED: Counter[str] = Counter()
STEPS: Counter[str] = Counter()
WRONG_FIRST = 0.15
"""How often somebody who goes along the road does everything wrong before the right deed."""
NUMBERS = strategies.integers(0, 10**6)
ENDINGS = frozenset({"x_cancel", "x_withdraw", "x_deceased", "x_fail", "h11_reject", "x_recollect"})
"""Steps after which an order goes no further: done less often than the others beside the road."""
FAULTS = (
    "another's", "missing", "unreadable", "dead", "typed", "wrong site", "station elsewhere", "same person twice",
    "not held here", "another of ours", "not offered", "the giver takes",
)  # fmt: skip


class Histories(RuleBasedStateMachine):
    """One patient's order, carried by chance."""

    paper: paper.Paper
    told: model.Custody
    holds: tuple[Hold, ...] = ()
    bags: str = "1"
    chance: random.Random

    @initialize(form=strategies.sampled_from(sorted(ROADS)), bags=strategies.sampled_from("12"), far=NUMBERS)
    def begin(self, form: str, bags: str, far: int) -> None:
        """Open an order, and carry it some way along its road."""
        self.paper, self.bags = paper.draft(0, form), bags
        finished = "CRYOPRESERVED" if form == "frozen" else "FINISHED"
        sites = {part: paper.SITES[part] for part, _ in self.paper.order.sites}
        self.told = model.Custody(form == "frozen", sites, finished)
        self.chance = random.Random(far)
        for _ in range(self.chance.randrange(60)):
            self.forward()
        COUNTED["histories"] += 1

    @rule(times=strategies.integers(1, 8))
    def along(self, times: int) -> None:
        """Go along the road."""
        for _ in range(times):
            self.forward()

    @rule(number=NUMBERS)
    def beside(self, number: int) -> None:
        """Do one of the steps beside the road that stand open."""
        ends = ENDINGS if number % 5 else ()
        open_ = [step for step in open_for(self.paper.protocol, self.paper.order) if step.side and step.id not in ends]
        if open_:
            self.attempt(open_[number % len(open_)], number)

    @rule(number=NUMBERS)
    def anything(self, number: int) -> None:
        """Do some steps of the protocol, whether their time has come or not."""
        steps = self.paper.protocol.checkpoints
        for place in range(5):
            self.attempt(steps[(number + place * 17) % len(steps)], number)

    @rule(number=NUMBERS)
    def wrongly(self, number: int) -> None:
        """Do the road's open steps and one beside it with one thing wrong after the other: none is accepted."""
        open_ = open_for(self.paper.protocol, self.paper.order)
        road = [step for step in open_ if not step.side]
        for step in (*road[-3:], *open_[number % (len(open_) + 1) :][:1]):
            self.spoil(step, number)

    @rule(number=NUMBERS)
    def hold(self, number: int) -> None:
        """Hold the whole order, or one of its containers."""
        order = self.paper.order
        named = [(), *((held.id,) for held in order.containers)][number % (1 + len(order.containers))]
        at = self.paper.at
        self.holds += (Hold(f"H{len(self.holds)}", order.id, "quality", "damage_seen", named, "S-MFG", at),)
        self.told.holds.append(frozenset(named))

    @precondition(lambda self: self.holds)
    @rule()
    def lift(self) -> None:
        """Lift every hold."""
        self.holds = ()
        self.told.holds.clear()

    @precondition(lambda self: self.paper.order.offers)
    @rule()
    def decline(self) -> None:
        """Decline what is held out: it stays with who has it."""
        offer = self.paper.order.offers[0]
        effects = [{"do": "decline", "containers": list(offer.containers)}]
        order = fold.fold(self.paper.order, effects, by="P-x", at=self.paper.at)
        self.paper = replace(self.paper, order=order)
        self.told.decline(offer.containers)
        COUNTED["offers declined"] += 1

    @rule(minutes=strategies.sampled_from((1, 30, 59, 60, 61, 24 * 60, 90 * 60)))
    def wait(self, minutes: int) -> None:
        """Let time pass: a thaw runs out, a bag expires."""
        self.paper = replace(self.paper, at=self.paper.at + timedelta(minutes=minutes))

    @invariant()
    def both_tell_the_same(self) -> None:
        """Of every container: its state, the one who holds it, and to whom it is held out."""
        if not hasattr(self, "paper"):
            return
        order, told = self.paper.order, self.told
        seen = {
            held.id: (held.kind, held.state, held.custodian, None if (o := order.offered(held.id)) is None else o.to)
            for held in order.containers
        }
        wanted = {
            name: (thing.kind, thing.state, thing.holder, thing.offered and thing.offered[0])
            for name, thing in told.things.items()
        }
        assert seen == wanted
        assert order.state == told.at
        assert frozenset(() if order.certificate is None else order.certificate.containers) == told.released
        assert all(sum(name in offer.containers for offer in order.offers) <= 1 for name in told.things)
        for thing in told.things.values():
            begun = thing.state != "registered" or thing.kind != trade.BAG
            assert not (begun and thing.live) or thing.holder is not None
        given = {name for name, thing in told.things.items() if thing.state == "administered" and not thing.verified}
        assert given <= told.unverified
        assert (order.fact("infused_without_verification") == "yes") == bool(told.unverified)

    def forward(self) -> None:
        """Do the furthest step of the road that stands open and is accepted."""
        for step in reversed(open_for(self.paper.protocol, self.paper.order)):
            if not step.side and self.chance.random() < WRONG_FIRST:
                self.spoil(step, self.chance.randrange(10**6))
            if not step.side and self.attempt(step, 0) == "accepted" and _moves(step):
                return

    def spoil(self, step: Checkpoint, number: int) -> None:
        """Do a step with each fault, one after the other."""
        for fault in FAULTS:
            self.attempt(step, number, fault)

    def attempt(self, step: Checkpoint, number: int, fault: str = "") -> str:
        """Ask for a step, right or with a fault; hold the answer against the second telling, and carry it out."""
        values = {"bags": self.bags} if any(value.name == "bags" for value in step.values) else {}
        right = self.paper.at_step(step, **values).signed
        asked = replace(right, facts=replace(right.facts, holds=self.holds))
        wrong = spoiled(asked, fault, random.Random(number)) if fault else asked
        if wrong is None:
            return "no such fault here"
        fresh = self.paper.fresh(wrong)
        verdict = decide(wrong, fresh)
        if not isinstance(verdict, Accepted):
            COUNTED["wrong deeds refused" if fault else "deeds refused"] += 1
            return "refused"
        act = act_of(wrong, fresh)
        why = list(self.told.objections(act, quarantine=bool(verdict.quarantine)))
        assert not why, (step.id, why)
        if fault:
            assert step.quarantine, (step.id, fault)
            assert verdict.quarantine, (step.id, fault)
            assert {reason.code for reason in verdict.quarantine} <= CONTENTS, (step.id, fault, verdict.quarantine)
        self.told.apply(act)
        self.paper = self.paper.after(wrong, verdict)
        STEPS[step.id] += 1
        COUNTED["received into quarantine" if verdict.quarantine else "deeds accepted"] += 1
        if verdict.quarantine:
            self.hold(0)
        return "accepted"


def _moves(step: Checkpoint) -> bool:
    return step.id not in {"h9_sample_print", "h14_band_print", "h14_band", "h5_bench", "h12_bench"}


def act_of(asked: Asked, fresh: dict[str, str]) -> model.Act:
    """Tell a question as what people do: who, when, with which things in hand."""
    own = [item for item in asked.facts.items if item.whose == "own" and item.container is not None]
    items = asked.facts.items
    return model.Act(
        step=asked.checkpoint.id,
        by=asked.by.id,
        at=asked.at,
        things=tuple(dict.fromkeys(item.container.id for item in own if item.container is not None)),
        box=next((item.code for item in items if item.klass == "shipper"), asked.facts.values.get("new_site", "")),
        seen=min((item.at for item in items), default=asked.at),
        new=tuple(name for key, name in fresh.items() if key.partition(".")[0] == "container"),
        wristband=any(item.klass == "wristband" and item.whose == "own" for item in items),
        bars=frozenset(item.container.id for item in own if item.linear and item.container is not None),
        signers=tuple(person.id for person in asked.facts.signers),
    )


def spoiled(asked: Asked, fault: str, chance: random.Random) -> Asked | None:
    """Return the question with one thing wrong, or None where it cannot go wrong so."""
    facts, items = asked.facts, asked.facts.items
    wanted = {slot.klass for slot in asked.checkpoint.slots if not slot.optional}
    labelled = [item for item in items if item.piece is not None and item.klass in wanted]
    match fault:
        case "wrong site":
            return replace(asked, facts=replace(facts, site="S-ELSEWHERE"))
        case "same person twice":
            by = facts.signers
            return replace(asked, facts=replace(facts, signers=(by[0],) * len(by))) if len(by) > 1 else None
        case "station elsewhere":
            return replace(asked, facts=replace(facts, device_site="S-ELSEWHERE")) if items else None
        case "not held here":
            if not labelled or asked.checkpoint.takes:
                return None
            away = tuple(replace(held, custodian="S-ELSEWHERE") for held in asked.order.containers)
            order = replace(asked.order, containers=away)
            moved = tuple(
                i if i.container is None else replace(i, container=order.container(i.container.id)) for i in items
            )
            held = any(item.container is not None and item.container.live for item in labelled)  # lost is nobody's
            return replace(asked, order=order, facts=replace(facts, items=moved)) if held else None
        case "not offered":
            return replace(asked, order=replace(asked.order, offers=())) if asked.checkpoint.takes else None
        case "the giver takes":
            giver = asked.order.offer
            taken = giver is not None and asked.checkpoint.takes
            return replace(asked, by=replace(asked.by, id=giver.by)) if taken and giver is not None else None
        case "another of ours":
            return _another_of_ours(asked)
        case _:
            pass  # a fault of one scan: below
    if not labelled:
        return None
    item = chance.choice(labelled)
    others = [piece for piece in paper.road(1)[2] if piece.role == item.klass]
    bad: tuple[Item, ...] = {
        "another's": (paper.foreign(chance.choice(others), item.at, linear=item.linear),) if others else (),
        "missing": (),
        "unreadable": (paper.unreadable(item.at),),
        "dead": (replace(item, piece=replace(item.piece, state="voided")),),  # type: ignore[type-var]  # labelled
        "typed": (replace(item, assurance="keyed"),),
    }[fault]
    place = items.index(item)
    return replace(asked, facts=replace(facts, items=(*items[:place], *bad, *items[place + 1 :])))


def _another_of_ours(asked: Asked) -> Asked | None:
    """Return the question with a container in hand that stands in a state which the step does not take up."""
    for slot in (slot for slot in asked.checkpoint.slots if slot.klass == "container"):
        for held in asked.order.of_kind(slot.kind or ""):
            mine = [piece for piece in asked.facts.pieces if piece.container == held.id and piece.role == "container"]
            if mine and slot.states and not any(held.state in other.states for other in asked.checkpoint.slots):
                piece = replace(mine[-1], state=slot.piece)
                item = paper.own(piece, asked.order, asked.at - timedelta(seconds=5), linear=slot.symbol == "linear")
                return paper.swapped(asked, slot.name, item)
    return None


@pytest.mark.long("custody")
@in_parts(20)
def test_no_history_tells_two_stories_of_custody(part: int, evidence: Evidence) -> None:
    """Over random histories of right and wrong deeds, nothing is accepted to which a second telling objects."""
    COUNTED.clear()
    STEPS.clear()
    form = settings(
        max_examples=evidence.share(60, 2000), stateful_step_count=evidence.size(25, 50), deadline=None, database=None,
        phases=(Phase.generate,), suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    machine = seed(evidence.seed + part)(Histories)
    run_state_machine_as_test(machine, settings=form)
    for name, times in sorted(COUNTED.items()):
        evidence.count(name, times)
    evidence.figure("different steps accepted", len(STEPS))
    assert COUNTED["deeds accepted"] > COUNTED["histories"]
    assert COUNTED["wrong deeds refused"] > COUNTED["histories"]
