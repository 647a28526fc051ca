"""In which shapes do loggers export? One line a dialect, named by its shape and never by a product.

None was compared with a product's own file: which products export like that is not verified, and a site qualifies its
logger with a file of its own before it relies on it (``docs/traces.md``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from coi.errors import Unknown

AUTO: Final = "auto"
"""Take the one dialect whose columns the file has, and refuse when two have the same."""

Order = Literal["ymd", "dmy", "mdy", "declared"]
"""Which number of a date is what; *declared* means that the file's header says it."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """The shape of one kind of export; names of columns and of header lines are compared without regard to case."""

    name: str
    says: str
    """The shape in words, for the person who chooses."""
    delimiter: str
    decimal: Literal[".", ","]
    order: Order
    marks: str
    """Marks that may stand between the numbers of a date."""
    instant: tuple[str, ...] = ()
    """Names of the column that holds date and time."""
    date: tuple[str, ...] = ()
    time: tuple[str, ...] = ()
    """Names of the two columns where date and time are apart."""
    temperature: tuple[str, ...] = ()
    """Beginnings of the name of the column of temperatures; a unit may follow."""
    extra: tuple[str, ...] = ()
    """Columns that may be there and say nothing of the temperature: row numbers, status, alarms."""
    missing: tuple[str, ...] = ("", "---", "n/a")
    """What stands in place of a temperature where the logger measured nothing."""


_NUMBERS: Final = ("no.", "no", "#", "index", "nr.", "nr")
_STATUS: Final = ("status", "alarm", "alarms", "event", "events", "mark", "ereignis", "alarmstatus")
_MOMENT: Final = ("date/time", "date time", "datetime", "timestamp", "time stamp", "datum/zeit", "datum/uhrzeit")
_TEMPERATURE: Final = ("temperature", "temp", "temp.", "temperatur")
_EXTRA: Final = (*_NUMBERS, *_STATUS, "humidity (%)", "rh (%)", "humidity [%]", "feuchte [%]")

DIALECTS: Final = (
    Dialect(
        "comma-iso",
        "Commas, decimal point, 2026-11-02T08:00:00+01:00 in one column",
        ",", ".", "ymd", "-", instant=_MOMENT, temperature=_TEMPERATURE, extra=_EXTRA,
    ),
    Dialect(
        "comma-two-columns",
        "Commas, decimal point, 2026/11/02 and 08:00:00 in two columns",
        ",", ".", "ymd", "/-", date=("date",), time=("time",), temperature=(*_TEMPERATURE, "ch1", "ch.1"), extra=_EXTRA,
    ),
    Dialect(
        "semicolon-day-first",
        "Semicolons, decimal comma, 02.11.2026 08:00:00",
        ";", ",", "dmy", ".", instant=_MOMENT, temperature=_TEMPERATURE, extra=_EXTRA,
    ),
    Dialect(
        "semicolon-two-columns",
        "Semicolons, decimal comma, 02.11.2026 and 08:00:00 in two columns",
        ";", ",", "dmy", ".", date=("datum", "date"), time=("zeit", "uhrzeit", "time"), temperature=_TEMPERATURE,
        extra=_EXTRA,
    ),
    Dialect(
        "tab-month-first",
        "Tabs, decimal point, 11/02/2026 08:00:00 AM",
        "\t", ".", "mdy", "/", instant=_MOMENT, temperature=_TEMPERATURE, extra=_EXTRA,
    ),
    Dialect(
        "tab-declared",
        "Tabs, decimal point, date and time in two columns, the header says the order of the date",
        "\t", ".", "declared", "/-.", date=("date",), time=("time",), temperature=_TEMPERATURE, extra=_EXTRA,
    ),
    Dialect(
        "semicolon-declared",
        "Semicolons, decimal comma, the column is called Zeitstempel or Time, the header says the order of the date",
        ";", ",", "declared", "/-.", instant=("zeitstempel", "time"), temperature=_TEMPERATURE, extra=_EXTRA,
    ),
    Dialect(
        "comma-month-first",
        "Commas, decimal point, 11/02/2026 08:00:00 AM: the month comes first",
        ",", ".", "mdy", "/", instant=("reading time", "time", "logged at"), temperature=_TEMPERATURE, extra=_EXTRA,
    ),
    Dialect(
        "comma-day-first",
        "Commas, decimal point, 02/11/2026 08:00:00: the day comes first",
        ",", ".", "dmy", "/", instant=("reading time", "time", "logged at"), temperature=_TEMPERATURE, extra=_EXTRA,
    ),
)  # fmt: skip
"""Every dialect there is. The last two have the same columns: only a person can say which one it is."""


def dialect(name: str) -> Dialect:
    """Return the dialect of a name.

    Raises:
        Unknown: There is none.
    """
    found = next((one for one in DIALECTS if one.name == name), None)
    if found is None:
        raise Unknown(f"Expected a dialect of {', '.join(one.name for one in DIALECTS)}, seen {name[:20]!r}.")
    return found
