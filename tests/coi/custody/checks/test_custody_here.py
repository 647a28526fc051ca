"""Work is done on what one has in custody; a receiver takes what was offered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coi.custody.checks import custody_here
from coi.custody.reasons import Reason
from tests.coi.custody.detours import ALL, question, those
from tests.coi.custody.paper import asked, changed, with_container

TOUCHING = those(
    lambda step: any(slot.klass in {"container", "cassette", "shipper"} for slot in step.slots) and not step.takes
)
OTHERS = [each for each in ALL if each not in TOUCHING]


@pytest.mark.parametrize(("form", "step"), TOUCHING)
def test_material_in_another_custody_is_not_touched(form: str, step: str) -> None:
    """Whoever holds it must hand it over first; each container has its own custodian."""
    right = question(form, step)
    assert custody_here.check(right) == ()

    for held in right.containers():
        elsewhere = with_container(right, held.id, custodian="S-ELSEWHERE")
        assert (Reason("not_here", expected=right.expected_point, seen="S-ELSEWHERE"),) == custody_here.check(elsewhere)


@pytest.mark.parametrize(("form", "step"), OTHERS)
def test_paper_and_receivers_are_judged_elsewhere(form: str, step: str) -> None:
    """A step that touches nothing needs no custody, and a receiver is judged by the offer."""
    right = question(form, step)
    for held in right.order.containers:
        right = with_container(right, held.id, custodian="S-ELSEWHERE")

    assert custody_here.check(right) == ()


def test_before_the_collection_nobody_holds_anything() -> None:
    """The bag is nobody's before it is filled."""
    assert asked("h3_begin").containers()[0].custodian is None
    assert custody_here.check(asked("h3_begin")) == ()


def test_a_unit_is_a_custodian_of_its_own() -> None:
    """The laboratory and the ward of one hospital are two custody points, and each point is told once."""
    right = asked("h16_start")
    product = right.containers()[0]
    two = (replace(product, custodian="S-TRT/lab"), replace(product, id="C-2", custodian="S-TRT/lab"))
    items = tuple(replace(item, container=held) for item, held in zip(right.facts.items[2:], two, strict=True))

    assert custody_here.check(replace(changed(right, containers=two), facts=replace(right.facts, items=items))) == (
        Reason("not_here", expected="S-TRT/ward", seen="S-TRT/lab"),
    )


def test_a_cassette_alone_is_a_touch_of_what_lies_in_it() -> None:
    """Who scans nothing but the cassette works on the bag in it."""
    right = question("frozen", "h10_fill")
    slots = tuple(slot for slot in right.checkpoint.slots if slot.klass == "cassette")
    items = tuple(item for item in right.facts.items if item.klass == "cassette")
    alone = replace(right, checkpoint=replace(right.checkpoint, slots=slots), facts=replace(right.facts, items=items))
    (held,) = alone.containers()

    assert (Reason("not_here", expected=right.expected_point, seen="S-ELSEWHERE"),) == custody_here.check(
        with_container(alone, held.id, custodian="S-ELSEWHERE")
    )
