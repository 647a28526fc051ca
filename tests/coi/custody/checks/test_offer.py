"""A handoff has two sides and two persons."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coi.custody.checks import offer
from coi.custody.order import Offer
from coi.custody.reasons import Reason
from tests.coi.custody.detours import question, those
from tests.coi.custody.paper import BEGAN, changed

OFFERING = those(lambda step: "no_open_offer" in step.checks)
TAKING = those(lambda step: step.takes)


@pytest.mark.parametrize(("form", "step"), OFFERING)
def test_custody_is_offered_to_one_at_a_time(form: str, step: str) -> None:
    """An open offer of what is meant is taken or declined first; another's container is not in the way."""
    right = question(form, step)
    moved = tuple(held.id for held in right.containers())
    mine, other = Offer("S-X", "P-1", BEGAN, moved), Offer("S-Y", "P-1", BEGAN, ("C-other",))

    assert offer.no_open_offer(right) == ()
    assert offer.no_open_offer(changed(right, offers=(other, mine))) == (
        Reason("offer_open", expected="no open offer", seen="offered to S-X"),
    )
    assert offer.no_open_offer(changed(right, offers=(other,))) == ()


@pytest.mark.parametrize(("form", "step"), OFFERING)
def test_nothing_is_not_offered(form: str, step: str) -> None:
    """Where there is no container to hand over there is no handoff."""
    empty = changed(question(form, step, items=()), containers=(), shipments=())

    assert offer.no_open_offer(empty) == (Reason("no_shipment", expected="something to hand over", seen="nothing"),)


@pytest.mark.parametrize(("form", "step"), TAKING)
def test_custody_is_taken_by_whom_it_was_offered_to(form: str, step: str) -> None:
    """No offer, an offer to somebody else, or the giver's own hand: refused."""
    right = question(form, step)
    here, given = right.expected_point, right.order.offer
    assert given is not None

    assert offer.offered_to_us(right) == ()
    assert offer.offered_to_us(changed(right, offers=())) == (Reason("not_offered", expected=here, seen="no offer"),)
    assert offer.offered_to_us(changed(right, offers=(replace(given, containers=()),))) == (
        Reason("not_offered", expected=here, seen="no offer"),
    )
    assert offer.offered_to_us(changed(right, offers=(replace(given, to="S-X"),))) == (
        Reason("not_offered", expected="S-X", seen=here),
    )
    assert offer.offered_to_us(replace(right, by=replace(right.by, id=given.by))) == (
        Reason("giver_takes", expected="another person than the giver", seen="the giver"),
    )


def test_of_several_containers_each_was_offered() -> None:
    """One that nobody offered refuses them all; two of one offer to somebody else are one reason."""
    right = question("hospital", "h13_receive")
    held = right.containers()[0]
    other = replace(held, id="C-2")
    item = replace(right.facts.items[0], container=other, code="OTHER")
    given = right.order.offers[0]
    both = changed(
        replace(right, facts=replace(right.facts, items=(*right.facts.items, item))),
        containers=(*right.order.containers, other),
    )
    wider = changed(both, offers=(replace(given, to="S-X", containers=(held.id, other.id)),))

    assert offer.offered_to_us(both) == (Reason("not_offered", expected="S-TRT/lab", seen="no offer"),)
    assert offer.offered_to_us(wider) == (Reason("not_offered", expected="S-X", seen="S-TRT/lab"),)


def test_nothing_is_not_taken() -> None:
    """Without a container there is nothing that was offered."""
    right = question("hospital", "h13_receive", items=())

    assert offer.offered_to_us(changed(right, containers=())) == (
        Reason("not_offered", expected="S-TRT/lab", seen="no offer"),
    )
