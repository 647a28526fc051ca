"""Things of the house are registered, qualified, and where they belong."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from coi.custody.checks import equipment
from coi.custody.reasons import Reason
from tests.coi.custody.detours import question, those
from tests.coi.custody.paper import TRAINED, asked, changed, scanned, swapped, with_container

USING = those(lambda step: "equipment" in step.checks)
SLOTS = [("h5_pack", "shipper"), ("h5_pack", "logger"), ("h3_begin", "separator"), ("h3_begin", "kit"),
         ("h8_start", "suite"), ("h5_bench", "bench"), ("h14_thaw", "bath")]  # fmt: skip


@pytest.mark.parametrize(("form", "step"), USING)
def test_a_registered_and_qualified_thing_passes(form: str, step: str) -> None:
    """Every such step uses such things; a seal and a band are not registered."""
    assert equipment.check(question(form, step)) == ()


@pytest.mark.parametrize(("step", "slot"), SLOTS)
def test_an_unknown_thing_is_refused(step: str, slot: str) -> None:
    """A code with a right check, that nobody registered, is no shipper, logger, kit, machine or place."""
    right = asked(step)
    item = replace(scanned(right, slot), equipment=None)

    assert (Reason("equipment_unknown", item.klass, "a registered one", item.code),) == equipment.check(
        swapped(right, slot, item)
    )


@pytest.mark.parametrize(("step", "slot"), SLOTS)
def test_the_qualification_ends_at_its_instant(step: str, slot: str) -> None:
    """A microsecond before it holds; at it, it has lapsed: a calibration, an expiry, a requalification."""
    right = asked(step)
    item = scanned(right, slot)
    assert item.equipment is not None
    lapsing = swapped(right, slot, replace(item, equipment=replace(item.equipment, qualified_until=right.at)))
    reason = Reason("equipment_unqualified", item.klass, f"before {right.at:%Y-%m-%d}", item.code)

    assert equipment.check(replace(lapsing, at=right.at - timedelta(microseconds=1))) == ()
    assert equipment.check(lapsing) == (reason,)
    assert {found.code for found in equipment.check(replace(right, at=TRAINED))} == {"equipment_unqualified"}


@pytest.mark.parametrize(("step", "slot"), SLOTS)
def test_places_and_machines_are_of_the_site_and_the_rest_travels(step: str, slot: str) -> None:
    """A shipper, logger or kit of another site is used here; a bench, suite, separator or bath is not."""
    right = asked(step)
    item = scanned(right, slot)
    assert item.equipment is not None
    far = swapped(right, slot, replace(item, equipment=replace(item.equipment, site="S-FAR")))
    told = (Reason("equipment_elsewhere", item.klass, "one of this site", item.code),)

    assert (told if item.klass in {"location", "equipment"} else ()) == equipment.check(far)


def test_every_fault_of_a_thing_is_told_at_once() -> None:
    """Lapsed and elsewhere are two reasons, and the next thing is judged after an unknown one."""
    right = asked("h14_thaw")
    bath = scanned(right, "bath")
    assert bath.equipment is not None
    far = replace(bath, equipment=replace(bath.equipment, site="S-COL", qualified_until=right.at))
    kit = replace(bath, klass="kit", code="KIT-1", equipment=None)

    for items in ((far, kit), (kit, far)):
        found = [reason.code for reason in equipment.check(asked("h14_thaw", items=items))]
        assert sorted(found) == ["equipment_elsewhere", "equipment_unknown", "equipment_unqualified"]


@pytest.mark.parametrize("step", ["h12_pick", "h14_retrieve"])
def test_a_container_is_taken_from_where_it_was_put(step: str) -> None:
    """Another place, or none, is not where it lies; a container that was never put anywhere is nowhere."""
    right = asked(step)
    place, held = scanned(right, "place"), right.containers()[0]

    assert equipment.stored_here(right) == ()
    assert equipment.stored_here(swapped(right, "place", replace(place, code="LOC-2"))) == (
        Reason("not_stored_here", "drug_product", held.location or "", "LOC-2"),
    )
    assert equipment.stored_here(swapped(right, "place")) == (
        Reason("not_stored_here", "drug_product", held.location or "", "no place"),
    )
    assert equipment.stored_here(with_container(right, held.id, location=None)) == (
        Reason("not_stored_here", "drug_product", "no place", place.code),
    )
    assert equipment.stored_here(changed(swapped(right, "product"), containers=())) == ()


def test_what_travels_for_another_order_is_not_looked_at_here() -> None:
    """Another order's shipper is refused as another's; whether it is registered or lapsed is not told beside it."""
    right = asked("h5_pack")
    theirs = replace(scanned(right, "shipper"), whose="other", equipment=None)

    assert equipment.check(swapped(right, "shipper", theirs)) == ()
