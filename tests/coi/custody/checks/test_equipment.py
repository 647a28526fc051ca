"""Shippers and places are registered, qualified, and where they belong."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from coi.custody.checks import equipment
from coi.custody.reasons import Reason
from tests.coi.custody.paper import TRAINED, asked, changed, scanned, swapped


def test_a_registered_and_qualified_thing_passes() -> None:
    """Every step of the straight road uses such things; a seal is not registered."""
    for step in ("h5_pack", "h8_start", "h10_fill", "h12_pack", "h13_store", "h14_thaw"):
        assert equipment.check(asked(step)) == ()


def test_an_unknown_shipper_is_refused() -> None:
    """A code with a right check, that nobody registered, is no shipper."""
    right = asked("h5_pack")
    item = replace(scanned(right, "shipper"), equipment=None)

    assert (Reason("equipment_unknown", "shipper", "a registered one", "SHP-O-0-0"),) == equipment.check(
        swapped(right, "shipper", item)
    )


def test_the_qualification_ends_at_its_instant() -> None:
    """A microsecond before it holds; at it, it has lapsed."""
    right = asked("h8_start")

    assert equipment.check(replace(right, at=TRAINED - timedelta(microseconds=1))) == ()
    assert equipment.check(replace(right, at=TRAINED)) == (
        Reason("equipment_unqualified", "location", "before 2027-12-07", "LOC-O-0-suite-manufacturing"),
    )


def test_a_place_of_another_site_is_refused_and_a_shipper_travels() -> None:
    """A shipper of the hospital packs the product at the factory; a freezer place does not."""
    right = asked("h12_pack")
    place = scanned(right, "freezer")
    assert place.equipment is not None
    far = replace(place, equipment=replace(place.equipment, site="S-TRT"))

    assert equipment.check(right) == ()
    assert equipment.check(swapped(right, "freezer", far)) == (
        Reason("equipment_elsewhere", "location", "a place of this site", place.code),
    )


def test_every_fault_of_a_place_is_told_at_once() -> None:
    """Lapsed and elsewhere are two reasons, and the next thing is judged after an unknown one."""
    right = asked("h12_pack")
    place = scanned(right, "freezer")
    assert place.equipment is not None
    far = replace(place, equipment=replace(place.equipment, site="S-TRT", qualified_until=right.at))
    shipper = replace(scanned(right, "shipper"), equipment=None)
    found = equipment.check(swapped(swapped(right, "freezer", far), "shipper", shipper))
    turned = equipment.check(replace(right, facts=replace(right.facts, items=(shipper, far))))

    assert ["equipment_unqualified", "equipment_elsewhere", "equipment_unknown"] == [reason.code for reason in found]
    assert ["equipment_unknown", "equipment_unqualified", "equipment_elsewhere"] == [reason.code for reason in turned]


def test_a_container_is_taken_from_where_it_was_put() -> None:
    """Another freezer place, or none, is not where it lies."""
    right = asked("h14_thaw")
    place = scanned(right, "freezer")
    lies = right.order.of_kind("drug_product")[0].location or ""

    assert equipment.stored_here(right) == ()
    assert equipment.stored_here(swapped(right, "freezer", replace(place, code="LOC-2"))) == (
        Reason("not_stored_here", "drug_product", lies, "LOC-2"),
    )
    assert equipment.stored_here(swapped(right, "freezer")) == (
        Reason("not_stored_here", "drug_product", lies, "no place"),
    )


def test_a_container_that_was_never_put_anywhere_is_nowhere() -> None:
    """No place is a value, and no scan equals it."""
    right = asked("h14_thaw")
    bag = scanned(right, "product")
    assert bag.container is not None
    lost = replace(bag, container=replace(bag.container, location=None))

    assert equipment.stored_here(swapped(right, "product", lost)) == (
        Reason("not_stored_here", "drug_product", "no place", scanned(right, "freezer").code),
    )
    assert equipment.stored_here(changed(swapped(right, "product"), containers=())) == ()
