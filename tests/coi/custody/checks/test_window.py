"""The scans at the patient lie close together, and close to the deed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from coi.custody.checks import window
from coi.custody.reasons import Reason
from tests.coi.custody.paper import PROTOCOL, asked

RIGHT = asked("h16_start")


def scanned_at(*before: float, limit: int | None = None) -> tuple[Reason, ...]:
    """Return what is said when the three codes were scanned so many seconds before the deed."""
    three = [item for item in RIGHT.facts.items if item.klass != "band"]
    items = tuple(replace(item, at=RIGHT.at - timedelta(seconds=ago)) for item, ago in zip(three, before, strict=True))
    protocol = PROTOCOL if limit is None else replace(PROTOCOL, limits={**PROTOCOL.limits, "wristband_to_bag_s": limit})
    return window.check(replace(asked("h16_start", items=items), protocol=protocol))


@pytest.mark.parametrize("before", [(5, 5, 5), (120, 60, 0), (120, 0, 60), (720, 660, 600), (600, 600, 600)])
def test_within_two_minutes_of_each_other_and_ten_of_the_deed(before: tuple[int, int, int]) -> None:
    """At the limit it passes, in whatever turn the codes of the bag were scanned."""
    assert scanned_at(*before) == ()


@pytest.mark.parametrize("before", [(0, 60, 60), (5, 9, 0), (0, 0, 121)])
def test_the_patient_comes_first(before: tuple[int, int, int]) -> None:
    """A bag that was scanned before its patient is no check of the patient, however soon the band follows."""
    assert scanned_at(*before) == (Reason("patient_first", "", "the wristband before the bag", "the bag first"),)


def test_the_hospitals_own_band_is_the_patient_too() -> None:
    """Whichever of the two bands was scanned before the bag, the patient came first."""
    seconds = {"band": 30, "container": 20, "wristband": 10}
    items = tuple(
        replace(item, at=RIGHT.at - timedelta(seconds=seconds[item.klass]))
        for item in RIGHT.facts.items
        if item.klass in seconds
    )

    assert set(seconds) == {item.klass for item in items}
    assert window.check(asked("h16_start", items=items)) == ()


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        ((120.5, 60, 0), Reason("window", expected="at most 120 s", seen="120 s")),
        ((121, 60, 0), Reason("window", expected="at most 120 s", seen="121 s")),
        ((900, 0, 0), Reason("window", expected="at most 120 s", seen="900 s")),
        ((601, 601, 601), Reason("window", expected="at most 600 s", seen="601 s")),
        ((700, 660, 600.5), Reason("window", expected="at most 600 s", seen="600 s")),
    ],
)
def test_too_far_apart_or_too_long_ago(before: tuple[float, float, float], reason: Reason) -> None:
    """A wristband scanned minutes before the bag is another moment; so is a pair scanned long before the deed."""
    assert scanned_at(*before) == (reason,)


def test_no_protocol_allows_more_than_ten_minutes() -> None:
    """The hard bound stands whatever the protocol says."""
    assert scanned_at(600, 0, 0, limit=86_400) == ()
    assert scanned_at(601, 0, 0, limit=86_400) == (Reason("window", expected="at most 600 s", seen="601 s"),)
    assert scanned_at(31, 0, 0, limit=30) == (Reason("window", expected="at most 30 s", seen="31 s"),)


def test_nothing_scanned_is_judged_as_missing() -> None:
    """There are no instants to compare; the comparison of orders refuses it."""
    assert window.check(asked("h16_start", items=())) == ()
