"""Every clock of a shipment is computed from the time that is told: who is late, since when, and who hears of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from coi.shipping.alarms import Limits, Moments, clocks, due

BEGAN = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
LANE = Limits(planned=timedelta(hours=24), lost_after=timedelta(hours=72))
COLD = replace(LANE, hold_time=timedelta(hours=240))


def hour(number: float) -> datetime:
    """Return an instant so many hours after the offer."""
    return BEGAN + timedelta(hours=number)


OFFERED = Moments(offered_at=hour(0), charged_at=hour(-2))
PICKED = replace(OFFERED, picked_up_at=hour(0.25))
DELIVERED = replace(PICKED, delivered_at=hour(20))
RECEIVED = replace(DELIVERED, received_at=hour(20.5))

CASES = {
    "nothing has happened": (LANE, Moments(), 999, []),
    "offered, half an hour not over": (LANE, OFFERED, 0.49, []),
    "offered and nobody came": (LANE, OFFERED, 0.5, [("late_pick_up", "warning", 0.5)]),
    "picked up and on time": (LANE, PICKED, 24.2, []),
    "late on the road": (LANE, PICKED, 24.25, [("late_in_transit", "warning", 24.25)]),
    "lost": (LANE, PICKED, 72.25, [("late_in_transit", "warning", 24.25), ("lost", "alarm", 72.25)]),
    "delivered and not taken in": (LANE, DELIVERED, 20.5, [("not_received", "warning", 20.5)]),
    "delivered, and still lost in the end": (
        LANE,
        DELIVERED,
        73,
        [("not_received", "warning", 20.5), ("lost", "alarm", 72.25)],
    ),
    "received": (COLD, RECEIVED, 999, []),
    "a day before the shipper warms up": (
        COLD,
        replace(DELIVERED, offered_at=None, picked_up_at=None),
        214,
        [("not_received", "warning", 20.5), ("hold_time", "warning", 214)],
    ),
    "the shipper is warm": (
        replace(COLD, planned=timedelta(hours=999), lost_after=timedelta(hours=999)),
        PICKED,
        238,
        [("hold_time", "alarm", 238)],
    ),
    "nobody says when it was charged": (
        COLD,
        replace(OFFERED, charged_at=None),
        0.1,
        [("hold_time", "alarm", 0)],
    ),
    "charged, unknown, and not yet on its way": (COLD, Moments(), 1, []),
}


@pytest.mark.parametrize(("lane", "moments", "at", "expected"), CASES.values(), ids=CASES)
def test_what_is_late(lane: Limits, moments: Moments, at: float, expected: list[tuple[str, str, float]]) -> None:
    """Each clock runs out to the minute and ends when its fact comes."""
    seen = [(one.kind, one.level, one.since) for one in due(lane, moments, hour(at))]

    assert [(kind, level, hour(since)) for kind, level, since in expected] == seen


def test_who_is_told() -> None:
    """A late pick-up wakes nobody of quality; what is lost does, and so does a shipper that is warm."""
    told = {(one.kind, one.level): one.tell for one in clocks(COLD, PICKED)}

    assert ("carrier", "receiver", "coordinator") == told["late_in_transit", "warning"]
    assert ("carrier", "receiver", "coordinator", "quality") == told["lost", "alarm"]
    assert ("carrier", "receiver", "coordinator") == told["hold_time", "warning"]
    assert ("carrier", "receiver", "coordinator", "quality") == told["hold_time", "alarm"]
    assert ("giver", "carrier", "coordinator") == clocks(LANE, OFFERED)[0].tell


def test_clocks_are_told_before_they_run_out() -> None:
    """A board can show what comes next: the clocks that run, the soonest first."""
    assert [hour(24.25), hour(72.25), hour(214), hour(238)] == [one.since for one in clocks(COLD, PICKED)]
