"""Did the cells stay within their range the whole way, as far as the logger can tell?

* No data never counts as in range: what was not measured by the right, calibrated logger is ``NoData``, with every
  reason; what was measured outside is ``OutOfRange``, whatever else is wrong with the file.
* Temperatures are decimals in degrees Celsius (UCUM ``Cel``), never floats; instants know their zone.
* Between two samples the range is proven only if both lie inside: an excursion lasts from the last sample inside
  before it to the first one inside after it.
* Nothing here knows a clock, a file or a database.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from coi.errors import Unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

Word = Literal["in_range", "out_of_range", "no_data"]
"""A verdict in one word, as it stands in entries and in what is stated at a receipt."""

_HUNDREDTH: Final = Decimal("0.01")
_WORSE: Final[tuple[Word, ...]] = ("out_of_range", "no_data", "in_range")


@dataclass(frozen=True, slots=True)
class Sample:
    """One measurement."""

    at: datetime
    cel: Decimal


@dataclass(frozen=True, slots=True)
class Trace:
    """What one logger measured, in the order of its file."""

    serial: str
    """The maker's serial number, as the file says it."""
    samples: tuple[Sample, ...]
    read_out_at: datetime | None = None
    """When the logger was read out, by its own clock, where the file says so."""
    missing: int = 0
    """Rows in which the logger itself says that it measured nothing."""


@dataclass(frozen=True, slots=True)
class Profile:
    """The range that a shipment must keep, and how well that must be measured."""

    name: str
    low: Decimal | None
    high: Decimal
    outside: timedelta
    """How long in sum the cells may be outside; from the product's stability data, else nothing."""
    gap: timedelta
    """Longest time without a sample, also between sealing and the first and between the last and the receipt."""
    skew: timedelta = timedelta(minutes=5)
    """How far the logger's clock may be ahead of ours."""
    fewest: int = 3
    """Samples within the leg below which nothing is said."""

    def holds(self, cel: Decimal) -> bool:
        """Tell whether a temperature lies within the range; its ends belong to it."""
        return (self.low is None or self.low <= cel) and cel <= self.high

    def beyond(self, cel: Decimal) -> Decimal:
        """Return how far outside the range a temperature lies."""
        return max(Decimal(0), cel - self.high, Decimal(0) if self.low is None else self.low - cel)

    @property
    def words(self) -> str:
        """Return the range for eyes."""
        return f"≤ {self.high} Cel" if self.low is None else f"{self.low} to {self.high} Cel"


PROFILES: Final = (
    Profile("cryogenic", None, Decimal(-150), timedelta(0), timedelta(minutes=30)),
    Profile("refrigerated", Decimal(2), Decimal(8), timedelta(0), timedelta(minutes=20)),
    Profile("ambient", Decimal(15), Decimal(25), timedelta(0), timedelta(minutes=20)),
)
"""Vapour of liquid nitrogen; refrigerator; controlled room temperature. None allows any time outside."""


def profile(name: str) -> Profile:
    """Return the profile of a name.

    Raises:
        Unknown: There is none.
    """
    found = next((one for one in PROFILES if one.name == name), None)
    if found is None:
        raise Unknown(f"Expected a profile of {', '.join(one.name for one in PROFILES)}, seen {name[:20]!r}.")
    return found


@dataclass(frozen=True, slots=True)
class Logger:
    """The logger that was scanned into the shipper when it was sealed."""

    code: str
    """House code, as printed on it (LGR-…)."""
    serial: str
    """The maker's serial number, as its files say it."""
    calibrated_until: datetime


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that is wrong with the evidence: what was expected, what was seen, and from when to when."""

    code: str
    expected: str
    seen: str
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Excursion:
    """A time in which the range is not proven to have been kept because a sample lay outside."""

    start: datetime
    end: datetime
    extreme: Decimal
    """The temperature farthest outside."""

    @property
    def length(self) -> timedelta:
        """How long it may have lasted."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class InRange:
    """The whole leg was measured, and the range was kept."""

    lowest: Decimal
    highest: Decimal
    tolerated: tuple[Excursion, ...] = ()
    """Excursions that in sum are no longer than the profile allows."""


@dataclass(frozen=True, slots=True)
class OutOfRange:
    """The range was left for longer than allowed; *reasons* holds all else that is wrong as well."""

    reasons: tuple[Reason, ...]
    excursions: tuple[Excursion, ...]


@dataclass(frozen=True, slots=True)
class NoData:
    """The file proves nothing; *reasons* says why. *excursions* were seen, but perhaps by another logger."""

    reasons: tuple[Reason, ...]
    excursions: tuple[Excursion, ...] = ()


Verdict: TypeAlias = InRange | OutOfRange | NoData


def word(verdict: Verdict) -> Word:
    """Return a verdict in one word."""
    match verdict:
        case InRange():
            return "in_range"
        case OutOfRange():
            return "out_of_range"
        case NoData():
            return "no_data"


def is_better(stated: str, seen: Word) -> bool:
    """Tell whether *stated* sounds better than what the trace says; a word that nobody knows does.

    >>> is_better("in_range", "no_data"), is_better("out_of_range", "no_data"), is_better("no_data", "no_data")
    (True, False, False)
    """
    return stated not in _WORSE or _WORSE.index(stated) > _WORSE.index(seen)


def judge(
    trace: Trace,
    profile: Profile | None,
    logger: Logger | None,
    sent_at: datetime,
    received_at: datetime,
    *,
    read_at: datetime,
) -> Verdict:
    """Say what *trace* proves of the leg from sealing to receipt; *read_at* is when we were given it.

    What must hold, each with a reason of its own when it does not:
    1. There is a leg, a profile to judge by, and a logger that was scanned in when the shipper was sealed.
    2. The trace is of that logger, and its calibration lasts to the end of the leg's last day.
    3. Its clock is not ahead: no sample after we were given the file, none after its own read-out.
    4. Each sample is later than the one before.
    5. There are enough samples, none missing for longer than the profile's gap, from sealing to receipt.
    6. Every sample of the leg lies in the range, but for the time that the profile allows in sum.
    """
    untold = _untold(profile, logger, sent_at, received_at)
    if profile is None or logger is None or untold:
        return NoData(untold)
    leg = sorted((one for one in trace.samples if sent_at <= one.at <= received_at), key=lambda one: one.at)
    foreign = _foreign(trace, logger)
    doubts = (
        *_lapsed(logger, received_at),
        *_skewed(trace, profile, read_at),
        *_disordered(trace.samples),
        *_uncovered(leg, profile, sent_at, received_at),
    )
    excursions = _excursions(leg, profile, sent_at, received_at)
    away = sum((one.length for one in excursions), timedelta(0))
    if foreign:
        return NoData((*foreign, *doubts), excursions)
    if excursions and (away > profile.outside or not profile.outside):
        return OutOfRange((*(_left(one, profile) for one in excursions), *doubts), excursions)
    if doubts:
        return NoData(doubts, excursions)
    measured = [one.cel for one in leg]
    return InRange(min(measured), max(measured), excursions)


def _untold(
    profile: Profile | None, logger: Logger | None, sent_at: datetime, received_at: datetime
) -> tuple[Reason, ...]:
    """Name what custody must tell before anything can be judged (1)."""
    reasons = []
    if profile is None:
        reasons.append(Reason("no_profile", "a temperature range for this shipment", "none"))
    if logger is None:
        reasons.append(Reason("no_logger", "a logger scanned when the shipper was sealed", "none"))
    if received_at <= sent_at:
        reasons.append(Reason("no_leg", "a receipt after the sealing", "none", sent_at, received_at))
    return tuple(reasons)


def _foreign(trace: Trace, logger: Logger) -> tuple[Reason, ...]:
    """Refuse another logger's file (2)."""
    if trace.serial == logger.serial:
        return ()
    return (Reason("wrong_logger", logger.serial, trace.serial),)


def _lapsed(logger: Logger, received_at: datetime) -> tuple[Reason, ...]:
    """Refuse a calibration that lapses on any day of the leg (2)."""
    last_day = received_at.astimezone(UTC).date()
    ends = logger.calibrated_until.astimezone(UTC)
    if last_day < ends.date():
        return ()
    return (Reason("calibration_lapsed", f"calibrated beyond {last_day}", f"until {ends.date()}", since=ends),)


def _skewed(trace: Trace, profile: Profile, read_at: datetime) -> tuple[Reason, ...]:
    """Find what the logger cannot have measured yet (3)."""
    if not trace.samples:
        return ()
    last = max(one.at for one in trace.samples)
    reasons = []
    if last > read_at + profile.skew:
        reasons.append(Reason("clock_skew", f"no sample after {_at(read_at)}", _at(last), read_at, last))
    said = trace.read_out_at
    if said is not None and last > said:
        reasons.append(Reason("clock_skew", f"no sample after the read-out {_at(said)}", _at(last), said, last))
    if said is not None and said > read_at + profile.skew:
        reasons.append(Reason("clock_skew", f"a read-out before {_at(read_at)}", _at(said), read_at, said))
    return tuple(reasons)


def _disordered(samples: Sequence[Sample]) -> tuple[Reason, ...]:
    """Find the first instant that comes twice and the first that goes back (4)."""
    reasons: dict[str, Reason] = {}
    for before, after in pairwise(samples):
        if after.at == before.at:
            reasons.setdefault("duplicate", Reason("duplicate", "each instant once", _at(after.at), after.at, after.at))
        elif after.at < before.at:
            seen = f"{_at(after.at)} after {_at(before.at)}"
            reasons.setdefault("unordered", Reason("unordered", "later instants", seen, after.at, before.at))
    return tuple(reasons.values())


def _uncovered(leg: Sequence[Sample], profile: Profile, sent_at: datetime, received_at: datetime) -> tuple[Reason, ...]:
    """Find every time of the leg in which nobody measured (5)."""
    reasons = []
    if len(leg) < profile.fewest:
        few = Reason("too_few", f"{profile.fewest} samples within the leg", str(len(leg)), sent_at, received_at)
        reasons.append(few)
    stops = [sent_at, *(one.at for one in leg), received_at]
    for number, (before, after) in enumerate(pairwise(stops)):
        if after - before > profile.gap:
            code = "starts_late" if number == 0 else "ends_early" if number == len(stops) - 2 else "gap"
            expected = f"a sample every {_span(profile.gap)}"
            reasons.append(Reason(code, expected, f"none for {_span(after - before)}", before, after))
    return tuple(reasons)


def _excursions(
    leg: Sequence[Sample], profile: Profile, sent_at: datetime, received_at: datetime
) -> tuple[Excursion, ...]:
    """Find every run of samples outside, from the sample inside before it to the one inside after it (6)."""
    found: list[Excursion] = []
    start, extreme, inside = sent_at, None, sent_at
    for one in leg:
        if not profile.holds(one.cel):
            if extreme is None:
                start, extreme = inside, one.cel
            extreme = max(extreme, one.cel, key=profile.beyond)
            continue
        if extreme is not None:
            found.append(Excursion(start, one.at, extreme))
            extreme = None
        inside = one.at
    if extreme is not None:
        found.append(Excursion(start, received_at, extreme))
    return tuple(found)


def _left(one: Excursion, profile: Profile) -> Reason:
    """Say an excursion as a reason."""
    allowed = f" but for {_span(profile.outside)} in sum" if profile.outside else ""
    extreme = ceiling(one.extreme) if one.extreme > profile.high else floor(one.extreme)
    return Reason(
        "excursion", f"{profile.words}{allowed}", f"{extreme} Cel, up to {_span(one.length)}", one.start, one.end
    )


def floor(cel: Decimal) -> str:
    """Return a lowest temperature to the hundredth, never warmer than it was.

    >>> floor(Decimal("1.995")), floor(Decimal("-196"))
    ('1.99', '-196.00')
    """
    return str(cel.quantize(_HUNDREDTH, rounding=ROUND_FLOOR))


def ceiling(cel: Decimal) -> str:
    """Return a highest temperature to the hundredth, never colder than it was.

    >>> ceiling(Decimal("8.001")), ceiling(Decimal("-150.009"))
    ('8.01', '-150.00')
    """
    return str(cel.quantize(_HUNDREDTH, rounding=ROUND_CEILING))


def _at(instant: datetime) -> str:
    """Return an instant for eyes, to the second, in UTC."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _span(length: timedelta) -> str:
    """Return a length of time in minutes, or in hours and minutes.

    >>> _span(timedelta(minutes=30)), _span(timedelta(hours=26, minutes=5)), _span(timedelta(seconds=90))
    ('30 min', '26 h 05 min', '1 min 30 s')
    """
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    if seconds and minutes < 60:  # noqa: PLR2004  below an hour the seconds are told
        return f"{minutes} min {seconds:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min"
