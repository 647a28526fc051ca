"""A bag and the cassette that names it are scanned as a pair."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from coi.custody.checks import cassette
from coi.custody.reasons import Reason
from tests.coi.custody.detours import question, those
from tests.coi.custody.paper import changed, scanned

if TYPE_CHECKING:
    from coi.custody.asked import Asked

HALVES = frozenset({"product", "cassette"})
PAIRED = those(lambda step: "in_cassette" in step.checks)


def told(cassettes: int, bags: int) -> tuple[Reason, ...]:
    """Return what is said of so many cassettes and bags that are no pair."""
    seen = f"{cassettes} cassettes, {bags} bags"
    return (Reason("cassette_differs", "cassette", "the cassette of this bag", seen),)


def missing(asked: Asked, name: str) -> tuple[Reason, ...]:
    """Return what is said where nothing was scanned for one of the two: what every empty slot says."""
    slot = asked.checkpoint.slot(name)
    return (Reason("missing", slot=name, expected=slot.say, seen="nothing"),) if name in HALVES else ()


@pytest.mark.parametrize(("form", "step"), PAIRED)
def test_the_bag_in_its_own_cassette_passes(form: str, step: str) -> None:
    """Filling, taking out of the freezer, destroying a label: always the pair."""
    assert cassette.check(question(form, step)) == ()


def test_every_deed_with_a_cassette_compares_it() -> None:
    """No step scans a cassette without looking whose it is."""
    assert PAIRED == those(lambda step: any(slot.klass == "cassette" for slot in step.slots))


@pytest.mark.parametrize(("form", "step"), PAIRED)
def test_anything_but_one_pair_is_refused(form: str, step: str) -> None:
    """One alone, another bag's cassette, two cassettes, two bags, another order's."""
    right = question(form, step)
    bag, holder = scanned(right, "product"), scanned(right, "cassette")
    assert bag.container is not None
    other = replace(bag.container, id="C-other")
    two = changed(right, containers=(*right.order.containers, other))

    def said(*items: object) -> tuple[Reason, ...]:
        return cassette.check(replace(two, facts=replace(two.facts, items=items)))  # type: ignore[arg-type]

    assert said(bag, holder) == ()
    assert said(bag) == missing(right, "cassette")
    assert said(holder) == missing(right, "product")
    assert said() == tuple(one for slot in right.checkpoint.slots for one in missing(right, slot.name))
    assert said(bag, replace(holder, container=other)) == told(1, 1)
    assert said(replace(bag, container=other), holder) == told(1, 1)
    assert said(bag, holder, replace(holder, container=other)) == told(2, 1)
    assert said(bag, replace(bag, container=other), holder) == told(1, 2)
    assert said(bag, replace(holder, container=None)) == told(0, 1)
    assert said(replace(bag, container=None), holder) == told(1, 0)


def test_the_vessel_beside_the_pair_is_no_bag() -> None:
    """At the fill its source is scanned too."""
    right = question("frozen", "h10_fill")

    assert scanned(right, "vessel").container is not None
    assert cassette.check(right) == ()


def test_a_slot_for_a_cassette_may_leave_out_of_what_kind_it_is() -> None:
    """A protocol may name the class alone; an empty slot is missing all the same."""
    right = question("frozen", "h10_fill")
    slots = tuple(replace(slot, kind=None) if slot.klass == "cassette" else slot for slot in right.checkpoint.slots)
    bag_alone = tuple(item for item in right.facts.items if item.klass != "cassette")
    asked = replace(
        right, checkpoint=replace(right.checkpoint, slots=slots), facts=replace(right.facts, items=bag_alone)
    )

    assert cassette.check(asked) == missing(asked, "cassette")
