"""Which scan is meant for which slot, and which containers an act moves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coi.custody.asked import Facts, Item, fits
from tests.coi.custody.detours import ALL, follow, question
from tests.coi.custody.paper import asked, changed, code, foreign, moment, own, road, scanned, swapped

THEIRS = next(piece for piece in road(1)[2] if piece.design == "product_bag")


@pytest.mark.parametrize(("form", "step"), ALL)
def test_each_right_scan_fits_its_own_slot_alone(form: str, step: str) -> None:
    """No right scan could stand for another slot, at any checkpoint of any protocol."""
    right = question(form, step)
    slots = right.checkpoint.slots

    assert [[slot.name for slot in slots if fits(slot, item, slots)] for item in right.facts.items] == [
        [slot.name] for slot in slots
    ]
    assert [right.item(slot.name) for slot in slots] == list(right.facts.items)
    assert [right.filling(slot) for slot in slots] == [(item,) for item in right.facts.items]


def test_a_foreign_container_fits_every_container_slot() -> None:
    """Its kind is not disclosed, so it could stand for the source as for the destination."""
    right = asked("h9_transfer")
    theirs = foreign(THEIRS, right.at)

    assert all(fits(slot, theirs, right.checkpoint.slots) for slot in right.checkpoint.slots)


def test_a_container_fits_the_slot_of_its_kind() -> None:
    """The vessel is no bag."""
    right = asked("h9_transfer")
    bag, vessel = right.checkpoint.slots

    assert fits(bag, scanned(right, "bag"), right.checkpoint.slots)
    assert not fits(vessel, scanned(right, "bag"), right.checkpoint.slots)


def test_symbols_divide_slots_only_where_one_asks_for_the_bar_code() -> None:
    """A bar code fits a bag's slot at routine steps, and only the bar code's slot at the bedside."""
    routine, bedside = asked("h5_pack"), asked("h16_start")
    bar = replace(scanned(routine, "bag"), linear=True)
    band, _, square, linear = bedside.checkpoint.slots

    assert fits(routine.checkpoint.slot("bag"), bar, routine.checkpoint.slots)
    assert not fits(square, scanned(bedside, "product_bar"), bedside.checkpoint.slots)
    assert not fits(linear, scanned(bedside, "product"), bedside.checkpoint.slots)
    assert not fits(band, scanned(bedside, "product"), bedside.checkpoint.slots)
    assert fits(band, replace(scanned(bedside, "wristband"), linear=True), bedside.checkpoint.slots)


@pytest.mark.parametrize("klass", ["seal", "paper", "unknown", "badge", "wristband"])
def test_another_class_never_fits(klass: str) -> None:
    """A class is what a code is, not where it is wanted."""
    right = asked("h7_accept")

    assert not fits(right.checkpoint.slot("bag"), code(klass, "X", right.at), right.checkpoint.slots)


def test_a_slot_with_two_codes_or_a_foreign_one_holds_nothing() -> None:
    """The item of a slot is ours or nobody's, and one."""
    right = asked("h5_pack")
    bag, seal = scanned(right, "bag"), scanned(right, "seal")
    assert bag.piece is not None

    assert right.item("bag") == bag
    assert swapped(right, "bag").item("bag") is None
    assert swapped(right, "bag", foreign(bag.piece, right.at)).item("bag") is None
    assert swapped(right, "seal", seal, replace(seal, code="SEA-2")).item("seal") is None
    assert swapped(right, "seal", seal, replace(seal, source="second")).item("seal") == replace(seal, source="second")


def test_an_act_moves_what_was_scanned() -> None:
    """Each container once, though scanned twice; nothing foreign."""
    right = asked("h9_transfer")
    bag, vessel = right.facts.items
    twice = swapped(right, "bag", bag, bag, foreign(THEIRS, right.at))

    assert [held.id for held in right.containers()] == ["C-0-0", "C-0-1"]
    assert [held.id for held in twice.containers()] == ["C-0-0", "C-0-1"]
    assert vessel.container in right.containers()


def test_a_foreign_container_is_never_moved_though_it_were_known() -> None:
    """Whose it is decides, not what it is."""
    right = asked("h7_accept")
    theirs = replace(scanned(right, "bag"), whose="other")

    assert [held.id for held in swapped(right, "bag", theirs).containers()] == ["C-0-0"]
    assert changed(swapped(right, "bag", theirs), containers=()).containers() == ()


def test_without_a_scan_the_shipment_moves() -> None:
    """A sealed shipper moves what its list names."""
    assert [held.id for held in asked("h5_offer").containers()] == ["C-0-0"]
    assert [held.id for held in asked("h12_offer").containers()] == ["C-0-3"]


def test_of_two_shipments_the_one_is_meant_whose_shipper_was_scanned() -> None:
    """Its shipper or its seal; a code that is nobody's leaves it open, unless only one is under way."""
    right = asked("h5_accept")
    first = right.order.shipments[0]
    second = replace(first, id="SH-2", shipper="SHP-2", seal="SEA-2", containers=())
    two = changed(right, shipments=(first, second))
    other = swapped(swapped(two, "seal"), "shipper", replace(scanned(right, "shipper"), code="SHP-2"))
    stray = swapped(swapped(two, "seal"), "shipper", replace(scanned(right, "shipper"), code="SHP-3"))

    assert (right.shipment(), two.shipment(), other.shipment(), stray.shipment()) == (first, first, second, None)
    assert other.containers() == ()
    assert changed(stray, shipments=(first,)).shipment() == first


def test_a_slot_for_many_holds_each_thing_once() -> None:
    """Three bags are three items, one scanned twice is one; foreign ones are none of them."""
    right = follow(">h2_schedule / h2_schedule bags=3 / >h4_end").ready("h4_end").asked
    bags = right.items("bag")
    again = swapped(right, "bag", *bags, bags[0], foreign(THEIRS, right.at))

    assert len(bags) == len(again.items("bag")) == 3
    assert right.item("bag") is None
    assert [held.id for held in again.containers()] == ["C-0-0", "C-0-1", "C-0-2"]


def test_with_neither_scan_nor_shipment_all_live_containers_are_meant() -> None:
    """A release, a readiness: what has been consumed, given or never filled is left out."""
    assert [held.id for held in asked("h11_release").containers()] == ["C-0-3"]
    assert asked("h2_print").containers() == ()
    assert moment("h17_reconcile").asked.containers() == ()


def test_the_point_of_a_step() -> None:
    """Where it happens for this order."""
    assert asked("h16_start").expected_point == "S-TRT/ward"
    assert own(road(0)[2][0], road(0)[1], asked("h16_start").at).container is None


def test_what_is_not_said_is_nothing() -> None:
    """A bare scan has no code, no piece, no owner, and facts without a station have none."""
    at = asked("h5_pack").at

    assert Item("seal", "none", at, "scanner", "keyed") == Item(
        klass="seal",
        whose="none",
        at=at,
        source="scanner",
        assurance="keyed",
        linear=False,
        code="",
        tail="",
        piece=None,
        container=None,
        equipment=None,
        differs=(),
        fault="",
        foreign_order=None,
        foreign_container=None,
        aim="",
        length=0,
        commitment="",
    )
    assert Facts((), (), ()) == Facts(
        items=(),
        holds=(),
        pieces=(),
        signers=(),
        values={},
        used_seals=frozenset(),
        busy_shippers=frozenset(),
        suites={},
        claims={},
        conditions={},
        known_sites={},
        twins=False,
        leased="",
        device_site=None,
        device_state=None,
        site="",
    )
