"""The booked days follow the road."""

from __future__ import annotations

import pytest

from coi.custody.checks import slots_in_order
from coi.custody.reasons import Reason
from tests.coi.custody.paper import asked

NAMES = ("slot_collection", "slot_manufacturing", "slot_infusion")
A, B, C = "2026-11-05", "2026-11-07", "2026-12-02"


@pytest.mark.parametrize("days", [(A, B, C), (A, A, A), (A, A, C), (A, C, C)])
def test_days_in_the_order_of_the_road_pass(days: tuple[str, str, str]) -> None:
    """Two on one day are in order."""
    assert slots_in_order.check(asked("h2_schedule", values=dict(zip(NAMES, days, strict=True)))) == ()


@pytest.mark.parametrize("days", [(B, A, C), (A, C, B), (C, B, A), (B, C, A)])
def test_days_out_of_order_are_refused(days: tuple[str, str, str]) -> None:
    """A manufacture before the collection, an infusion before the manufacture."""
    found = slots_in_order.check(asked("h2_schedule", values=dict(zip(NAMES, days, strict=True))))

    assert found == (Reason("slots_order", expected="collection, manufacture, infusion", seen=" ".join(days)),)


def test_what_is_no_day_is_not_repeated() -> None:
    """Somebody may have typed a name into the field of a day."""
    said = {"slot_collection": "Erika Mustermann", "slot_manufacturing": A}

    assert slots_in_order.check(asked("h2_schedule", values=said)) == (
        Reason("slots_order", expected="collection, manufacture, infusion", seen=f"no date {A} no date"),
    )


def test_a_missing_first_day_is_told_elsewhere() -> None:
    """What is missing comes before every day; that it is missing, the check of values says."""
    said = {"slot_manufacturing": B, "slot_infusion": C}

    assert slots_in_order.check(asked("h2_schedule", values=said)) == ()
