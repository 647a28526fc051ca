"""Whether a check that nobody made is overdue, and from when it wakes somebody."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from coi.custody import watch
from coi.custody.order import Done, Offer
from coi.people.station_watch import Sign
from tests.coi.custody.paper import PROTOCOL, asked

ISSUED = asked("h15_accept")
OFFERED = replace(ISSUED.order, containers=(), offers=(Offer("S-W/ward", "U-1", ISSUED.at, ("C-1",)),))


def of(minutes: float) -> list[tuple[str, str]]:
    """Return what is overdue so many minutes after the bag was issued."""
    bag = replace(ISSUED.order.containers[-1], state="issued")
    order = replace(
        ISSUED.order,
        containers=(bag,),
        offers=(),
        done=(*ISSUED.order.done, Done("h15_accept", ISSUED.at, 99, ("U-1",))),
    )
    found = watch.of_order(order, PROTOCOL, ISSUED.at + timedelta(minutes=minutes))
    return [(one.kind, one.level) for one in found]


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [(0, []), (60, []), (60.5, [("not_verified", "warning")]), (120.5, [("not_verified", "alarm")])],
)
def test_a_bag_at_the_bedside_is_verified_within_the_hour(minutes: float, expected: list[tuple[str, str]]) -> None:
    """After an hour somebody looks, after two somebody is called."""
    assert expected == of(minutes)


@pytest.mark.parametrize(("minutes", "expected"), [(30, []), (31, ["warning"]), (61, ["alarm"])])
def test_an_offer_is_taken_within_half_an_hour(minutes: int, expected: list[str]) -> None:
    """Custody that hangs in the air is told."""
    found = watch.of_order(OFFERED, PROTOCOL, ISSUED.at + timedelta(minutes=minutes))

    assert expected == [one.level for one in found if one.kind == "not_accepted"]


def test_nothing_issued_is_nothing_overdue() -> None:
    """An order without an issued bag and without an offer has no watch."""
    assert () == watch.of_order(replace(OFFERED, offers=()), PROTOCOL, ISSUED.at + timedelta(days=9))


def test_a_station_that_is_not_heard_may_hold_scans() -> None:
    """After a quarter of an hour its silence is told, and each level once."""
    heard = (Sign("D-1", "S-W", ISSUED.at), Sign("D-2", "S-W", ISSUED.at + timedelta(minutes=10)))

    (warned,) = watch.of_stations(heard, ISSUED.at + timedelta(minutes=16))
    (alarmed, other) = watch.of_stations(heard, ISSUED.at + timedelta(minutes=31))

    assert [("D-1", "warning"), ("D-1", "alarm"), ("D-2", "warning")] == [
        (one.about, one.level) for one in (warned, alarmed, other)
    ]
    assert 3 == len({one.key for one in (warned, alarmed, other)})


def test_an_outbox_that_does_not_empty_is_told() -> None:
    """A station that is heard and says that a scan waits for a quarter of an hour: from that scan on, not from now."""
    at = ISSUED.at + timedelta(minutes=40)
    heard = (
        Sign("D-1", "S-W", at, ISSUED.at),
        Sign("D-2", "S-W", at, at - timedelta(minutes=15)),
        Sign("D-3", "S-W", at),
    )

    assert [("outbox_waits", "D-1", "alarm")] == [
        (one.kind, one.about, one.level) for one in watch.of_stations(heard, at)
    ]
