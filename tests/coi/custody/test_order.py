"""An order is what its chain says: effects change exactly what they name, and nothing is skipped."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coi.custody import order as orders
from coi.custody.order import STATES, BrokenOrder, Certificate, Container, Done, Offer, Order, from_json, step, to_json
from coi.ledger.entry import instant
from coi.shipping.shipment import Shipment
from tests.coi.custody.paper import BEGAN, PROTOCOL, SITES, STEPS, fresh, moment, road

AT = BEGAN + timedelta(days=1)
text = st.text(st.characters(codec="utf-8"), max_size=12)
when = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis adds the zone
pairs = st.dictionaries(text, text, max_size=3).map(lambda made: tuple(sorted(made.items())))
texts = st.lists(text, max_size=3).map(tuple)
containers = st.builds(Container, text, text, text, pairs, st.none() | when, texts, st.none() | text)
shipments = st.builds(Shipment, text, text, text, text, text, text, texts, text)
whole = st.builds(
    Order, id=text, chain=text, patient=text, protocol=text, protocol_sha256=text, product=text, sites=pairs,
    state=st.sampled_from(STATES), opened_at=when, coi=st.none() | text, lot=st.none() | text,
    custodian=st.none() | text, offer=st.none() | st.builds(Offer, text, text, when),
    certificate=st.none() | st.builds(Certificate, text, texts, when), thaw_began=st.none() | when,
    containers=st.lists(containers, max_size=3).map(tuple), shipments=st.lists(shipments, max_size=3).map(tuple),
    done=st.lists(st.builds(Done, text, when, st.integers(1, 10**6), texts), max_size=3).map(tuple), facts=pairs,
    refused=st.integers(0, 10**6),
)  # fmt: skip


@given(whole)
def test_an_order_comes_back_from_its_picture(order: Order) -> None:
    """Through JSON text and back it is the same order, to the microsecond."""
    assert from_json(json.loads(json.dumps(to_json(order)))) == order


@pytest.mark.parametrize("name", STEPS)
def test_every_order_of_the_road_comes_back(name: str) -> None:
    """With offers, shipments, certificate and clock as they come."""
    order = moment(name).asked.order

    assert from_json(json.loads(json.dumps(to_json(order)))) == order


def one(order: Order, *effects: dict[str, Any], outcome: str = "accepted") -> Order:
    """Return the order after one deed with these effects."""
    stmt = {"outcome": outcome, "at": instant(AT), "actor": "P-1", "checkpoint": "x", "effects": list(effects)}
    return step(order, stmt, 7, ("P-2", "P-1"))


START = moment("h5_accept").asked.order
"""An order with a bag, a shipment and an offer."""
BAG = START.containers[0]
TOUCHES: dict[str, tuple[dict[str, Any], dict[str, object]]] = {
    "state": ({"do": "state", "to": "RELEASED"}, {"state": "RELEASED"}),
    "issue_coi": ({"do": "issue_coi", "coi": "COI-9"}, {"coi": "COI-9"}),
    "lot": ({"do": "lot", "lot": "L-9"}, {"lot": "L-9"}),
    "custody": ({"do": "custody", "to": "S-X"}, {"custodian": "S-X", "offer": None}),
    "offer": ({"do": "offer", "to": "S-X"}, {"offer": Offer("S-X", "P-1", AT)}),
    "decline": ({"do": "decline"}, {"offer": None}),
    "fact": ({"do": "fact", "name": "suite", "value": "LOC-1"}, {"facts": (("suite", "LOC-1"),)}),
    "certify": (
        {"do": "certify", "certificate": "RC-9", "containers": [BAG.id]},
        {"certificate": Certificate("RC-9", (BAG.id,), AT)},
    ),
    "thaw_clock": ({"do": "thaw_clock", "began": instant(AT)}, {"thaw_began": AT}),
    "piece": ({"do": "piece", "piece": "X", "to": "applied"}, {}),
    "print": ({"do": "print", "design": "vessel"}, {}),
    "shipment": (
        {"do": "shipment", "shipment": START.shipments[0].id, "state": "received"},
        {"shipments": (replace(START.shipments[0], state="received"),)},
    ),
    "ship": (
        {
            "do": "ship", "shipment": "SH-9", "origin": "S-A", "destination": "S-B", "shipper": "SHP-9",
            "seal": "SEA-9", "containers": [BAG.id],
        },
        {"shipments": (*START.shipments, Shipment("SH-9", "O-0", "S-A", "S-B", "SHP-9", "SEA-9", (BAG.id,)))},
    ),
    "register": (
        {"do": "register", "container": "C-9", "kind": "intermediate", "keys": {"coi": "COI-0", "a": "b"}},
        {
            "containers": (
                BAG, Container("C-9", "intermediate", "registered", (("a", "b"), ("coi", "COI-0"))),
            )
        },
    ),
    "register with expiry": (
        {"do": "register", "container": "C-9", "kind": "drug_product", "keys": {}, "expires": instant(AT)},
        {"containers": (BAG, Container("C-9", "drug_product", "registered", (), AT))},
    ),
    "container": (
        {"do": "container", "container": BAG.id, "state": "stored", "location": "LOC-1"},
        {"containers": (replace(BAG, state="stored", location="LOC-1"),)},
    ),
    "container with all": (
        {"do": "container", "container": BAG.id, "state": "x", "expires": instant(AT), "parent": "C-1"},
        {"containers": (replace(BAG, state="x", expires=AT, parents=("C-1",)),)},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("effect", "fields_after"), TOUCHES.values(), ids=TOUCHES)
def test_an_effect_changes_what_it_names_and_nothing_else(effect: dict[str, Any], fields_after: dict[str, Any]) -> None:
    """Beside the deed itself, every other field of the order stays as it was."""
    deed = Done("x", AT, 7, ("P-1", "P-2"))

    assert one(START, effect) == replace(START, **fields_after, done=(*START.done, deed))


def test_a_container_that_moves_on_leaves_its_place() -> None:
    """A place holds as long as the deed that names it."""
    stored = one(START, {"do": "container", "container": BAG.id, "state": "stored", "location": "LOC-1"})
    moved = one(stored, {"do": "container", "container": BAG.id, "state": "sealed"})

    assert stored.containers[0].location == "LOC-1"
    assert moved.containers[0].location is None
    assert moved.containers[0].expires == BAG.expires


def test_only_the_shipment_that_is_named_changes() -> None:
    """Of two shipments one is received."""
    two = replace(START, shipments=(replace(START.shipments[0], id="SH-8"), START.shipments[0]))
    after = one(two, {"do": "shipment", "shipment": START.shipments[0].id, "state": "received"})

    assert [shipment.state for shipment in after.shipments] == [START.shipments[0].state, "received"]


def test_only_the_container_that_is_named_changes() -> None:
    """Of two containers one is moved."""
    two = replace(START, containers=(replace(BAG, id="C-8"), BAG))
    after = one(two, {"do": "container", "container": BAG.id, "state": "received"})

    assert [held.state for held in after.containers] == [BAG.state, "received"]


def test_a_new_fact_of_the_same_name_stands_for_the_old() -> None:
    """The newest counts, and others stay."""
    after = one(START, {"do": "fact", "name": "a", "value": "1"}, {"do": "fact", "name": "b", "value": "2"})
    after = one(after, {"do": "fact", "name": "a", "value": "3"})

    assert after.facts == (("b", "2"), ("a", "3"))
    assert (after.fact("a"), after.fact("c")) == ("3", None)


@given(st.sampled_from(list(TOUCHES)))
@settings(max_examples=30)
def test_a_refusal_changes_the_count_of_refusals_alone(name: str) -> None:
    """Whatever effects it names: a blocked entry has none."""
    assert one(START, TOUCHES[name][0], outcome="blocked") == replace(START, refused=START.refused + 1)


def test_a_deed_received_into_quarantine_counts_as_done() -> None:
    """Custody passes with it."""
    assert one(START, {"do": "custody", "to": "S-X"}, outcome="quarantined").custodian == "S-X"


BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "a state of nowhere": ({"do": "state", "to": "HEAVEN"}, "Expected a state of the order, seen 'HEAVEN'."),
    "a container of nobody": (
        {"do": "container", "container": "C-9", "state": "x"},
        "Expected a container of order O-0, seen C-9.",
    ),
    "a container twice": (
        {"do": "register", "container": BAG.id, "kind": "x", "keys": {}},
        f"Expected a new container, seen {BAG.id} again.",
    ),
    "an effect of no name": ({"do": "magic"}, "Expected an effect that the order knows, seen 'magic'."),
    "a shipment of nobody": (
        {"do": "shipment", "shipment": "SH-9", "state": "received"},
        "Expected a shipment of order O-0, seen SH-9.",
    ),
    "a shipment twice": (
        {**TOUCHES["ship"][0], "shipment": START.shipments[0].id},
        f"Expected a new shipment, seen {START.shipments[0].id} again.",
    ),
    "a stranger in the shipper": (
        {**TOUCHES["ship"][0], "containers": [BAG.id, "C-9"]},
        "Expected containers of order O-0, seen C-9.",
    ),
    "a stranger on the certificate": (
        {"do": "certify", "certificate": "RC-9", "containers": ["C-9"]},
        "Expected containers of order O-0, seen C-9.",
    ),
}


@pytest.mark.parametrize(("effect", "said"), BROKEN.values(), ids=BROKEN)
def test_what_the_order_cannot_have_is_a_broken_chain(effect: dict[str, Any], said: str) -> None:
    """An entry that names something else is never skipped over."""
    with pytest.raises(BrokenOrder) as told:
        one(START, effect)

    assert str(told.value) == said


@pytest.mark.parametrize("number", range(3))
def test_from_the_collection_on_there_is_exactly_one_custodian(number: int) -> None:
    """Custody begins at the chair, changes only by the deed of who takes it, and never lapses (law 5)."""
    before: str | None = None
    for name in STEPS:
        order = moment(name, number).asked.order
        if before is not None:
            assert order.custodian is not None, name
        if order.custodian != before:
            taken = order.done[-1]
            taker = PROTOCOL.checkpoint(taken.checkpoint)
            assert {"custody"} <= {effect["do"] for effect in taker.effects}, name
            assert order.custodian == taker.point(order)
            assert order.offer is None
        before = order.custodian
    assert road(number)[1].custodian == "S-TRT/ward"


@given(st.lists(st.sampled_from(list(TOUCHES)), max_size=12))
def test_whatever_happens_custody_has_one_custodian(names: list[str]) -> None:
    """No deed but one that names a custodian changes it, and none takes it away."""
    order = START
    for number, name in enumerate(names):
        effect = dict(TOUCHES[name][0])
        if effect["do"] == "register":
            effect["container"] = f"C-{number + 10}"
        elif effect["do"] == "ship":
            effect["shipment"] = f"SH-{number + 10}"
        before, order = order, one(order, effect)
        assert order.custodian == ("S-X" if name == "custody" else before.custodian)


def test_who_made_the_batch() -> None:
    """Everybody who did or signed a step of the manufacture or of quality control, and nobody else."""
    order = road(0)[1]
    makers = {
        person
        for deed in order.done
        if deed.checkpoint in {"h8_start", "h9_transfer", "h10_print", "h10_fill", "h11_qc"}
        for person in deed.persons
    }

    assert order.executors() == makers
    assert makers == {"P-mfg_operator-S-MFG-1", "P-mfg_operator-S-MFG-2", "P-qc_analyst-S-MFG-1"}


def test_questions_to_an_order() -> None:
    """What it has is found, what it has not is None."""
    order = moment("h12_accept").asked.order
    product = order.of_kind("drug_product")[0]

    assert order.site("courier") == SITES["courier"]
    assert order.container(product.id) == product
    assert order.container("C-9") is None
    assert product.key("serial") == "S-0"
    assert product.key("din") is None
    assert order.shipment() == order.shipments[-1]
    assert moment("h12_pack").asked.order.shipment() is None
    assert order.did("h99") is None
    again = replace(order.done[0], seq=99)
    assert replace(order, done=(*order.done, again)).did(again.checkpoint) == again


def test_a_draft_has_nothing_yet() -> None:
    """The opening names the patient's pseudonym, sites and protocol, and nothing else is known."""
    stmt = {
        "order": "O-9", "patient": "P-9", "protocol": "p/1", "protocol_sha256": "00", "product": "X",
        "sites": {"treatment": "S-2", "collection": "S-1"}, "at": instant(AT),
    }  # fmt: skip
    order = orders.opened("chain", stmt)

    assert order == Order(
        "O-9", "chain", "P-9", "p/1", "00", "X", (("collection", "S-1"), ("treatment", "S-2")), "DRAFT", AT
    )
    assert {field.name for field in fields(order) if getattr(order, field.name) in (None, (), 0)} == {
        "coi", "lot", "custodian", "offer", "certificate", "thaw_began", "containers", "shipments", "done", "facts",
        "refused",
    }  # fmt: skip


def entry(kind: str, seq: int = 2, **stmt: object) -> Any:  # noqa: ANN401 - stands for a ledger entry
    """Return what the fold looks at of an entry."""
    return SimpleNamespace(type=kind, chain="chain-0", stmt=stmt, seq=seq, sig=({"person": "P-2"},))


def test_a_chain_folds_into_its_order() -> None:
    """Deeds are steps; notices, holds and labels are not; a chain without an order has none."""
    created = entry(
        "order.created", order="O-0", patient="P", protocol="p/1", protocol_sha256="00", product="X", sites={},
        at=instant(AT),
    )  # fmt: skip
    deed = {"outcome": "accepted", "at": instant(AT), "actor": "P-1", "checkpoint": "h1_submit"}
    done = entry("custody.h1_submit", 3, **deed, effects=[{"do": "state", "to": "ORDERED"}])
    noted = entry("custody.notice", 4, outcome="noted")
    blocked = entry("custody.h2_print", 5, outcome="blocked")
    others = [entry("label.printed", 6, outcome="accepted"), entry("hold.placed", 7, outcome="accepted")]

    order = orders.replay([done, created, done, noted, blocked, *others])

    assert orders.replay([done, noted]) is None
    assert order is not None
    assert (order.state, order.refused) == ("ORDERED", 1)
    assert order.done == (Done("h1_submit", AT, 3, ("P-1", "P-2")),)


def test_what_is_a_step() -> None:
    """A judged deed of custody, whatever its outcome, but no notice."""
    kinds = {("custody.x", "accepted"): True, ("custody.x", "blocked"): True, ("custody.x", "noted"): False,
             ("label.x", "accepted"): False}  # fmt: skip

    assert kinds == {(kind, out): orders.is_step(kind, {"outcome": out}) for kind, out in kinds}
    assert fresh("h1_submit") == {}
