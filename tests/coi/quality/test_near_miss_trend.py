"""A change is told where there is enough to tell one, and nowhere else."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coi.quality.near_miss_trend import APPROXIMATES, RUN, Per, Period, Point, chart, limits, periods, trend
from coi.quality.near_misses import Cell, Rate, measure

CANS = (
    12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22, 8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6,
)  # fmt: skip
"""D. C. Montgomery, Introduction to Statistical Quality Control, chapter 7: cans that do not conform, of 50 each; the
same numbers are the wafers of NIST/SEMATECH 6.3.3.2, which tells 0.2313 for the middle, 0.0524 and 0.4102 as limits.
Samples 15 and 23 lie beyond."""
MONDAY = date(2026, 8, 3)


def weeks(counts: list[tuple[int, int]]) -> list[tuple[Period, Rate]]:
    """Return counts as weekly rates."""
    days = [MONDAY + timedelta(weeks=number) for number in range(len(counts))]
    return [(Period(day, day + timedelta(days=6)), Rate(*one)) for day, one in zip(days, counts, strict=True)]


def signals(counts: list[tuple[int, int]]) -> list[str]:
    """Return what each week signals."""
    return [point.signal for point in chart(weeks(counts)).points]


def test_the_published_chart() -> None:
    """Middle, limits and the two samples beyond them are those of the books."""
    found = chart(weeks([(count, 50) for count in CANS]))

    assert found.whole == Rate(347, 1500)
    assert {(round(point.low, 4), round(point.high, 4)) for point in found.points} == {(0.0524, 0.4102)}
    assert [15, 23] == [number for number, point in enumerate(found.points, 1) if point.signal == "above"]
    assert "signal" == found.verdict


def test_each_period_has_the_limits_of_its_own_number() -> None:
    """Of fewer chances a rate may lie further from the middle before it says anything."""
    wide, narrow = limits(50, Fraction(1, 5)), limits(5_000, Fraction(1, 5))

    assert wide[0] < narrow[0] < 0.2 < narrow[1] < wide[1]


def test_a_limit_is_no_rate_that_cannot_be() -> None:
    """Limits end at never and always."""
    assert limits(10, Fraction(1, 2))[0] > 0
    assert limits(5, Fraction(1, 10))[0] == 0
    assert limits(5, Fraction(9, 10))[1] == 1


@pytest.mark.parametrize(("of", "judged"), [(24, False), (25, True)], ids=["expects less than five", "expects five"])
def test_too_few_to_say(of: int, judged: bool) -> None:  # noqa: FBT001  a case
    """A period is judged from five near misses on that the middle lets expect; below, it has no limits."""
    found = chart(weeks([(195, 1_000 - of), (5, of)])).points[1]

    assert judged == (of * Fraction(1, 5) >= APPROXIMATES) == found.judged
    assert judged == ((found.low, found.high) != (0.0, 1.0))


def test_nothing_at_all_is_nothing_to_say() -> None:
    """Weeks without a chance, and no weeks, say nothing."""
    empty = chart(weeks([(0, 0)] * 12))

    assert {(point.judged, point.low, point.high, point.signal) for point in empty.points} == {(False, 0.0, 1.0, "")}
    assert "few" == empty.verdict == chart([]).verdict


def test_never_in_many_weeks_is_still_too_few_to_say() -> None:
    """Where nothing ever happened no chart can tell a change; the interval beside the rate says how sure that is."""
    assert "few" == chart(weeks([(0, 1_000)] * 20)).verdict


def test_steady_needs_as_many_weeks_as_a_run() -> None:
    """Seven quiet weeks are too few to call steady, eight are enough."""
    quiet = [(20, 100), (21, 100)] * 4

    assert "few" == chart(weeks(quiet[: RUN - 1])).verdict
    assert "steady" == chart(weeks(quiet)).verdict


def test_eight_on_one_side_are_a_signal() -> None:
    """The eighth in a row and each after it; a week that cannot be judged ends the row."""
    low, high = [(8, 100)] * 9, [(12, 100)] * 9
    broken = [*low[:5], (0, 0), *low[5:]]

    assert ["", "", "", "", "", "", "", "run", "run"] * 2 == signals(low + high)
    assert "run" not in signals(broken + high[:-2])[: len(broken)]


def test_on_the_middle_is_on_no_side() -> None:
    """Weeks that are exactly the middle are no run."""
    assert [""] * 12 == signals([(10, 100)] * 12)


def test_far_below_is_a_signal_too() -> None:
    """A week with far fewer is worth a look: perhaps nobody scanned."""
    assert "below" == signals([(20, 100)] * 9 + [(2, 100)])[-1]


@given(st.lists(st.integers(0, 400).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))), max_size=20))
def test_a_signal_is_seen_where_the_eye_sees_it(counts: list[tuple[int, int]]) -> None:
    """A point is beyond exactly when it lies outside the drawn limits; what is not judged never signals."""
    found = chart(weeks(counts))

    for point in found.points:
        if not point.judged:
            assert point.signal == ""
        elif point.signal in {"above", "below"}:
            assert outside(point) > -1e-9
        else:
            assert outside(point) < 1e-9
    assert (found.verdict == "signal") == any(point.signal for point in found.points)


def outside(point: Point) -> float:
    """Return how far a point lies outside its limits; negative inside."""
    assert point.rate.share is not None
    share = float(point.rate.share)
    return max(share - point.high, point.low - share)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 800), st.sampled_from(["week", "month"]))
def test_periods_cover_every_day_once(first: date, days: int, per: Per) -> None:
    """From the first day to the last without a gap; whole weeks from Monday, whole months, but for the ends."""
    last = first + timedelta(days=days)
    found = periods(first, last, per)

    assert (found[0].first, found[-1].last) == (first, last)
    for before, after in itertools.pairwise(found):
        assert before.last + timedelta(days=1) == after.first
        assert after.first.weekday() == 0 if per == "week" else after.first.day == 1
    assert all((one.last - one.first).days < (7 if per == "week" else 31) for one in found)


def test_no_day_no_period() -> None:
    """A question that ends before it begins has no period."""
    assert () == periods(MONDAY, MONDAY - timedelta(days=1), "week")


@given(st.lists(st.tuples(st.integers(-10, 40), st.sampled_from(["accepted", "blocked"]), st.integers(1, 5))))
def test_every_chance_of_the_time_counts_once(drawn: list[tuple[int, str, int]]) -> None:
    """Each day's chances are in one period; other days are in none."""
    cells = [Cell(MONDAY + timedelta(days=d), "S", "H7", "c", "P", "attempt", o, count=n) for d, o, n in drawn]
    last = MONDAY + timedelta(days=27)
    found = trend(measure("refused"), cells, periods(MONDAY, last, "week"))

    inside = [(o, n) for d, o, n in drawn if 0 <= d <= 27]
    assert found.whole == Rate(sum(n for o, n in inside if o == "blocked"), sum(n for _, n in inside))
    assert 4 == len(found.points)
