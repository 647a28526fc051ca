"""Every patient, container, checkpoint and wrong thing: nothing wrong is accepted, nothing right is refused.

Each wrong question is the right one with one thing changed, so that a refusal can only come from the change.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from coi.custody.reasons import CONTENTS
from coi.custody.verdict import Accepted, decide
from tests.coi.custody import paper
from tests.coi.custody.paper import PATIENTS, STEPS, codes, foreign, fresh, moment, road, swapped, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from coi.custody.asked import Asked, Item
    from coi.custody.protocol import Slot
    from coi.person import Person
    from tests.evidence import Evidence

Wrong = tuple[str, "Asked", set[str]]
"""What is wrong, the question, and the reason codes of which one at least must be given."""
MATERIAL = {"wristband", "container"}


def of_others(number: int, at_item: Item, slot: Slot, others: Iterable[int]) -> Iterator[Item]:
    """Yield every piece of every other patient, as this order would see it, in the class of the slot or in any."""
    for other in others:
        if other != number:
            for piece in road(other)[2]:
                yield foreign(piece, at_item.at, linear=slot.symbol == "linear")


def wrong_scans(number: int, right: Asked, others: Iterable[int] = range(PATIENTS)) -> Iterator[Wrong]:
    """Yield the right question with one scan wrong: another's, two at once, none, unreadable, dead, typed."""
    for slot in right.checkpoint.slots:
        item = paper.scanned(right, slot.name)
        if slot.klass in MATERIAL:
            for theirs in of_others(number, item, slot, others):
                yield "another's", swapped(right, slot.name, theirs), {"other_order"}
                yield "two at once", swapped(right, slot.name, item, theirs), {"other_order"}
        else:
            theirs = replace(item, whose="other", code="", tail="T999", equipment=None, foreign_order="O-9")
            yield "another's", swapped(right, slot.name, theirs), {"other_order"}
            yield "two at once", swapped(right, slot.name, item, replace(item, code=f"{item.code}9")), {"two_in_view"}
        yield "none", swapped(right, slot.name), {"missing"}
        yield "unreadable", swapped(right, slot.name, unreadable(item.at)), {"unreadable"}
        yield "unreadable beside", swapped(right, slot.name, item, unreadable(item.at)), {"unreadable"}
        yield "typed", swapped(right, slot.name, replace(item, assurance="keyed")), {"keyed"}
        if item.piece is not None:
            for state in ("voided", "spoiled", "uncertain", "intended"):
                dead = replace(item, piece=replace(item.piece, state=state))
                yield "dead", swapped(right, slot.name, dead), {"dead_piece"}
            other = {"printed": "applied", "applied": "printed"}[slot.piece]
            early = replace(item, piece=replace(item.piece, state=other))
            yield "label's state", swapped(right, slot.name, early), {"not_applied", "already_applied"}
            lying = replace(item, differs=(("coi", "COI-0", "COI-1"),))
            yield "contents differ", swapped(right, slot.name, lying), {"contents_differ"}
    for held in right.order.containers:
        for slot in right.checkpoint.slots:
            if slot.klass == "container" and slot.kind != held.kind:
                piece = next((p for p in right.facts.pieces if p.container == held.id), None)
                if piece is not None:
                    mine = paper.own(piece, right.order, right.at, linear=slot.symbol == "linear")
                    yield "another own container", swapped(right, slot.name, mine), {"wrong_container", "missing"}


def wrong_frames(right: Asked, signed: Asked) -> Iterator[Wrong]:
    """Yield the right scans by the wrong person, at the wrong site, too late, or signed wrongly."""
    for role, site in paper.SITES.items():
        if site != right.facts.site:
            yield "wrong site", replace(right, facts=replace(right.facts, site=site)), {"wrong_site"}
            stranger = paper.person(right.checkpoint.roles[0], site)
            yield f"role of {role}", replace(right, by=stranger), {"role"}
    yield "inactive", replace(right, by=replace(right.by, active=False)), {"role"}
    yield "untrained", replace(right, at=paper.TRAINED), {"untrained"}
    if right.facts.items:
        for state in ("proposed", "suspended", "retired", None):
            yield "station", replace(right, facts=replace(right.facts, device_state=state)), {"no_device"}
        elsewhere = replace(right.facts, device_site="S-ELSEWHERE")
        yield "station elsewhere", replace(right, facts=elsewhere), {"no_device"}
    expires = [held.expires for held in right.containers() if held.expires is not None]
    if expires and not right.checkpoint.records_only:
        yield "expired", replace(right, at=min(expires)), {"expired"}
    offer = right.order.offer
    if "offered_to_us" in right.checkpoint.checks and offer is not None:
        yield "the giver takes", replace(right, by=replace(right.by, id=offer.by)), {"giver_takes"}
        withdrawn = replace(right, order=replace(right.order, offer=None))
        yield "no offer", withdrawn, {"not_offered"}
    signing = right.checkpoint.sign
    if signing is not None:
        signers = signed.facts.signers
        stranger = paper.person("inspector", right.facts.site, 9)
        yield "strangers sign", _signed(right, *(stranger for _ in signers)), {"signer_role", "same_person"}
        yield "one too many", _signed(right, *signers, stranger), {"signer_missing"}
        if len(signers) > 1:
            yield "same person twice", _signed(right, *(signers[0] for _ in signers)), {"same_person"}
            yield "one too few", _signed(right, *signers[1:]), {"signer_missing"}
            yield "not who acts", _signed(right, *reversed(signers)), {"signer_role"}


def _signed(right: Asked, *signers: Person) -> Asked:
    return replace(right, facts=replace(right.facts, signers=signers))


@pytest.mark.long("custody")
def test_nothing_wrong_is_accepted_and_nothing_right_refused(evidence: Evidence) -> None:
    """Over six patients and every checkpoint no wrong question is accepted and no right one is refused."""
    for number in range(PATIENTS):
        for step in STEPS:
            right, signed = moment(step, number).asked, moment(step, number).signed
            for question in (right, signed):
                verdict = decide(question, fresh(step, number))
                assert isinstance(verdict, Accepted), (number, step, verdict)
                assert not verdict.quarantine, (number, step, verdict)
                evidence.count("right questions accepted")
            for what, question, wanted in (*wrong_scans(number, right), *wrong_frames(right, signed)):
                verdict = decide(question, fresh(step, number))
                said = codes(verdict)
                assert said & wanted, (number, step, what, said)
                if isinstance(verdict, Accepted):
                    assert question.checkpoint.quarantine, (number, step, what)
                    assert said <= CONTENTS, (number, step, what, said)
                    evidence.count("received into quarantine")
                else:
                    evidence.count("wrong questions refused")


def test_each_step_is_accepted_at_its_own_moment_only() -> None:
    """Of all checkpoints at all moments of the road, exactly those are accepted whose turn it is."""
    seen: Counter[bool] = Counter()
    for here in STEPS:
        for step in STEPS:
            question = replace(moment(step).asked, order=moment(here).asked.order)
            accepted = isinstance(decide(question, fresh(step)), Accepted)

            assert (here == step) == accepted, (here, step)
            seen[accepted] += 1
    assert {True: len(STEPS), False: len(STEPS) * (len(STEPS) - 1)} == seen


def test_a_step_that_was_done_is_not_done_again() -> None:
    """Right after a step the same right scans are refused."""
    for step, after in pairwise(STEPS):
        question = replace(moment(step).asked, order=moment(after).asked.order)

        assert codes(decide(question, fresh(step))) & {"already_done", "not_now", "offer_open"}, step


def test_an_hour_after_the_thaw_no_infusion_starts() -> None:
    """Up to the last second before the limit the bedside check passes, at the limit it does not."""
    question = moment("h16_start").asked
    began = question.order.thaw_began
    assert began is not None
    over = began + timedelta(minutes=paper.PROTOCOL.limits["thaw_to_infusion_min"])
    items = tuple(replace(item, at=over - timedelta(seconds=20)) for item in question.facts.items)
    question = replace(question, facts=replace(question.facts, items=items))

    assert isinstance(decide(replace(question, at=over - timedelta(seconds=1)), {}), Accepted)
    assert codes(decide(replace(question, at=over), {})) == {"thaw_over"}
