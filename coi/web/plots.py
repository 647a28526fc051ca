"""Where does each line and dot of a plot lie? Pure geometry; ``plots.html`` draws it, ``plots.css`` colours it.

A plot is drawn by the server, so that it is there without a script, prints, and can be read aloud: its title and
description say what it shows, and a table with the same numbers stands beside it. Shape tells what colour tells.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WIDTH, HEIGHT = 760, 300
LEFT, RIGHT, TOP, BOTTOM = 70, 744, 14, 254
LABELS = 8
"""At most as many words stand under the plot."""
STEPS = (1, 2, 2.5, 5, 10)
LINES = 5
"""At most as many lines are ruled above zero."""

Shape = Literal["dot", "open", "alarm"]


@dataclass(frozen=True, slots=True)
class Point:
    """One share to be drawn."""

    label: str
    value: float | None
    """Between 0 and 1; None where there is nothing to draw."""
    shape: Shape
    told: str
    """What a pointer that rests on it says."""
    limits: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Tick:
    """A word beside the plot."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A point where it lies."""

    x: float
    y: float
    shape: Shape
    told: str


@dataclass(frozen=True, slots=True)
class Band:
    """The room between two limits under one point."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything that is drawn, in the plot's own units."""

    dots: tuple[Dot, ...]
    lines: tuple[str, ...]
    """Points of each unbroken line, as SVG writes them."""
    bands: tuple[Band, ...]
    middle: float | None
    x: tuple[Tick, ...]
    y: tuple[Tick, ...]


def shares(points: Sequence[Point], middle: float | None) -> Chart:
    """Return a chart of shares over time with the limits of each and a line in the middle."""
    highest = max((high for point in points for high in _heights(point)), default=0.0)
    step = _step(max(highest, middle or 0.0, 0.001))
    top = step * math.ceil(max(highest, middle or 0.0) / step - 1e-9) or step
    wide = (RIGHT - LEFT) / max(len(points), 1)
    across = [LEFT + wide * (number + 0.5) for number in range(len(points))]

    def up(share: float) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * share / top, 1)

    dots = [
        Dot(round(x, 1), up(point.value), point.shape, point.told)
        for x, point in zip(across, points, strict=True)
        if point.value is not None
    ]
    bands = [
        Band(round(x - wide / 2, 1), up(high), round(wide, 1), round(up(low) - up(high), 1))
        for x, point in zip(across, points, strict=True)
        if point.limits is not None
        for low, high in [(max(point.limits[0], 0.0), min(point.limits[1], top))]
    ]
    every = math.ceil(len(points) / LABELS) or 1
    return Chart(
        dots=tuple(dots),
        lines=tuple(_lines(points, across, up)),
        bands=tuple(bands),
        middle=None if middle is None else up(middle),
        x=tuple(Tick(round(x, 1), point.label) for x, point in list(zip(across, points, strict=True))[::every]),
        y=tuple(Tick(up(step * n), _percent(step * n)) for n in range(round(top / step) + 1)),
    )


def _heights(point: Point) -> tuple[float, ...]:
    """Return what must fit: the value, and its upper limit as far as that does not dwarf everything."""
    return tuple(h for h in (point.value, point.limits[1] if point.limits else None) if h is not None)


def _step(highest: float) -> float:
    """Return a round distance between the lines, so that at most ``LINES`` are ruled."""
    size = 10.0 ** math.floor(math.log10(highest / LINES))
    return float(next(step * size for step in STEPS if step * size * LINES >= highest * (1 - 1e-9)))


def _lines(points: Sequence[Point], across: Sequence[float], up: Callable[[float], float]) -> list[str]:
    """Return the lines between neighbours; a point without a value breaks the line."""
    lines: list[list[str]] = [[]]
    for x, point in zip(across, points, strict=True):
        if point.value is None:
            lines.append([])
        else:
            lines[-1].append(f"{x:.1f},{up(point.value)}")
    return [" ".join(line) for line in lines if len(line) > 1]


def _percent(share: float) -> str:
    """Return a share as a round percentage."""
    return f"{round(share * 100, 4):g} %"
