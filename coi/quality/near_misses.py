"""How often does something nearly go wrong, of how many times that it could have?

A register of near misses is safety data, not blame: it counts refusals, quarantines, typed codes, governed ways round a
stop, scans that belong nowhere, reprints, declined offers and lifted holds, always *of* something, and names nobody.

* Every near miss is one of the things that it is counted of, so no rate is above one.
* An interval stands beside each rate: Wilson's score interval (E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209-212), as
  recommended by R. G. Newcombe, Statistics in Medicine 17 (1998) 857-872, method 3, without continuity correction.
* Where the number of chances is small, the answer is "too few to say", and not a rate.
* Nothing here reads a clock, a database or a request. Numbers are compared exactly; floats are for the eye only.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date

Kind = Literal["attempt", "scan", "label", "offer", "hold"]

GOVERNED = frozenset({"re_established", "identity_witnessed", "infused_without_verification"})
"""The governed ways round a stop (hazards R6, R9), by the signed fact that one was taken."""

FEW = 20
"""Below as many chances no rate is told: even with no near miss among 19 the rate could be 17 %."""

Z95 = 1.959963984540054
"""The standard normal deviate of a two-sided 95 % interval."""


@dataclass(frozen=True, slots=True)
class Cell:
    """So many things alike on one day (UTC): judged attempts, labels, offers, holds, or scans that belong nowhere."""

    day: date
    site: str
    handoff: str
    checkpoint: str
    product: str
    kind: Kind
    outcome: str
    reasons: tuple[str, ...] = ()
    keyed: bool = False
    governed: bool = False
    count: int = 1


@dataclass(frozen=True, slots=True)
class Measure:
    """One kind of near miss, and what it is counted of."""

    name: str
    of: frozenset[Kind]
    happened: Callable[[Cell], bool]
    stepless: bool = False
    """Whether it belongs to no step and no product, and can be told by site only."""

    def counts(self, cell: Cell) -> bool:
        """Tell whether the cell's things are chances of this near miss."""
        return cell.kind in self.of

    def met(self, cell: Cell) -> bool:
        """Tell whether the cell's things are near misses of this kind."""
        return self.counts(cell) and self.happened(cell)


_ATTEMPT: frozenset[Kind] = frozenset({"attempt"})

MEASURES: tuple[Measure, ...] = (
    Measure("refused", _ATTEMPT, lambda cell: cell.outcome == "blocked"),
    Measure("quarantined", _ATTEMPT, lambda cell: cell.outcome == "quarantined"),
    Measure("keyed", _ATTEMPT, lambda cell: cell.keyed),
    Measure("governed", _ATTEMPT, lambda cell: cell.governed),
    Measure("unresolved", frozenset({"attempt", "scan"}), lambda cell: cell.kind == "scan", stepless=True),
    Measure("reprinted", frozenset({"label"}), lambda cell: cell.outcome == "replacement"),
    Measure("declined", frozenset({"offer"}), lambda cell: cell.outcome == "declined"),
    Measure("lifted", frozenset({"hold"}), lambda cell: cell.outcome == "lifted"),
)
"""Every kind of near miss that is counted, in the order of the page."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many near misses of so many chances."""

    count: int
    of: int

    @property
    def share(self) -> Fraction | None:
        """Return the rate; None without a chance: nothing of nothing is not "never"."""
        return Fraction(self.count, self.of) if self.of else None

    @property
    def few(self) -> bool:
        """Whether the chances are too few to tell a rate."""
        return self.of < FEW

    @property
    def interval(self) -> tuple[float, float]:
        """Return the 95 % interval."""
        return wilson(self.count, self.of)


@dataclass(frozen=True, slots=True)
class Bar:
    """One reason of a Pareto chart."""

    reason: str
    """The reason code; empty where none was recorded."""
    rate: Rate
    """Near misses that name the reason, of all chances."""
    cumulative: Fraction
    """Share of all reasons told that this and the more frequent ones are."""


def measure(name: str) -> Measure:
    """Return a measure by its name; KeyError when there is none."""
    return {one.name: one for one in MEASURES}[name]


def wilson(count: int, of: int, z: float = Z95) -> tuple[float, float]:
    """Return Wilson's score interval of *count* successes in *of* trials; all that is possible where there is none.

    >>> [round(limit, 4) for limit in wilson(81, 263)]
    [0.2553, 0.3662]
    """
    if not 0 <= count <= of:
        raise ValueError(f"Expected 0 to {of} near misses of {of}, seen {count}.")
    if of == 0:
        return 0.0, 1.0
    share, square = count / of, z * z
    middle = share + square / (2 * of)
    reach = z * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    below, above = (middle - reach) / (1 + square / of), (middle + reach) / (1 + square / of)
    # At the ends the limit is the end itself; floats would miss it by a hair.
    return (0.0 if count == 0 else max(below, 0.0)), (1.0 if count == of else min(above, 1.0))


def only(cells: Iterable[Cell], *, site: str = "", product: str = "", handoff: str = "") -> tuple[Cell, ...]:
    """Return the cells of a site, a product and a handoff; empty means any."""
    return tuple(
        cell
        for cell in cells
        if site in {"", cell.site} and product in {"", cell.product} and handoff in {"", cell.handoff}
    )


def rate(what: Measure, cells: Iterable[Cell]) -> Rate:
    """Return how often *what* happened of how many chances."""
    count = of = 0
    for cell in cells:
        of += cell.count if what.counts(cell) else 0
        count += cell.count if what.met(cell) else 0
    return Rate(count, of)


def by(what: Measure, cells: Iterable[Cell], key: Callable[[Cell], str]) -> tuple[tuple[str, Rate], ...]:
    """Return the rates by a key, most near misses first, then by key; only keys with a chance."""
    groups: dict[str, list[Cell]] = {}
    for cell in cells:
        if what.counts(cell):
            groups.setdefault(key(cell), []).append(cell)
    found = [(name, rate(what, group)) for name, group in groups.items()]
    return tuple(sorted(found, key=lambda one: (-one[1].count, one[0])))


def pareto(what: Measure, cells: Sequence[Cell]) -> tuple[Bar, ...]:
    """Return the reasons of a kind of near miss, the most frequent first.

    One near miss may have several reasons: each is told, so that the reasons may sum to more than the near misses.
    """
    of = rate(what, cells).of
    told: Counter[str] = Counter()
    for cell in cells:
        if what.met(cell):
            for reason in cell.reasons or ("",):
                told[reason] += cell.count
    every, so_far, bars = told.total(), 0, []
    for reason, count in sorted(told.items(), key=lambda one: (-one[1], one[0])):
        so_far += count
        bars.append(Bar(reason, Rate(count, of), Fraction(so_far, every)))
    return tuple(bars)
