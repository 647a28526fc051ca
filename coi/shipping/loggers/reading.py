"""What did the logger measure? One file, one dialect, one trace, or a complaint that names the line.

What a file must state, in its columns or its header: the logger's serial number, the unit, the order of the date where
the dialect does not fix it, and the zone where nobody tells it. None of these is ever assumed.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from coi.shipping.loggers import table as tables
from coi.shipping.loggers.complaints import Ambiguous, NoDialect, NotReadable, NotStated, WrongRow, shape
from coi.shipping.loggers.dialects import AUTO, DIALECTS, Dialect
from coi.shipping.loggers.dialects import dialect as named
from coi.shipping.loggers.instants import Calendar, order_of, zone_of
from coi.shipping.trace import Sample, Trace

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, tzinfo

    from coi.shipping.loggers.table import Table

SERIAL: Final = (
    "serial number", "serial no.", "serial no", "serial #", "serial", "s/n", "device id", "logger id",
    "seriennummer", "serien-nr.", "logger-id",
)  # fmt: skip
ZONE: Final = ("time zone", "timezone", "utc offset", "zeitzone")
ORDER: Final = ("date format", "date order", "datumsformat")
UNIT: Final = ("unit", "units", "temperature unit", "einheit")
COUNT: Final = ("number of readings", "readings", "number of samples", "samples", "data points", "anzahl messwerte")
READ_OUT: Final = ("read out", "readout time", "download time", "downloaded", "ausgelesen")

COLDEST: Final = Decimal("-273.15")
HOTTEST: Final = Decimal(1000)

_SERIAL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/\-]{1,39}")
_THIRTY_TWO, _FIVE, _NINE = Decimal(32), Decimal(5), Decimal(9)


def read(data: bytes, dialect: str = AUTO, zone: str | None = None) -> Trace:
    """Return the trace of a logger's file.

    *dialect* is the name of one, or ``auto``: then exactly one must have the file's columns. *zone* is told by the
    person who hands the file in, and only when the file does not say it.

    Raises:
        NotReadable: The file gives no trace; which one of the family says why.
        Unknown: There is no such dialect.
    """
    shape_ = named(dialect) if dialect != AUTO else None
    lines, whole = tables.lines_of(data)
    if shape_ is None:
        shape_ = _only(lines, whole)
    return _read(tables.table_of(lines, whole, shape_), shape_, zone)


def _only(lines: list[str], whole: bool) -> Dialect:  # noqa: FBT001  both come of lines_of
    """Return the one dialect whose columns the file has; which rows it could read does not count."""
    found: list[Dialect] = []
    complaints: list[NotReadable] = []
    for one in DIALECTS:
        try:
            tables.table_of(lines, whole, one)
        except NoDialect:
            continue
        except NotReadable as complaint:
            complaints.append(complaint)
            continue
        found.append(one)
    if len(found) > 1:
        raise Ambiguous(0, "the columns of exactly one dialect", " and ".join(one.name for one in found))
    if not found and complaints:
        raise complaints[0]
    if not found:
        raise NoDialect(0, f"the columns of one of {len(DIALECTS)} dialects", "those of none")
    return found[0]


def _read(table: Table, dialect: Dialect, told: str | None) -> Trace:
    """Read header and rows of a file whose columns are found."""
    serial = _serial(table)
    calendar = Calendar(dialect, _order(table, dialect), _zone(table, told))
    celsius = _thermometer(_unit(table))
    number = re.compile(rf"[+\-]?\d{{1,4}}(?:{re.escape(dialect.decimal)}\d{{1,6}})?", re.ASCII)
    columns, samples, missing, text = table.columns, [], 0, ""
    last = len(table.lines)
    for line, cells in tables.rows_of(table, dialect):
        before, text = text, cells[columns.temperature]
        at = _instant(calendar, table, line, cells)
        cut = line == last and not table.whole and _may_be_cut(table, before, text)
        if text.casefold() in dialect.missing or cut:
            missing += 1
            continue
        if not number.fullmatch(text):
            raise WrongRow(line, f"a temperature with the decimal mark {dialect.decimal}", shape(text))
        cel = celsius(Decimal(text.replace(",", ".")))
        if not COLDEST <= cel <= HOTTEST:
            raise WrongRow(line, f"a temperature of {COLDEST} to {HOTTEST} Cel", shape(text))
        samples.append(Sample(at, cel))
    _counted(table, len(samples) + missing)
    return Trace(serial, tuple(samples), _read_out(table, calendar), missing)


def _instant(calendar: Calendar, table: Table, line: int, cells: list[str]) -> datetime:
    """Return the instant of a row."""
    columns = table.columns
    if columns.instant is not None:
        return _moment(calendar, line, cells[columns.instant])
    assert columns.date is not None  # noqa: S101  the columns were found for this dialect
    assert columns.time is not None  # noqa: S101  same
    return calendar.instant(line, cells[columns.date], cells[columns.time])


def _moment(calendar: Calendar, line: int, text: str) -> datetime:
    """Return the instant of one text that holds date and time."""
    date, _mark, time = text.replace("T", " ", 1).partition(" ")
    return calendar.instant(line, date, time.strip())


def _may_be_cut(table: Table, before: str, text: str) -> bool:
    """Tell whether the end of the file may have cut the last temperature: it must be as long as the others are."""
    if table.columns.temperature != table.columns.width - 1:
        return False
    return _decimals(text) != _decimals(before) or not _decimals(text)


def _decimals(text: str) -> int:
    """Return how many digits stand behind the decimal mark."""
    return len(re.split(r"[.,]", text, maxsplit=1)[1]) if re.search(r"[.,]", text) else 0


def _serial(table: Table) -> str:
    """Return the maker's serial number."""
    line, text = tables.stated(table, SERIAL)
    if not _SERIAL.fullmatch(text):
        raise WrongRow(line, "a serial number of 2 to 40 letters and digits", shape(text))
    return text


def _order(table: Table, dialect: Dialect) -> str:
    """Return the order of the dates: the dialect's, or that of the header, and never two that differ."""
    said = tables.fact(table, ORDER)
    declared = None if said is None else order_of(*said)
    if dialect.order == "declared":
        if declared is None:
            raise NotStated(0, f"a line of the header that names the {ORDER[0]}", "none")
        return declared
    if said is not None and declared != dialect.order:
        raise Ambiguous(said[0], f"dates in the order {dialect.order}, as {dialect.name} has them", shape(said[1]))
    return dialect.order


def _zone(table: Table, told: str | None) -> tzinfo | None:
    """Return the zone of the whole file, None where each row must say it."""
    said = tables.fact(table, ZONE)
    if said is not None and told:
        raise Ambiguous(said[0], "the zone said once", "one in the header, and one told with the file")
    if said is not None:
        return zone_of(*said)
    return zone_of(0, told) if told else None


def _unit(table: Table) -> str:
    """Return C, F or K: that of the column's name or of the header, and never two that differ."""
    said = tables.fact(table, UNIT)
    stated = None if said is None else tables.unit(said[1])
    if said is not None and stated is None:
        raise Ambiguous(said[0], "a unit of °C, °F or K", shape(said[1]))
    column = table.columns.unit
    if column and stated and column != stated:
        raise Ambiguous(table.columns.line, f"the unit {stated} of the header", column)
    found = column or stated
    if found is None:
        raise NotStated(table.columns.line, "a unit of °C, °F or K in the column's name or in the header", "none")
    return found


def _thermometer(unit: str) -> Callable[[Decimal], Decimal]:
    """Return how a temperature in *unit* becomes one in degrees Celsius, not rounded."""
    match unit:
        case tables.KELVIN:
            return lambda kelvin: kelvin + COLDEST
        case tables.FAHRENHEIT:
            return lambda fahrenheit: (fahrenheit - _THIRTY_TWO) * _FIVE / _NINE
        case _:
            return lambda celsius: celsius


def _counted(table: Table, seen: int) -> None:
    """Compare the number of rows with what the header says, where it does."""
    said = tables.fact(table, COUNT)
    if said is not None and said[1] != str(seen):
        raise WrongRow(said[0], f"{shape(said[1])} rows, as this line says", str(seen))


def _read_out(table: Table, calendar: Calendar) -> datetime | None:
    """Return when the logger was read out, where the header says so."""
    said = tables.fact(table, READ_OUT)
    return None if said is None else _moment(calendar, *said)
