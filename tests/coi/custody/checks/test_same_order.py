"""What was scanned is all of this order, all that the step wants, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from coi.custody.checks import same_order
from coi.custody.reasons import Reason
from tests.coi.custody.detours import ALL, follow, question
from tests.coi.custody.paper import asked, band, code, foreign, own, road, scanned, swapped, unreadable, with_container

if TYPE_CHECKING:
    from coi.custody.asked import Item

MISSING = {
    "wristband": Reason("missing", "wristband", "the patient's wristband", "nothing"),
    "product": Reason("missing", "product", "the product bag: the square code", "nothing"),
    "product_bar": Reason("missing", "product_bar", "the product bag: the bar code", "nothing"),
}
BEDSIDE = asked("h16_start")
BAND, HOUSE, BAG, BAR = (scanned(BEDSIDE, slot.name) for slot in BEDSIDE.checkpoint.slots)
THEIRS = {piece.design: piece for piece in road(1)[2]}


def with_items(*items: object) -> tuple[Reason, ...]:
    """Return what is said of *items* at the bedside."""
    return same_order.check(asked("h16_start", items=items))


@pytest.mark.parametrize(("form", "step"), ALL)
def test_the_right_scans_agree(form: str, step: str) -> None:
    """At every checkpoint of every protocol."""
    assert same_order.check(question(form, step)) == ()


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
        Reason("missing", "bag", "each bag", "nothing"),
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
    wanted = " and ".join(slot.say for slot in BEDSIDE.checkpoint.slots)

    assert with_items(BAND, BAG, BAR, code(klass, "X", BEDSIDE.at)) == (
        Reason("unexpected", expected=wanted, seen=klass),
    )
    assert same_order.check(asked("h11_release", items=(code(klass, "X", BEDSIDE.at),))) == (
        Reason("unexpected", expected="no code", seen=klass),
    )


@pytest.mark.parametrize("klass", ["specimen", "pack"])
def test_what_is_no_label_never_stands_for_a_thing(klass: str) -> None:
    """A specimen, a proof or the paper of the hour without a computer is named as what it is, at every step."""
    paper = code(klass, "X", BEDSIDE.at)

    assert with_items(BAND, BAG, BAR, paper) == (
        Reason("not_for_use", expected="the label on the thing itself", seen=klass),
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
    slots = tuple(slot for slot in BEDSIDE.checkpoint.slots if slot.symbol == "linear" or slot.klass == "wristband")
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
    bar = replace(BAR, container=None)
    assert with_items(BAND, BAG, bar) == (replace(reason, slot="product_bar"),)


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
    bags = [next(piece for piece in road(number)[2] if piece.design == "product_bag") for number in (1, 2)]
    one, two = (foreign(bag, BEDSIDE.at) for bag in bags)

    assert [reason.code for reason in with_items(BAND, one, two, BAR)] == ["other_order", "other_order", "two_in_view"]


def test_the_hospitals_own_band_may_lack_and_must_agree() -> None:
    """Left out it is not missed; another's is another's, and one that nobody bound is no proof at the bedside."""
    other, unbound = (band(BEDSIDE.order, BEDSIDE.at, whose=whose) for whose in ("other", "none"))

    assert with_items(BAND, HOUSE, BAG, BAR) == with_items(BAND, BAG, BAR) == ()
    assert with_items(BAND, other, BAG, BAR) == (Reason("other_order", "band", "this order", "order not disclosed, …"),)
    assert with_items(BAND, unbound, BAG, BAR) == (
        Reason("band_unbound", "band", "the band that was bound to this patient", "another"),
    )
    assert with_items(BAND, HOUSE, replace(HOUSE, code="BAND-2"), BAG, BAR) == (
        Reason("two_in_view", "band", "one code", "2 codes"),
    )


def test_a_band_is_bound_where_the_step_binds() -> None:
    """At the chair and at the ward a band that nobody bound yet is welcome; another patient's never is."""
    for step in ("h3_begin", "h14_band"):
        right = asked(step)
        assert scanned(right, "band").whose == "none"
        theirs = swapped(right, "band", band(right.order, right.at, whose="other"))
        assert [reason.code for reason in same_order.check(theirs)] == ["other_order"]


TWO = follow(">h2_schedule / h2_schedule bags=3 / >h4_end").ready("h4_end").asked
"""The end of a collection into three bags."""
BAGS = tuple(item for item in TWO.facts.items if item.klass == "container")


def bags(*items: Item) -> tuple[Reason, ...]:
    """Return what is said when these bags are scanned at the end of the collection."""
    rest = tuple(item for item in TWO.facts.items if item.klass != "container")
    return same_order.check(replace(TWO, facts=replace(TWO.facts, items=(*rest, *items))))


def test_of_many_every_one_is_scanned() -> None:
    """Three of three, in whatever turn and though one is scanned twice; two of three are one missing."""
    one, two, three = BAGS

    assert bags(one, two, three) == bags(three, one, two) == bags(one, two, three, two) == ()
    assert bags(one, three) == (Reason("missing", "bag", "3 of 3", "2"),)
    assert bags() == (Reason("missing", "bag", "each filled bag", "nothing"),)
    assert bags(one, two, three, foreign(THEIRS["collection_bag"], TWO.at))[0].code == "other_order"


def test_at_a_receipt_what_lacks_of_many_is_a_fault_of_the_contents() -> None:
    """The shipper is there and holds less than it should; where nothing is received, the scan is missing."""
    one, _, three = BAGS
    receipt = replace(TWO, checkpoint=replace(TWO.checkpoint, quarantine=True))
    rest = tuple(item for item in TWO.facts.items if item.klass != "container")
    receipt = replace(receipt, facts=replace(receipt.facts, items=(*rest, one, three)))

    assert same_order.check(receipt) == (Reason("manifest_missing", "bag", "3 of 3", "2"),)


def test_of_many_none_stands_for_two() -> None:
    """One bag under two labels is two labels in view, not two bags; a bag that is unknown here is none."""
    one, two, three = BAGS
    again = replace(one, code="ANOTHER00001")
    lost = replace(two, container=None)

    assert bags(one, again, two, three) == (Reason("two_in_view", "bag", "one label a container", "4 labels"),)
    assert bags(one, lost, three) == (Reason("two_in_view", "bag", "one label a container", "3 labels"),)


def test_what_does_not_wait_is_not_wanted_of_many() -> None:
    """A bag that was destroyed, or is held out to somebody, does not keep the others waiting."""
    gone = with_container(TWO, str(BAGS[0].container and BAGS[0].container.id), state="destroyed")
    items = tuple(item for item in gone.facts.items if item.code != BAGS[0].code)

    assert same_order.check(replace(gone, facts=replace(gone.facts, items=items))) == ()


def test_two_slots_of_one_kind_take_each_its_own() -> None:
    """Of two vessels the one in process is the source, and the one that waits for its cells the destination."""
    right = question("frozen", "h9_split")
    source, target = right.facts.items

    assert (scanned(right, "source"), scanned(right, "target")) == (source, target)
    for items, missing in (((source,), "target"), ((target,), "source")):
        found = same_order.check(question("frozen", "h9_split", items=items))
        assert [(reason.code, reason.slot) for reason in found] == [("missing", missing)]
