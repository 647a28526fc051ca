"""Shipper, seal and contents are those of the shipment under way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coi.custody.checks import manifest
from coi.custody.reasons import Reason
from coi.custody.verdict import Accepted, Refused, decide
from tests.coi.custody.detours import question, those
from tests.coi.custody.paper import asked, changed, codes, fresh, own, scanned, swapped

WITH = those(lambda step: "manifest" in step.checks)
RECEIPTS = ["h7_receive", "h13_receive"]
PACKING = those(lambda step: "fresh_shipment" in step.checks)


def test_every_handoff_of_a_shipper_compares_with_the_manifest() -> None:
    """Offer, acceptance, depot, delivery, receipt and return, both ways; what is made in the house has no shipper."""
    names = {name for form, name in WITH if form != "hospital"}

    assert names >= {
        "h5_offer", "h5_accept", "h6_accept", "h6_pickup", "h7_deliver", "h7_receive", "h12_offer", "h12_accept",
        "h13_deliver", "h13_receive", "r_accept", "r_receive", "x_found", "h5_unpack", "h12_unpack",
    }  # fmt: skip
    assert len(names) == len(WITH) / 2


@pytest.mark.parametrize(("form", "step"), WITH)
def test_without_a_shipment_there_is_nothing_to_hand_over(form: str, step: str) -> None:
    """The right scans pass; with no shipment under way nothing does."""
    assert manifest.check(question(form, step)) == ()
    assert manifest.check(changed(question(form, step), shipments=())) == (
        Reason("no_shipment", expected="a sealed shipment", seen="none"),
    )


@pytest.mark.parametrize(("form", "step"), WITH)
@pytest.mark.parametrize("what", ["shipper", "seal", "logger"])
def test_another_shipper_seal_or_logger_is_told(form: str, step: str, what: str) -> None:
    """A wrong shipper or seal is refused outright; a wrong logger is a fault of contents."""
    right = question(form, step)
    if what not in {slot.name for slot in right.checkpoint.slots}:
        return
    item = scanned(right, what)
    wrong = swapped(right, what, replace(item, code="SEA-OTHER"))

    assert Reason(f"wrong_{what}", what, item.code, "SEA-OTHER") in manifest.check(wrong)
    assert isinstance(decide(wrong, {}), Refused) or (what == "logger" and right.checkpoint.quarantine)


def test_a_shipment_without_a_logger_has_none() -> None:
    """A logger in a shipper that was packed without one is told as such."""
    right = asked("h7_receive")
    sent = replace(right.order.shipments[0], logger="")
    code = scanned(right, "logger").code

    assert manifest.check(changed(right, shipments=(sent,))) == (Reason("wrong_logger", "logger", "no logger", code),)


@pytest.mark.parametrize("step", RECEIPTS)
def test_all_of_the_list_is_found_and_nothing_else(step: str) -> None:
    """A container off the list and a listed one that is missing are faults of contents."""
    right = asked(step)
    shipment = right.order.shipment()
    assert shipment is not None
    longer = replace(shipment, containers=(*shipment.containers, "C-9"))
    another = replace(shipment, containers=("C-9",))
    missing = Reason("manifest_missing", "container", "every container of the shipment", "one less")
    stray = Reason("not_in_manifest", "container", "a container of the shipment", "another")

    assert manifest.check(changed(right, shipments=(longer,))) == (missing,)
    assert manifest.check(changed(right, shipments=(another,))) == (stray, missing)


@pytest.mark.parametrize("step", RECEIPTS)
def test_a_fault_of_contents_goes_into_quarantine(step: str) -> None:
    """The shipper is right, so custody passes, and the fault is told."""
    right = asked(step, values={"condition": "no_data"})

    verdict = decide(right, fresh(step))

    assert isinstance(verdict, Accepted)
    assert codes(verdict) == {"condition"}
    assert {effect["do"] for effect in verdict.effects} >= {"custody", "state"}


@pytest.mark.parametrize("step", RECEIPTS)
def test_an_unread_bag_is_scanned_again(step: str) -> None:
    """A missing scan of the bag is no fault of contents: it is refused until the bag has been scanned."""
    bag = asked(step).checkpoint.slots[-1].name

    assert isinstance(decide(swapped(asked(step), bag), fresh(step)), Refused)


@pytest.mark.parametrize(("form", "step"), PACKING)
def test_packing_wants_an_empty_shipper_and_a_new_seal(form: str, step: str) -> None:
    """A shipper that carries something, a seal that was used, a shipment that is under way: each is refused."""
    right = question(form, step)
    shipper, seal = scanned(right, "shipper").code, scanned(right, "seal").code
    taken = Reason("shipper_taken", "shipper", "an empty shipper", shipper)
    used = Reason("seal_used", "seal", "a new seal", seal)
    held = right.containers()[0]
    under_way = Reason("shipper_taken", held.kind, "no open shipment of this container", "one under way")
    sent = replace(asked("h5_accept").order.shipments[0], containers=(held.id,))

    assert manifest.fresh_shipment(right) == ()
    assert manifest.fresh_shipment(question(form, step, busy_shippers=frozenset({shipper, seal}))) == (taken,)
    assert manifest.fresh_shipment(question(form, step, used_seals=frozenset({shipper, seal}))) == (used,)
    assert manifest.fresh_shipment(changed(right, shipments=(sent,))) == (under_way,)
    assert manifest.fresh_shipment(changed(right, shipments=(replace(sent, state="opened"),))) == ()
    assert manifest.fresh_shipment(changed(right, shipments=(replace(sent, containers=("C-9",)),))) == ()


def test_another_orders_shipper_is_told_by_the_comparison_of_orders() -> None:
    """The manifest judges what is ours or nobody's; whose it is, another check says."""
    right = asked("h5_accept")
    theirs = replace(scanned(right, "shipper"), whose="other", code="")

    assert manifest.check(swapped(right, "shipper", theirs)) == ()
    assert manifest.check(swapped(right, "seal", replace(scanned(right, "seal"), whose="other", code=""))) == ()


def test_a_container_scanned_with_a_sealed_shipper_does_not_stand_in_for_the_list() -> None:
    """Where the step scans no container the list is not compared; the stray scan is refused elsewhere."""
    right = asked("h5_accept")
    bag = own(next(p for p in right.facts.pieces if p.container), right.order, right.at)
    more = replace(right, facts=replace(right.facts, items=(*right.facts.items, bag)))

    assert manifest.check(more) == ()
    assert codes(decide(more, {})) == {"unexpected"}


@pytest.mark.parametrize("step", RECEIPTS)
def test_only_what_is_ours_counts_as_found(step: str) -> None:
    """Another's container stands for none of the list, and neither does a label of ours without a container."""
    right = asked(step)
    bag = right.checkpoint.slots[-1].name
    missing = Reason("manifest_missing", "container", "every container of the shipment", "one less")
    item = scanned(right, bag)

    assert manifest.check(swapped(right, bag, replace(item, whose="other"))) == (missing,)
    assert manifest.check(swapped(right, bag, replace(item, container=None))) == (missing,)
