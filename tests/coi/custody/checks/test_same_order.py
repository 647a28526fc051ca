"""What was scanned is all of this order, all that the step wants, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coi.custody.checks import same_order
from coi.custody.reasons import Reason
from tests.coi.custody.paper import STEPS, asked, code, foreign, own, road, scanned, swapped, unreadable

MISSING = {
    "wristband": Reason("missing", "wristband", "the patient's wristband", "nothing"),
    "product": Reason("missing", "product", "the product bag: the square code", "nothing"),
    "product_bar": Reason("missing", "product_bar", "the product bag: the bar code", "nothing"),
}
BEDSIDE = asked("h16_start")
BAND, BAG, BAR = (scanned(BEDSIDE, slot.name) for slot in BEDSIDE.checkpoint.slots)
THEIRS = {piece.design: piece for piece in road(1)[2]}


def with_items(*items: object) -> tuple[Reason, ...]:
    """Return what is said of *items* at the bedside."""
    return same_order.check(asked("h16_start", items=items))


@pytest.mark.parametrize("step", STEPS)
def test_the_right_scans_agree(step: str) -> None:
    """At every checkpoint of the straight road."""
    assert same_order.check(asked(step)) == ()


@pytest.mark.parametrize("turn", [0, 1, 2])
def test_the_turn_in_which_codes_are_scanned_does_not_matter(turn: int) -> None:
    """A set is compared, not a sequence."""
    items = (BAND, BAG, BAR)

    assert with_items(*items[turn:], *items[:turn]) == ()
    assert with_items(*items, *items) == ()


def test_nothing_scanned_is_everything_missing() -> None:
    """Nothing to check is never checked: every slot is named with the words of its step."""
    assert with_items() == tuple(MISSING.values())


@pytest.mark.parametrize("slot", list(MISSING))
def test_each_slot_must_be_filled(slot: str) -> None:
    """Two of three are not enough, whichever is missing."""
    assert same_order.check(swapped(BEDSIDE, slot)) == (MISSING[slot],)


def test_the_square_code_twice_is_no_bar_code() -> None:
    """Each symbol fills its own place only."""
    assert with_items(BAND, BAG, BAG) == (MISSING["product_bar"],)
    assert with_items(BAND, BAR, BAR) == (MISSING["product"],)


def test_another_orders_bag_is_refused_and_not_named() -> None:
    """The reason holds at most the last four characters of the foreign label."""
    theirs = foreign(THEIRS["product_bag"], BEDSIDE.at)
    reason = Reason("other_order", "product", "this order", f"order not disclosed, …{THEIRS['product_bag'].id[-4:]}")

    assert with_items(BAND, theirs, BAR) == (reason,)
    assert with_items(BAND, BAG, theirs, BAR) == (reason, Reason("two_in_view", "product", "one code", "2 codes"))


def test_another_orders_wristband_is_refused() -> None:
    """Its class says which place it was meant for."""
    theirs = foreign(THEIRS["wristband"], BEDSIDE.at)

    assert with_items(theirs, BAG, BAR) == (
        Reason("other_order", "wristband", "this order", f"order not disclosed, …{theirs.tail}"),
    )


def test_another_orders_thing_that_no_slot_wants_is_still_another_orders() -> None:
    """Where the step wants no such class the reason has no slot, and the slots stay empty."""
    theirs = foreign(THEIRS["wristband"], BEDSIDE.at)
    found = same_order.check(swapped(asked("h7_accept"), "bag", theirs))

    assert found == (
        Reason("other_order", "", "this order", f"order not disclosed, …{theirs.tail}"),
        Reason("missing", "bag", "the bag", "nothing"),
    )


def test_unreadable_is_not_missing_and_not_foreign() -> None:
    """It is told as what it is, beside the slot that it left empty."""
    assert with_items(BAND, unreadable(BEDSIDE.at), BAR) == (
        Reason("unreadable", seen="expected a code, seen noise"),
        MISSING["product"],
    )


@pytest.mark.parametrize(("klass", "whose", "fault", "seen"), [
    ("unknown", "unknown", "no such label was printed here", "no such label was printed here"),
    ("badge", "unknown", "", "badge"), ("patient", "unknown", "", "patient"), ("command", "unknown", "", "command"),
    ("unknown", "own", "", "unknown"),
])  # fmt: skip
def test_what_nobody_knows_is_refused(klass: str, whose: str, fault: str, seen: str) -> None:
    """A code that was never printed, a badge, a patient's card: none stands for a bag."""
    item = replace(BAG, klass=klass, whose=whose, fault=fault, container=None, piece=None)

    assert with_items(BAND, BAG, BAR, item) == (Reason("unknown_code", seen=seen),)


@pytest.mark.parametrize("klass", ["seal", "shipper", "location", "paper", "logger"])
def test_what_the_step_does_not_want_is_refused_though_it_is_ours(klass: str) -> None:
    """A stray scan is never ignored."""
    wanted = "the patient's wristband and the product bag: the square code and the product bag: the bar code"

    assert with_items(BAND, BAG, BAR, code(klass, "X", BEDSIDE.at)) == (
        Reason("unexpected", expected=wanted, seen=klass),
    )
    assert same_order.check(asked("h11_release", items=(code(klass, "X", BEDSIDE.at),))) == (
        Reason("unexpected", expected="no code", seen=klass),
    )


def test_another_container_of_the_same_order_is_the_wrong_one() -> None:
    """The collected bag is not the product, though the patient is the same."""
    piece = next(piece for piece in BEDSIDE.facts.pieces if piece.design == "collection_bag")
    first = own(piece, BEDSIDE.order, BEDSIDE.at)

    assert with_items(BAND, first, BAR) == (
        Reason("wrong_container", "product", "drug_product", "starting_material"),
        MISSING["product"],
    )


@pytest.mark.parametrize("linear", [True, False])
def test_a_symbol_that_no_slot_asks_for_is_not_passed_over(linear: bool) -> None:  # noqa: FBT001  a case
    """Of the right kind, but in a symbol that fits no slot: the scan is told, and the slot stays empty."""
    slots = tuple(slot for slot in BEDSIDE.checkpoint.slots if (slot.symbol == "linear") or slot.klass == "wristband")
    step = replace(BEDSIDE.checkpoint, slots=slots)
    item = BAR if linear else BAG
    found = same_order.check(replace(asked("h16_start", items=(BAND, item)), checkpoint=step))

    assert (linear and found == ()) or [reason.code for reason in found] == ["unexpected", "missing"]


def test_a_container_that_the_order_does_not_have_fills_nothing() -> None:
    """A label of this order whose container is unknown to it, or another of its kind, is refused."""
    lost = replace(BAG, container=None)
    assert BAG.container is not None
    another = replace(BAG, container=replace(BAG.container, id="C-9"))
    reason = Reason("wrong_container", "product", "drug_product", "another container")

    assert with_items(BAND, lost, BAR) == (reason,)
    assert with_items(BAND, another, BAR) == (reason,)


def test_what_the_symbol_says_equals_what_is_registered() -> None:
    """Each field that differs is told; an identity is not repeated, for it may be another patient's."""
    whose = ("coi", "din", "gtin", "serial", "lot")
    differs = (*((name, "ours", "theirs") for name in whose), ("expires", "2027-11-02", "2028-11-02"))
    lying = replace(BAG, differs=differs)

    assert with_items(BAND, lying, BAR) == (
        *(Reason("contents_differ", "container", f"{name} ours", f"another {name}") for name in whose),
        Reason("contents_differ", "container", "expires 2027-11-02", "2028-11-02"),
    )


def test_two_foreign_codes_in_one_place_are_two_refusals() -> None:
    """Each is told by its own last four."""
    one, two = foreign(THEIRS["product_bag"], BEDSIDE.at), foreign(road(2)[2][-1], BEDSIDE.at)

    assert [reason.code for reason in with_items(BAND, one, two, BAR)] == ["other_order", "other_order", "two_in_view"]
