"""Does a rate change, week by week or month by month, more than chance alone would let it?

The chart is Shewhart's p-chart with limits of three standard deviations (NIST/SEMATECH e-Handbook of Statistical
Methods, 6.3.3.2: p ± 3·√(p(1 - p)/n), p over all periods shown, n of each period), and the Western Electric rule of
eight in a row on one side (same, 6.3.2).

* A period speaks only where the normal approximation holds: n·p and n·(1 - p) at least 5. Else it is too few to say.
* Whether a point lies beyond its limit is decided in whole numbers; only what is drawn is rounded.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from coi.quality.near_misses import Rate, rate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from coi.quality.near_misses import Cell, Measure

Per = Literal["week", "month"]
Signal = Literal["", "above", "below", "run"]
Verdict = Literal["few", "steady", "signal"]

APPROXIMATES = 5
"""As many near misses and as many others are to be expected before a period is judged."""
RUN = 8
"""So many periods in a row on one side of the middle are a signal; fewer judged periods are too few to call steady."""


@dataclass(frozen=True, slots=True)
class Period:
    """A week from Monday or a month, as far as it was asked for; both days belong to it (UTC)."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Point:
    """What one period says."""

    period: Period
    rate: Rate
    judged: bool
    """Whether there is enough to compare with the limits."""
    low: float
    high: float
    """The control limits, for the eye; the whole range where the period is not judged."""
    signal: Signal


@dataclass(frozen=True, slots=True)
class Trend:
    """All periods, and what they say together."""

    points: tuple[Point, ...]
    whole: Rate
    """All near misses of all chances: the middle of the chart."""

    @property
    def verdict(self) -> Verdict:
        """Say whether something changed, nothing did, or there is too little to say either."""
        if any(point.signal for point in self.points):
            return "signal"
        return "steady" if sum(point.judged for point in self.points) >= RUN else "few"


def periods(first: date, last: date, per: Per) -> tuple[Period, ...]:
    """Return the weeks or months from *first* to *last*; the outer ones end where the question ends."""
    found = []
    while first <= last:
        end = min(_end(first, per), last)
        found.append(Period(first, end))
        first = end + timedelta(days=1)
    return tuple(found)


def _end(day: date, per: Per) -> date:
    """Return the last day of the week or month of *day*."""
    if per == "week":
        return day + timedelta(days=6 - day.weekday())
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def trend(what: Measure, cells: Iterable[Cell], spans: Sequence[Period]) -> Trend:
    """Return the trend of a measure over *spans*; what lies outside all of them does not count."""
    return chart(tuple((span, rate(what, held)) for span, held in zip(spans, sorted_in(cells, spans), strict=True)))


def sorted_in(cells: Iterable[Cell], spans: Sequence[Period]) -> list[list[Cell]]:
    """Return the cells of each span; *spans* come in order and do not overlap."""
    begins = [span.first for span in spans]
    held: list[list[Cell]] = [[] for _ in spans]
    for cell in cells:
        number = bisect_right(begins, cell.day) - 1
        if number >= 0 and cell.day <= spans[number].last:
            held[number].append(cell)
    return held


def chart(rates: Sequence[tuple[Period, Rate]]) -> Trend:
    """Return the p-chart of these rates.

    1. The middle is the rate over all periods.
    2. A period with too few chances, or none, is not judged.
    3. Beyond three standard deviations, or the eighth judged in a row on one side, is a signal.
    """
    whole = Rate(sum(one.count for _, one in rates), sum(one.of for _, one in rates))
    middle = whole.share
    points: list[Point] = []
    run = side = 0
    for period, one in rates:
        if middle is None or one.share is None or not _speaks(one.of, middle):
            run = side = 0
            points.append(Point(period, one, judged=False, low=0.0, high=1.0, signal=""))
            continue
        here = (one.share > middle) - (one.share < middle)
        run = run + 1 if here == side and here else abs(here)
        side = here
        low, high = limits(one.of, middle)
        points.append(Point(period, one, judged=True, low=low, high=high, signal=_signal(one, middle, run)))
    return Trend(tuple(points), whole)


def limits(of: int, middle: Fraction) -> tuple[float, float]:
    """Return the limits of three standard deviations about *middle* for *of* chances, within what a rate can be.

    >>> [round(limit, 4) for limit in limits(50, Fraction(347, 1500))]
    [0.0524, 0.4102]
    """
    reach = 3 * math.sqrt(middle * (1 - middle) / of)
    return max(float(middle) - reach, 0.0), min(float(middle) + reach, 1.0)


def _speaks(of: int, middle: Fraction) -> bool:
    return of * middle >= APPROXIMATES and of * (1 - middle) >= APPROXIMATES


def _signal(one: Rate, middle: Fraction, run: int) -> Signal:
    away = Fraction(one.count, one.of) - middle
    if away * away * one.of > 9 * middle * (1 - middle):
        return "above" if away > 0 else "below"
    return "run" if run >= RUN else ""
