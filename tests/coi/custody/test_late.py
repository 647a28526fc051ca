"""Which clocks of a shipment have run out, as the order tells it?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from coi.custody import late
from coi.custody import protocol_register as protocols
from coi.custody.order import Done, Offer, Order
from coi.shipping.shipment import Shipment

PROTOCOL = protocols.for_product("CRYO-CAR-T")
BEGAN = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
SHIPMENT = Shipment("SH-1", "O-1", "S-H", "S-F", "SHP-X", "SEA-X", ("C-1",), "in_transit")
SEALED = Done("h5_pack", BEGAN, 9, ("U-1",))
TAKEN = Done("h5_accept", BEGAN + timedelta(hours=1), 11, ("U-2",))
ORDER = Order(
    id="O-1",
    chain="c",
    patient="P-1",
    protocol="cryo-car-t/1",
    protocol_sha256=PROTOCOL.sha256,
    product="CRYO-CAR-T",
    sites=(("collection", "S-H"), ("courier", "S-C"), ("manufacturing", "S-F"), ("treatment", "S-H")),
    state="COLLECTED",
    opened_at=BEGAN - timedelta(days=3),
    shipments=(SHIPMENT,),
    done=(SEALED,),
)
OFFERED = replace(ORDER, offers=(Offer("S-C", "U-1", BEGAN, ("C-1",)),))
CARRIED = replace(ORDER, state="IN_TRANSIT_TO_MFG", done=(SEALED, TAKEN))
DELIVERED = replace(CARRIED, offers=(Offer("S-F", "U-2", BEGAN + timedelta(hours=5), ("C-1",)),))

RUN_OUT = {
    "just offered": (OFFERED, timedelta(minutes=20), []),
    "offered and not picked up": (OFFERED, timedelta(minutes=40), ["late_pick_up"]),
    "sealed and not offered": (ORDER, timedelta(days=9), []),
    "on its way": (CARRIED, timedelta(hours=20), []),
    "late on its way": (CARRIED, timedelta(hours=26), ["late_in_transit"]),
    "missing": (CARRIED, timedelta(hours=50), ["late_in_transit", "lost"]),
    "delivered": (DELIVERED, timedelta(hours=5, minutes=10), []),
    "delivered and not received": (DELIVERED, timedelta(hours=6), ["not_received"]),
    "missing at the door": (DELIVERED, timedelta(hours=50), ["not_received", "lost"]),
}


@pytest.mark.parametrize(("order", "later", "kinds"), RUN_OUT.values(), ids=RUN_OUT)
def test_each_clock_runs_from_what_happened(order: Order, later: timedelta, kinds: list[str]) -> None:
    """From the offer to the pick-up, from there to the receiver, and what is twice as late as planned is lost."""
    assert kinds == [alarm.kind for alarm in late.of_shipment(order, PROTOCOL, SHIPMENT, BEGAN + later)]


def test_a_shipment_that_arrived_has_no_clock() -> None:
    """Received or opened again, nothing is late any more."""
    arrived = replace(SHIPMENT, state="received", received_at=BEGAN)

    assert () == late.of_shipment(CARRIED, PROTOCOL, arrived, BEGAN + timedelta(days=9))


def test_an_earlier_leg_does_not_make_the_next_one_late() -> None:
    """The carrier who took the collected cells has not taken the product: that clock begins with its own sealing."""
    again = replace(CARRIED, done=(SEALED, TAKEN, Done("h12_pack", BEGAN + timedelta(days=12), 40, ("U-3",))))

    assert late.moments(again, PROTOCOL, SHIPMENT).picked_up_at is None


def test_a_protocol_without_a_carrier_has_a_day() -> None:
    """Where no step says how long a carrier has, a leg is planned for a day."""
    house = protocols.for_product("HOSPITAL-CAR-T")

    assert late.limits(house).planned == timedelta(hours=24)
    assert late.limits(house).lost_after == timedelta(hours=48)
