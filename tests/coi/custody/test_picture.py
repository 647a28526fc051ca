"""An order goes into plain data and comes back the same."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coi.custody.order import ALL_STATES, Certificate, Container, Done, Offer, Order
from coi.custody.picture import from_json, to_json
from coi.shipping.shipment import Shipment
from tests.coi.custody.detours import ALL, before

text = st.text(st.characters(codec="utf-8"), max_size=12)
when = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis adds the zone
pairs = st.dictionaries(text, text, max_size=3).map(lambda made: tuple(sorted(made.items())))
texts = st.lists(text, max_size=3).map(tuple)
maybe = st.none() | text
containers = st.builds(
    Container, id=text, kind=text, state=text, keys=pairs, expires=st.none() | when, parents=texts, location=maybe,
    custodian=maybe, thaw_began=st.none() | when,
)  # fmt: skip
shipments = st.builds(
    Shipment, id=text, order=text, origin=text, destination=text, shipper=text, seal=text, containers=texts, state=text,
    logger=text, received_at=st.none() | when,
)  # fmt: skip
offers = st.builds(Offer, to=text, by=text, at=when, containers=texts)
deeds = st.builds(Done, checkpoint=text, at=when, seq=st.integers(1, 10**6), persons=texts, undone=st.booleans())
whole = st.builds(
    Order, id=text, chain=text, patient=text, protocol=text, protocol_sha256=text, product=text, sites=pairs,
    state=st.sampled_from(ALL_STATES), opened_at=when, coi=maybe, lot=maybe, left=maybe,
    offers=st.lists(offers, max_size=3).map(tuple),
    certificate=st.none() | st.builds(Certificate, id=text, containers=texts, at=when, oos=st.booleans()),
    containers=st.lists(containers, max_size=3).map(tuple), shipments=st.lists(shipments, max_size=3).map(tuple),
    done=st.lists(deeds, max_size=3).map(tuple), facts=pairs, refused=st.integers(0, 10**6),
)  # fmt: skip


@given(whole)
def test_an_order_comes_back_from_its_picture(order: Order) -> None:
    """Through JSON text and back it is the same order, to the microsecond."""
    assert from_json(json.loads(json.dumps(to_json(order)))) == order


@pytest.mark.parametrize(("form", "step"), ALL)
def test_every_order_of_every_road_comes_back(form: str, step: str) -> None:
    """With offers, shipments, certificate and clocks as they come."""
    order = before(form, step).order

    assert from_json(json.loads(json.dumps(to_json(order)))) == order
