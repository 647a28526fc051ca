"""What may this person know of near misses, and what was asked? One report, for the page, its table and the API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, get_args

from coi import people
from coi.errors import Malformed, NotPermitted, Unknown
from coi.quality import near_miss_store as store
from coi.quality.near_miss_trend import Per, periods, sorted_in, trend
from coi.quality.near_misses import MEASURES, by, measure, only, pareto, rate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy.orm import Session

    from coi.person import Person
    from coi.quality.near_miss_trend import Period, Trend
    from coi.quality.near_misses import Bar, Cell, Measure, Rate

READERS = ("qa_reviewer", "qa_releaser", "mfg_supervisor", "coordinator", "site_admin")
"""Roles that see the near misses of the sites where they hold one."""
READERS_OF_ALL = ("inspector",)
WEEKS = 12
"""So many weeks are shown when nothing else was asked for."""
MOST = 5 * 366
"""Days that can be asked for at once."""
EARLIEST, LATEST = date(2000, 1, 1), date(2999, 12, 31)

NAMES = tuple(one.name for one in MEASURES)
PERS: tuple[Per, ...] = get_args(Per)


@dataclass(frozen=True, slots=True)
class Words:
    """How codes of other rooms read; the app tells them, for this room stands below."""

    reason: Callable[[str], str]
    step: Callable[[str], str]
    product: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which near misses, where, when."""

    measure: str
    first: date
    last: date
    per: Per
    site: str = ""
    product: str = ""
    handoff: str = ""

    @property
    def periods(self) -> tuple[Period, ...]:
        """Return the weeks or months that were asked for."""
        return periods(self.first, self.last, self.per)


@dataclass(frozen=True, slots=True)
class Report:
    """What was found."""

    asked: Asked
    cells: tuple[Cell, ...]
    """What passes the filter; every other number is made from it."""
    sites: tuple[tuple[str, str], ...]
    """The sites that the reader may see: id and name."""
    products: tuple[str, ...]
    handoffs: tuple[str, ...]
    """What there is to choose from, at these sites in this time."""

    @property
    def what(self) -> Measure:
        """Return the measure that was asked for."""
        return measure(self.asked.measure)

    @property
    def shown(self) -> tuple[Cell, ...]:
        """Return the cells that this measure can be told of: what belongs to no step is not told of one."""
        return () if self.what.stepless and (self.asked.product or self.asked.handoff) else self.cells

    @property
    def summary(self) -> tuple[tuple[Measure, Rate], ...]:
        """Return every measure; those of no step only where no step and no product was asked for."""
        narrowed = bool(self.asked.product or self.asked.handoff)
        return tuple((one, rate(one, self.cells)) for one in MEASURES if not (one.stepless and narrowed))

    @property
    def by_site(self) -> tuple[tuple[str, Rate], ...]:
        """Return the rates by site."""
        return by(self.what, self.shown, lambda cell: cell.site)

    @property
    def by_step(self) -> tuple[tuple[tuple[str, str], Rate], ...]:
        """Return the rates by handoff and checkpoint."""
        if self.what.stepless:
            return ()
        found = by(self.what, self.shown, lambda cell: f"{cell.handoff} {cell.checkpoint}")
        return tuple(((step.partition(" ")[0], step.partition(" ")[2]), one) for step, one in found)

    @property
    def by_product(self) -> tuple[tuple[str, Rate], ...]:
        """Return the rates by product."""
        return () if self.what.stepless else by(self.what, self.shown, lambda cell: cell.product)

    @property
    def reasons(self) -> tuple[Bar, ...]:
        """Return the reasons, the most frequent first."""
        return pareto(self.what, self.shown)

    @property
    def trend(self) -> Trend:
        """Return the rate over time."""
        return trend(self.what, self.shown, self.asked.periods)


def asked(said: Mapping[str, str], today: date) -> Asked:
    """Return the question as it was typed; what was left empty is the usual.

    Raises:
        Malformed: a day that is none, a time that is none or longer than five years, or an unknown word.
    """
    last = _day(said.get("last") or "", today)
    first = _day(said.get("first") or "", last - timedelta(days=last.weekday(), weeks=WEEKS - 1))
    if not EARLIEST <= first <= last <= LATEST or (last - first).days >= MOST:
        raise Malformed("Expected a first and a last day, in this order and at most five years apart, seen otherwise.")
    name, per = said.get("measure") or NAMES[0], said.get("per") or PERS[0]
    if name not in NAMES:
        raise Malformed(f"Expected one of {NAMES}, seen another measure.")
    one = next((one for one in PERS if one == per), None)
    if one is None:
        raise Malformed(f"Expected one of {PERS}, seen another period.")
    where = {key: said.get(key) or "" for key in ("site", "product", "handoff")}
    return Asked(name, first, last, one, **where)


def _day(text: str, usual: date) -> date:
    try:
        return date.fromisoformat(text) if text else usual
    except ValueError:
        raise Malformed("Expected a day as 2026-11-02, seen another text.") from None


def readable(session: Session, person: Person) -> tuple[tuple[str, str], ...]:
    """Return the sites whose near misses *person* may see, with their names, by name.

    Raises:
        NotPermitted: there is none.
    """
    everything = any(grant.role in READERS_OF_ALL for grant in person.grants)
    mine = {grant.site for grant in person.grants if grant.role in READERS}
    found = [(people.name_of(session, s.id), s.id) for s in people.sites(session) if everything or s.id in mine]
    if not found:
        raise NotPermitted(f"Expected one of {READERS + READERS_OF_ALL}, seen another role.")
    return tuple((site, name) for name, site in sorted(found))


def report(session: Session, person: Person, question: Asked) -> Report:
    """Answer a question as far as *person* may know.

    Raises:
        NotPermitted: the person may know of no site.
        Unknown: the site is not one of the person's.
    """
    sites = readable(session, person)
    ids = tuple(site for site, _ in sites)
    if question.site and question.site not in ids:
        raise Unknown("Expected one of your sites, seen none of that name.")
    found = store.cells(session, ids, question.first, question.last)
    here = only(found, site=question.site)
    return Report(
        asked=question,
        cells=only(here, product=question.product, handoff=question.handoff),
        sites=sites,
        products=tuple(sorted({cell.product for cell in here} - {""})),
        handoffs=tuple(sorted({cell.handoff for cell in here} - {""}, key=lambda name: (len(name), name))),
    )


def table(found: Report) -> list[tuple[object, ...]]:
    """Return every measure of every period, site, step and product with a chance, for a spreadsheet."""
    lines: list[tuple[object, ...]] = [HEAD]
    spans = found.asked.periods
    for span, within in zip(spans, sorted_in(found.cells, spans), strict=True):
        for one, _whole in found.summary:
            for name, part in by(one, within, lambda cell, one=one: _place(one, cell)):  # type: ignore[misc]
                low, high = part.interval
                share = "" if part.share is None else f"{float(part.share):.6f}"
                numbers = (part.count, part.of, share, f"{low:.6f}", f"{high:.6f}", "yes" if part.few else "no")
                lines.append((one.name, span.first, span.last, *name.split("\t"), *numbers))
    return lines


HEAD = (
    "measure", "first", "last", "site", "handoff", "checkpoint", "product",
    "near_misses", "chances", "rate", "low_95", "high_95", "too_few",
)  # fmt: skip


def _place(one: Measure, cell: Cell) -> str:
    """Return site, handoff, checkpoint and product in one; only the site of what belongs to no step."""
    return "\t".join((cell.site, *(("", "", "") if one.stepless else (cell.handoff, cell.checkpoint, cell.product))))
