"""Every patient, container, checkpoint and wrong thing: nothing wrong is accepted, nothing right is refused.

Each wrong question is the right one with one thing changed, so that a refusal can only come from the change.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from coi.custody.reasons import CONTENTS
from coi.custody.verdict import Accepted, decide
from tests.coi.custody import paper
from tests.coi.custody.detours import ALL, before
from tests.coi.custody.detours import right as at
from tests.coi.custody.paper import PATIENTS, ROADS, codes, foreign, fresh, moment, road, swapped, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from coi.custody.asked import Asked, Item
    from coi.custody.protocol import Slot
    from coi.person import Person
    from tests.evidence import Evidence

Wrong = tuple[str, "Asked", set[str]]
"""What is wrong, the question, and the reason codes of which one at least must be given."""
FORTY = 40
"""Patients of a full run; the things of some of the others, by chance, are held before each checkpoint of each."""
MATERIAL = {"wristband", "container", "cassette"}


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
        if not slot.optional:
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
    yield from other_containers(right)


def other_containers(right: Asked) -> Iterator[Wrong]:
    """Yield the right question with another kind of container of the same order in a slot."""
    for held in right.order.containers:
        for slot in right.checkpoint.slots:
            if slot.klass == "container" and slot.kind != held.kind:
                piece = next((p for p in right.facts.pieces if p.container == held.id and p.role == "container"), None)
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
    if expires and not (right.checkpoint.records_only or right.checkpoint.stops or right.checkpoint.carries):
        yield "expired", replace(right, at=min(expires)), {"expired"}
    offer = right.order.offer
    if "offered_to_us" in right.checkpoint.checks and offer is not None:
        yield "the giver takes", replace(right, by=replace(right.by, id=offer.by)), {"giver_takes"}
        withdrawn = replace(right, order=replace(right.order, offers=()))
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
    """Over forty patients and every checkpoint no wrong question is accepted and no right one is refused."""
    chance = evidence.random()
    for number in range(evidence.size(2, FORTY)):
        for form, step in ALL:
            right, signed = at(form, step, number).asked, at(form, step, number).signed
            fresh = before(form, step, number).fresh(right)
            for question in (right, signed):
                verdict = decide(question, fresh)
                assert isinstance(verdict, Accepted), (number, step, verdict)
                assert not verdict.quarantine, (number, step, verdict)
                evidence.count("right questions accepted")
            others = range(2) if not evidence.full else chance.sample(range(FORTY), PATIENTS)
            for what, question, wanted in (*wrong_scans(number, right, others), *wrong_frames(right, signed)):
                verdict = decide(question, fresh)
                said = codes(verdict)
                assert said & wanted, (number, step, what, said)
                if isinstance(verdict, Accepted):
                    assert question.checkpoint.quarantine, (number, step, what)
                    assert said <= CONTENTS, (number, step, what, said)
                    evidence.count("received into quarantine")
                else:
                    evidence.count("wrong questions refused")


@pytest.mark.parametrize("form", ROADS)
def test_each_step_is_accepted_at_its_own_moment_only(form: str) -> None:
    """Of all steps of the road at all its moments, those are accepted whose turn it is, and those that repeat."""
    for here in ROADS[form]:
        for step in ROADS[form]:
            question = replace(moment(step, form=form).asked, order=moment(here, form=form).asked.order)
            accepted = isinstance(decide(question, fresh(step, form=form)), Accepted)

            if here == step:
                assert accepted, step
            elif accepted:  # a deed that repeats, asked with the very same scans at a later or earlier moment
                assert question.checkpoint.repeat, (here, step)
                assert question.order.state in question.checkpoint.states


@pytest.mark.parametrize("form", ROADS)
def test_a_step_that_was_done_is_not_done_again(form: str) -> None:
    """Right after a step the same right scans are refused, unless nothing moves by them."""
    for step, after in pairwise(ROADS[form]):
        right = moment(step, form=form).asked
        order = moment(after, form=form).asked.order
        items = tuple(
            item if item.container is None else replace(item, container=order.container(item.container.id))
            for item in right.facts.items
        )
        question = replace(right, order=order, facts=replace(right.facts, items=items))
        verdict = decide(question, fresh(step, form=form))

        moves = {"container", "custody", "offer", "ship", "certify"} & {each["do"] for each in right.checkpoint.effects}
        if moves or not right.checkpoint.repeat:
            assert codes(verdict) & {"already_done", "not_now", "offer_open", "wrong_state", "not_offered"}, step
            assert not isinstance(verdict, Accepted), step


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
