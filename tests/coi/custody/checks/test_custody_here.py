"""Work is done on what one has in custody; a receiver takes what was offered."""

from __future__ import annotations

import pytest

from coi.custody.checks import custody_here
from coi.custody.reasons import Reason
from tests.coi.custody.paper import PROTOCOL, asked, changed

TOUCHING = [
    step.id
    for step in PROTOCOL.checkpoints
    if any(slot.klass in {"container", "shipper"} for slot in step.slots)
    and "offered_to_us" not in step.checks
    and step.id != "h3_begin"
]
OTHERS = [step.id for step in PROTOCOL.checkpoints if step.id not in {*TOUCHING, "h3_begin"}]


@pytest.mark.parametrize("step", TOUCHING)
def test_material_in_another_custody_is_not_touched(step: str) -> None:
    """Whoever holds it must hand it over first."""
    right = asked(step)
    assert custody_here.check(right) == ()

    assert (Reason("not_here", expected=right.expected_point, seen="S-ELSEWHERE"),) == custody_here.check(
        changed(right, custodian="S-ELSEWHERE")
    )


@pytest.mark.parametrize("step", OTHERS)
def test_paper_and_receivers_are_judged_elsewhere(step: str) -> None:
    """A step that touches nothing needs no custody, and a receiver is judged by the offer."""
    assert custody_here.check(changed(asked(step), custodian="S-ELSEWHERE")) == ()


def test_before_the_collection_nobody_holds_anything() -> None:
    """The first bag is nobody's before it is filled, and from then on its custodian's."""
    assert custody_here.check(asked("h3_begin")) == ()
    assert custody_here.check(changed(asked("h3_begin"), custodian="S-MFG")) == (
        Reason("not_here", expected="S-COL", seen="S-MFG"),
    )


def test_a_unit_is_a_custodian_of_its_own() -> None:
    """The laboratory and the ward of one hospital are two custody points."""
    assert custody_here.check(changed(asked("h16_start"), custodian="S-TRT/lab")) == (
        Reason("not_here", expected="S-TRT/ward", seen="S-TRT/lab"),
    )
