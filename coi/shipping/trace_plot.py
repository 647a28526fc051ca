"""Where does each line of a temperature plot lie, and which numbers stand in the table beside it? Pure geometry.

The plot is drawn by the server, so that it is there without a script, prints, and can be read aloud. A point is never
left out of it that is the warmest or the coldest of its column, and no line is drawn over a time without samples.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Final

from coi.shipping.trace import ceiling, floor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from coi.shipping.trace import Profile, Reason, Sample

WIDTH, HEIGHT = 760, 340
LEFT, RIGHT, TOP, BOTTOM = 76, 744, 18, 286
COLUMNS: Final = 320
"""Columns of which each shows its coldest and its warmest sample."""
ROWS: Final = 24
"""At most as many rows has the table."""
RULES: Final = 6
"""At most as many lines are ruled, up and across."""

_SLIVER: Final = 0.05
"""A rest of the leg below this part of a row stands in the row before it."""

_STEPS: Final = tuple(
    timedelta(minutes=minutes) for minutes in (5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7200, 14400)
)


@dataclass(frozen=True, slots=True)
class Tick:
    """A word beside the plot."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Box:
    """A time that is marked over the whole height."""

    x: float
    width: float
    told: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    since: datetime
    until: datetime
    samples: int
    lowest: str
    highest: str
    kept: bool | None
    """Whether every sample lay in the range; None where there was none, or no range."""


@dataclass(frozen=True, slots=True)
class Plot:
    """Everything that is drawn, in the plot's own units, and the table."""

    lines: tuple[str, ...]
    """Points of each unbroken line, as SVG writes them."""
    dots: tuple[tuple[float, float], ...]
    """Samples that have no neighbour."""
    limits: tuple[Tick, ...]
    band: tuple[float, float] | None
    """Top and height of the range."""
    gaps: tuple[Box, ...]
    excursions: tuple[Box, ...]
    x: tuple[Tick, ...]
    y: tuple[Tick, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Scale:
    """How instants and temperatures become places."""

    begin: datetime
    end: datetime
    low: float
    high: float

    def across(self, at: datetime) -> float:
        """Return where an instant lies; what lies outside the leg lies at its end."""
        share = (at - self.begin) / (self.end - self.begin)
        return round(LEFT + (RIGHT - LEFT) * min(max(share, 0.0), 1.0), 1)

    def up(self, cel: float) -> float:
        """Return where a temperature lies."""
        return round(BOTTOM - (BOTTOM - TOP) * (cel - self.low) / (self.high - self.low), 1)


def draw(
    samples: Sequence[Sample],
    profile: Profile | None,
    reasons: Sequence[Reason],
    begin: datetime,
    end: datetime,
    *,
    label: Callable[[datetime], str],
) -> Plot:
    """Return the plot of a leg from *begin* to *end*; *label* says an instant in few words."""
    end = max(end, begin + timedelta(minutes=1))
    leg = sorted((one for one in samples if begin <= one.at <= end), key=lambda one: one.at)
    bounds = [] if profile is None else [float(one) for one in (profile.low, profile.high) if one is not None]
    low, high, step = _heights([*(float(one.cel) for one in leg), *bounds])
    scale = Scale(begin, end, low, high)
    runs = [list(_thinned(run, scale)) for run in _runs(leg, profile)]
    return Plot(
        lines=tuple(" ".join(f"{x},{y}" for x, y in run) for run in runs if len(run) > 1),
        dots=tuple(run[0] for run in runs if len(run) == 1),
        limits=tuple(Tick(scale.up(bound), f"{bound:g}") for bound in bounds),
        band=None if profile is None else _band(profile, scale),
        gaps=tuple(_box(one, scale) for one in reasons if one.code in {"gap", "starts_late", "ends_early"}),
        excursions=tuple(_box(one, scale) for one in reasons if one.code == "excursion"),
        x=tuple(Tick(scale.across(at), label(at)) for at in _instants(begin, end)),
        y=tuple(Tick(scale.up(low + step * n), f"{low + step * n:g}") for n in range(round((high - low) / step) + 1)),
        rows=tuple(_rows(leg, profile, begin, end)),
    )


def _heights(cels: Sequence[float]) -> tuple[float, float, float]:
    """Return round ends of the scale that hold every temperature, and the distance of its rules."""
    lowest, highest = min(cels, default=0.0), max(cels, default=10.0)
    spread = max(highest - lowest, 2.0)
    size = 10.0 ** math.floor(math.log10(spread / RULES))
    step = next(size * factor for factor in (1, 2, 5, 10) if size * factor * RULES >= spread)
    low = math.floor(lowest / step - 0.2) * step
    return low, max(math.ceil(highest / step + 0.2) * step, low + step), step


def _runs(leg: Sequence[Sample], profile: Profile | None) -> Iterator[list[Sample]]:
    """Cut the samples where none came for longer than the profile allows."""
    run: list[Sample] = []
    for one in leg:
        if run and profile is not None and one.at - run[-1].at > profile.gap:
            yield run
            run = []
        run.append(one)
    if run:
        yield run


def _thinned(run: Sequence[Sample], scale: Scale) -> Iterator[tuple[float, float]]:
    """Yield the places of a run, of each narrow column only the coldest and the warmest, in the order of time."""
    wide = (RIGHT - LEFT) / COLUMNS

    def column(one: Sample) -> int:
        return int((scale.across(one.at) - LEFT) / wide)

    for _column, group in groupby(run, key=column):
        several = list(group)
        ends = {min(several, key=lambda one: one.cel), max(several, key=lambda one: one.cel)}
        for one in sorted(ends, key=lambda sample: sample.at):
            yield scale.across(one.at), scale.up(float(one.cel))


def _band(profile: Profile, scale: Scale) -> tuple[float, float]:
    """Return top and height of the range; without a lower end it goes down to the foot."""
    top = scale.up(float(profile.high))
    foot = BOTTOM if profile.low is None else scale.up(float(profile.low))
    return top, round(foot - top, 1)


def _box(reason: Reason, scale: Scale) -> Box:
    """Return the time of a reason, three units wide at least."""
    left = scale.across(reason.since or scale.begin)
    width = max(scale.across(reason.until or scale.end) - left, 3.0)
    return Box(left, round(width, 1), reason.seen)


def _instants(begin: datetime, end: datetime) -> list[datetime]:
    """Return at most as many round instants of the leg as there is room for."""
    step = next((one for one in _STEPS if (end - begin) / one <= RULES), _STEPS[-1])
    first = datetime.fromtimestamp(math.ceil(begin.timestamp() / step.total_seconds()) * step.total_seconds(), UTC)
    return [first + step * n for n in range(int((end - first) / step) + 1)] if first <= end else []


def _rows(leg: Sequence[Sample], profile: Profile | None, begin: datetime, end: datetime) -> Iterator[Row]:
    """Yield the table: the leg in equal parts, each with its coldest and warmest sample."""
    step = next((one for one in _STEPS if (end - begin) / one <= ROWS + _SLIVER), (end - begin) / ROWS)
    whole = max(1, math.ceil((end - begin) / step - _SLIVER))
    stops = [begin + step * n for n in range(whole)]
    for number, (since, until) in enumerate(pairwise([*stops, end])):
        last = number == len(stops) - 1
        part = [one.cel for one in leg if since <= one.at < until or (last and one.at == end)]
        kept = all(profile.holds(cel) for cel in part) if part and profile is not None else None
        lowest, highest = (floor(min(part)), ceiling(max(part))) if part else ("", "")
        yield Row(since, until, len(part), lowest, highest, kept)
