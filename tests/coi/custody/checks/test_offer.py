"""A handoff has two sides and two persons."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coi.custody.checks import offer
from coi.custody.order import Offer
from coi.custody.reasons import Reason
from tests.coi.custody.paper import BEGAN, PROTOCOL, asked, changed

OFFERING = [step.id for step in PROTOCOL.checkpoints if "no_open_offer" in step.checks]
TAKING = [step.id for step in PROTOCOL.checkpoints if "offered_to_us" in step.checks]


@pytest.mark.parametrize("step", OFFERING)
def test_custody_is_offered_to_one_at_a_time(step: str) -> None:
    """An open offer, to whomever, is taken or declined first."""
    assert offer.no_open_offer(asked(step)) == ()
    assert offer.no_open_offer(changed(asked(step), offer=Offer("S-X", "P-1", BEGAN))) == (
        Reason("offer_open", expected="no open offer", seen="offered to S-X"),
    )


@pytest.mark.parametrize("step", TAKING)
def test_custody_is_taken_by_whom_it_was_offered_to(step: str) -> None:
    """No offer, an offer to somebody else, or the giver's own hand: refused."""
    right = asked(step)
    here, given = right.expected_point, right.order.offer
    assert given is not None

    assert offer.offered_to_us(right) == ()
    assert offer.offered_to_us(changed(right, offer=None)) == (Reason("not_offered", expected=here, seen="no offer"),)
    assert offer.offered_to_us(changed(right, offer=replace(given, to="S-X"))) == (
        Reason("not_offered", expected="S-X", seen=here),
    )
    assert offer.offered_to_us(replace(right, by=replace(right.by, id=given.by))) == (
        Reason("giver_takes", expected="another person than the giver", seen="the giver"),
    )
