"""Which instant does a logger mean? Dates in a declared order, times with a stated zone; nothing is assumed.

* The order of day and month is the dialect's or the header's; 03/04 without either is refused.
* A zone stands in each row, in the header, or is told by the person who hands the file in; never two of these.
* An hour that a zone has twice, or not at all, when its clocks change is refused: the logger must export UTC then.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from coi.shipping.loggers.complaints import Ambiguous, NotStated, WrongRow, shape

if TYPE_CHECKING:
    from coi.shipping.loggers.dialects import Dialect

ORDERS: Final = ("ymd", "dmy", "mdy")

_DATE: Final = re.compile(r"(\d{1,4})([/.\-])(\d{1,2})\2(\d{1,4})", re.ASCII)
_TIME: Final = re.compile(
    r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6}))?)?(?: ?([AaPp])\.?[Mm]\.?)?( ?(?:Z|[+-](?:0\d|1[0-4]):?[0-5]\d))?",
    re.ASCII,
)
_OFFSET: Final = re.compile(r"(?:UTC|GMT)?\s*([+\-])(\d{1,2})(?::?([0-5]\d))?", re.IGNORECASE | re.ASCII)
_REGION: Final = re.compile(r"[A-Za-z_]+(?:/[A-Za-z0-9_+\-]+){1,2}")
_NOON: Final = 12
_FARTHEST: Final = 14


def order_of(line: int, text: str) -> str:
    """Return ymd, dmy or mdy for the ways in which a header declares it.

    >>> [order_of(1, text) for text in ("DD/MM/YYYY hh:mm", "M-d-yyyy", "JJJJ.MM.TT")]
    ['dmy', 'mdy', 'ymd']

    Raises:
        Ambiguous: It is none of these.
    """
    parts = re.findall(r"[A-Za-z]+", text)[:3]
    found = "".join({"t": "d", "j": "y"}.get(part[0].lower(), part[0].lower()) for part in parts)
    if found not in ORDERS:
        raise Ambiguous(line, "an order of the date such as DD/MM/YYYY", shape(text))
    return found


def zone_of(line: int, text: str) -> tzinfo:
    """Return the zone that a header or a person names: UTC, an offset, or a region such as Europe/Berlin.

    Raises:
        Ambiguous: It is none of these; CET or EST are no zones but what a clock shows for a part of a year.
    """
    bare = text.strip()
    if bare.upper() in {"UTC", "Z", "GMT"}:
        return UTC
    offset = _OFFSET.fullmatch(bare)
    if offset is not None and int(offset[2]) <= _FARTHEST:
        ahead = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        return timezone(ahead if offset[1] == "+" else -ahead)
    if _REGION.fullmatch(bare) and not bare.startswith("Etc/"):  # Etc/GMT+5 lies behind UTC: too easily misread
        try:
            return ZoneInfo(bare)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass
    raise Ambiguous(line, "a zone such as UTC, +01:00 or Europe/Berlin", shape(text))


class Calendar:
    """Reads the instants of one file: its dialect's dates in one order, in one zone or with an offset in each row."""

    def __init__(self, dialect: Dialect, order: str, zone: tzinfo | None) -> None:
        """Read dates in *order*; *zone* is None where each row must carry its offset."""
        self._marks = dialect.marks
        self._order = order
        self._zone = zone

    def instant(self, line: int, date: str, time: str) -> datetime:
        """Return one instant in UTC.

        Raises:
            WrongRow: The texts are no date and time of this dialect.
            NotStated: Neither row, header nor person says the zone.
            Ambiguous: Two zones are said, or the zone has this hour twice or never.
        """
        year, month, day = self._date(line, date)
        found = _TIME.fullmatch(time)
        if found is None:
            raise WrongRow(line, "a time such as 08:00:00", shape(time))
        hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
        if found[5]:
            if not 1 <= hour <= _NOON:
                raise WrongRow(line, "an hour of 1 to 12 before AM or PM", shape(time))
            hour = hour % _NOON + (_NOON if found[5] in "Pp" else 0)
        zone = self._zone_at(line, (found[6] or "").strip())
        try:
            local = datetime(year, month, day, hour, minute, second, int((found[4] or "").ljust(6, "0")), zone)
            at = local.astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise WrongRow(line, "a day and time that there are", shape(f"{date} {time}")) from error
        if isinstance(zone, ZoneInfo) and local.utcoffset() != local.replace(fold=1).utcoffset():
            raise Ambiguous(line, "an hour that the zone has exactly once (export UTC)", shape(f"{date} {time}"))
        return at

    def _date(self, line: int, text: str) -> tuple[int, int, int]:
        """Return year, month and day of a date in the declared order."""
        found = _DATE.fullmatch(text)
        if found is None or found[2] not in self._marks:
            raise WrongRow(line, f"a date in the order {self._order} with {' or '.join(self._marks)}", shape(text))
        parts = dict(zip(self._order, (found[1], found[3], found[4]), strict=True))
        if len(parts["y"]) != 4 or len(parts["m"]) > 2 or len(parts["d"]) > 2:  # noqa: PLR2004  a year has four digits
            raise WrongRow(line, f"a date in the order {self._order}, the year with four digits", shape(text))
        return int(parts["y"]), int(parts["m"]), int(parts["d"])

    def _zone_at(self, line: int, offset: str) -> tzinfo:
        """Return the zone of one row."""
        if offset and self._zone is not None:
            raise Ambiguous(line, "the zone said once", "an offset in the row, and a zone besides")
        if offset:
            return _offset(offset)
        if self._zone is None:
            raise NotStated(line, "a time zone in the row, in the header, or told with the file", "none")
        return self._zone


@lru_cache(maxsize=64)
def _offset(text: str) -> tzinfo:
    """Return the zone of an offset that a row carries."""
    if text == "Z":
        return UTC
    ahead = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return timezone(ahead if text[0] == "+" else -ahead)
