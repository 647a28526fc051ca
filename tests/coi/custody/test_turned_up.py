"""What was lost has a way on wherever it is found, and what was given up never comes nearer to a patient."""

from __future__ import annotations

import pytest

from coi.custody.steps import open_for
from coi.custody.verdict import Refused
from tests.coi.custody.detours import follow
from tests.coi.custody.paper import PROTOCOLS

FORMS = ("frozen", "fresh")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("place", ["manufacturing", "lab", "ward"])
def test_a_lost_order_stays_lost_when_its_product_turns_up(form: str, place: str) -> None:
    """The bag is destroyed where it turned up; the order is not infused by it, and may be collected again."""
    lost = follow(">h13_deliver / x_lost / x_written_off", form)
    after = lost.do(f"x_destroy_product_{place}").order

    assert (after.state, after.of_kind("drug_product")[-1].state) == ("LOST", "destroyed")
    assert "x_recollect" in {step.id for step in open_for(lost.protocol, after)}


@pytest.mark.parametrize("form", [*FORMS, "hospital"])
def test_a_reason_is_offered_exactly_where_it_can_be_true(form: str) -> None:
    """Turned up is said where a lost thing is taken up, and what can turn up was given up."""
    steps = PROTOCOLS[form].checkpoints
    offered = {step.id for step in steps for value in step.values if "turned_up" in value.choices}
    taken = {step.id for step in steps for slot in step.slots if "lost" in slot.states}
    given_up = {step.id for step in steps for effect in step.effects if effect["do"] == "write_off"}

    assert offered == taken
    assert taken
    assert given_up == {"x_written_off"}


@pytest.mark.parametrize("form", FORMS)
def test_an_old_bag_that_turns_up_troubles_no_new_collection(form: str) -> None:
    """Collected again, the first bag turns up: it is destroyed at either house, and the new one goes to its end."""
    again = follow(">h7_deliver / x_lost / x_written_off / x_recollect", form)

    assert {"x_destroy_bag_collection", "x_destroy_bag_manufacturing"} <= {
        step.id for step in open_for(again.protocol, again.order)
    }
    assert again.do("x_destroy_bag_collection").carried().order.state == "RECONCILED"
    assert again.carried("h8_start").do("x_destroy_bag_manufacturing").carried().order.state == "RECONCILED"


@pytest.mark.parametrize("form", FORMS)
def test_nothing_but_its_destruction_takes_up_what_was_given_up(form: str) -> None:
    """No other step, of the road or beside it, takes a lost container up, wherever it lies."""
    lost = follow(">h13_deliver / x_lost / x_written_off", form)
    takes = {
        step.id
        for step in lost.protocol.checkpoints
        for slot in step.slots
        if slot.klass == "container" and "lost" in slot.states
    }

    assert takes == {
        "x_destroy_bag_collection",
        "x_destroy_bag_manufacturing",
        "x_destroy_product_manufacturing",
        "x_destroy_product_lab",
        "x_destroy_product_ward",
    }
    assert isinstance(lost.judged("x_found"), Refused)


CLOSED = {
    ("frozen", ">h13_deliver / x_lost / x_written_off / x_cancel / x_unused_collection / x_close"): "product_ward",
    ("fresh", ">h7_deliver / x_lost / x_written_off / x_cancel / x_unused_collection / x_close"): "bag_manufacturing",
    ("hospital", ">h13_receive / x_written_off / x_close"): "product_lab",
    ("hospital", ">h12_offer / x_written_off / x_close"): "product_manufacturing",
}


@pytest.mark.parametrize(("case", "where"), CLOSED.items(), ids=[" ".join(case) for case in CLOSED])
def test_what_turns_up_of_a_closed_order_is_destroyed_and_the_order_stays_closed(
    case: tuple[str, str], where: str
) -> None:
    """Its destruction before a witness is all that stands open; afterwards nothing does, and the closing stands."""
    form, path = case
    closed = follow(path, form)
    kind = {"product": "drug_product", "bag": "starting_material"}[where.partition("_")[0]]
    assert {step.id.rpartition("_")[0] for step in open_for(closed.protocol, closed.order)} == {
        f"x_destroy_{where.partition('_')[0]}"
    }

    after = closed.do(f"x_destroy_{where}").order

    assert (after.state, after.of_kind(kind)[-1].state) == ("RECONCILED", "destroyed")
    assert open_for(closed.protocol, after) == ()
    assert after.did("x_close") == closed.order.did("x_close") is not None


@pytest.mark.parametrize("form", FORMS)
def test_a_depot_that_finds_a_parcel_gives_it_on(form: str) -> None:
    """Also of an order that was stopped meanwhile: it comes back to the factory."""
    found = follow(">h7_deliver / h6_offer / h6_accept / x_lost / h6_onward / h6_pickup / x_found", form)
    stopped = follow(">h7_deliver / h6_offer / h6_accept / x_lost / x_cancel / h6_onward / h6_pickup", form)

    assert found.carried().order.state == "RECONCILED"
    assert stopped.do("r_deliver").do("r_receive_bag").order.state == "CANCELLED"
