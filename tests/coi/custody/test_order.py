"""Where one patient's cells stand: questions to an order, and custody that never lapses."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta

import pytest

from coi.custody import fold
from coi.custody.order import (
    ALL_STATES,
    CONTAINER_STATES,
    FINAL_CONTAINER,
    STATES,
    STOPPED,
    TERMINAL,
    Done,
    Offer,
    Order,
)
from coi.ledger.entry import instant
from tests.coi.custody.detours import ALL, before, follow
from tests.coi.custody.paper import BEGAN, PROTOCOLS, ROADS, SITES, moment, road, sheets

AT = BEGAN + timedelta(days=1)
FORMS = list(PROTOCOLS)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("number", range(3))
def test_from_the_collection_on_there_is_exactly_one_custodian(form: str, number: int) -> None:
    """Custody begins at the chair, changes only by the deed of who takes it, and never lapses (law 5)."""
    papers, end = sheets(number, form)
    held: dict[str, str] = {}
    for paper in (*papers.values(), end):
        for container in paper.order.containers:
            if container.id in held:
                assert container.custodian is not None
            if container.custodian is not None and container.custodian != held.get(container.id):
                taken = paper.step(paper.order.done[-1].checkpoint)
                assert {"custody", "register"} & {effect["do"] for effect in taken.effects}, taken.id
                assert container.custodian == taken.point(paper.order)
                assert paper.order.offered(container.id) is None
                held[container.id] = container.custodian
    assert set(held) == {container.id for container in end.order.containers}


@pytest.mark.parametrize(("form", "step"), ALL)
def test_no_step_takes_custody_away_or_gives_it_to_two(form: str, step: str) -> None:
    """Of the road or beside it: who had a custodian has one, and only a taker's deed, or a making, names another."""
    paper = before(form, step)
    after = paper.do(step)
    does = {effect["do"] for effect in paper.step(step).effects}

    for held in paper.order.containers:
        now = after.order.container(held.id)
        assert now is not None
        if now.custodian != held.custodian:
            assert "custody" in does
            assert now.custodian == paper.step(step).point(paper.order)
    if "custody" not in does:
        assert after.order.custodians() == paper.order.custodians() or does & {
            "container",
            "register",
            "write_off",
            "unused",
        }


@pytest.mark.parametrize("form", FORMS)
def test_who_made_the_batch(form: str) -> None:
    """Everybody who did or signed a step of the manufacture or of quality control's result, and nobody else."""
    order = road(0, form)[1]

    assert order.executors() == {"P-mfg_operator-S-MFG-1", "P-mfg_operator-S-MFG-2", "P-qc_analyst-S-MFG-1"}
    assert before(form, "h7_accept").order.executors() == frozenset()


def test_questions_to_an_order() -> None:
    """What it has is found, what it has not is None."""
    order = moment("h12_accept").asked.order
    product = order.of_kind("drug_product")[0]

    assert order.site("courier") == SITES["courier"]
    assert order.container(product.id) == product
    assert order.container("C-9") is None
    assert product.key("serial") == "S-0-3"
    assert product.key("din") is None
    assert order.did("h99") is None
    again = replace(order.done[0], seq=99)
    assert replace(order, done=(*order.done, again)).did(again.checkpoint) == again
    assert replace(order, done=(*order.done, replace(again, undone=True))).did(again.checkpoint) == order.done[0]


def test_several_custodians_are_none_and_each() -> None:
    """Where the live containers are at two points there is no one custodian; what has its end does not count."""
    order = moment("h12_accept").asked.order
    product = order.of_kind("drug_product")[0]
    other = replace(product, id="C-2", custodian="S-COU")
    two = replace(order, containers=(*order.containers, other))

    assert order.custodian == "S-MFG"
    assert (two.custodian, two.custodians()) == (None, ("S-COU", "S-MFG"))
    assert replace(two, containers=(product, replace(other, state="destroyed"))).custodian == "S-MFG"
    assert road(0)[1].custodian is None


def test_an_offer_is_found_by_its_container() -> None:
    """The oldest open one is the order's, and each container has its own."""
    order = moment("h5_accept").asked.order
    first, second = order.offers[0], Offer("S-X", "P-1", AT, ("C-2",))
    two = replace(order, offers=(first, second))

    assert (two.offer, two.offered("C-0-0"), two.offered("C-2"), two.offered("C-3")) == (first, first, second, None)
    assert replace(order, offers=()).offer is None


def test_a_shipment_is_found_by_its_shipper_or_seal() -> None:
    """Without a code only where one is under way; what was received or opened is no longer under way."""
    order = moment("h7_deliver").asked.order
    first = order.shipments[0]
    second = replace(first, id="SH-2", shipper="SHP-2", seal="SEA-2")
    two = replace(order, shipments=(first, second))

    assert order.shipment() == order.shipment("SHP-unknown") == first
    assert (two.shipment(), two.shipment("SHP-unknown")) == (None, None)
    assert (two.shipment("SHP-2"), two.shipment("SEA-2"), two.shipment(first.seal)) == (second, second, first)
    for state in ("received", "opened"):
        assert replace(order, shipments=(replace(first, state=state),)).shipment(first.shipper) is None


def test_the_clock_that_ends_first_is_the_orders() -> None:
    """Of the live bags; a bag that was given has no clock left."""
    order = moment("h15_issue").asked.order
    bag = order.dose()[0]
    assert bag.thaw_began is not None
    earlier = replace(bag, id="C-2", thaw_began=bag.thaw_began - timedelta(minutes=5))

    assert order.thaw_began == bag.thaw_began
    assert replace(order, containers=(bag, earlier)).thaw_began == earlier.thaw_began
    assert replace(order, containers=(bag, replace(earlier, state="administered"))).thaw_began == bag.thaw_began
    assert road(0)[1].thaw_began is None


def test_what_a_bag_descends_from() -> None:
    """Back to the donation, each once; a stranger descends from nothing."""
    order = road(0)[1]
    donation, vessel, sample, product = (held.id for held in order.containers)

    assert order.lineage([product]) == {product, vessel, donation}
    assert order.lineage([sample, product]) == {donation, vessel, sample, product}
    assert order.lineage([donation]) == {donation}
    assert order.lineage(["C-9"]) == order.lineage([]) == frozenset()


def test_the_dose_is_what_the_certificate_lists() -> None:
    """All of it, and nothing without a certificate."""
    order = follow(">h10_print / h10_print bags=2 / >h12_pick").order

    assert [held.id for held in order.dose()] == ["C-0-3", "C-0-4"]
    assert replace(order, certificate=None).dose() == ()


def test_states_are_told_apart() -> None:
    """The road, what lies beside it, the end; each state once, and a container's ends are among its states."""
    assert ALL_STATES == STATES + STOPPED
    assert len(set(ALL_STATES)) == len(ALL_STATES)
    assert TERMINAL <= set(STATES)
    assert set(CONTAINER_STATES) >= FINAL_CONTAINER
    assert len(set(CONTAINER_STATES)) == len(CONTAINER_STATES)
    for form, names in ROADS.items():
        reached = [PROTOCOLS[form].checkpoint(name).to for name in names]
        assert [state for state in STATES if state in reached] == [state for state in reached if state]


def test_a_draft_has_nothing_yet() -> None:
    """The opening names the patient's pseudonym, sites and protocol, and nothing else is known."""
    stmt = {
        "order": "O-9", "patient": "P-9", "protocol": "p/1", "protocol_sha256": "00", "product": "X",
        "sites": {"treatment": "S-2", "collection": "S-1"}, "at": instant(AT),
    }  # fmt: skip
    order = fold.opened("chain", stmt)

    assert order == Order(
        "O-9", "chain", "P-9", "p/1", "00", "X", (("collection", "S-1"), ("treatment", "S-2")), "DRAFT", AT
    )
    assert {field.name for field in fields(order) if getattr(order, field.name) in (None, (), 0)} == {
        "coi", "lot", "left", "offers", "certificate", "containers", "shipments", "done", "facts", "refused",
    }  # fmt: skip
    assert Done("x", AT, 1, ()).undone is False


def test_a_label_without_its_bag_holds_no_cells() -> None:
    """What is only registered is not filled, what came to its end is not either, and everything between is."""
    for held in follow(">h9_transfer").order.containers:
        for state in CONTAINER_STATES:
            assert replace(held, state=state).filled is (state not in {"registered", *FINAL_CONTAINER})


@pytest.mark.parametrize("form", FORMS)
def test_each_step_of_the_manufacture_makes_an_executor_by_itself(form: str) -> None:
    """Who did one of them, and nothing else, may not release; who did any other step may."""
    order = road(0, form)[1]
    making = ("h8_", "h9_", "h10_", "h11_qc")
    for deed in order.done:
        alone = replace(order, done=(replace(deed, persons=("P-A", "P-B")),))
        assert alone.executors() == ({"P-A", "P-B"} if deed.checkpoint.startswith(making) else frozenset())
    assert {"h8", "h9", "h10", "h11"} <= {deed.checkpoint.partition("_")[0] for deed in order.done}
