"""Where do the header of a logger's file end and its rows begin? Bytes become lines, a block of facts, and cells."""

from __future__ import annotations

import codecs
import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from coi.shipping.loggers.complaints import Ambiguous, NoDialect, NotReadable, NotStated, TooLarge, WrongRow, shape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from coi.shipping.loggers.dialects import Dialect

LARGEST: Final = 8_000_000
"""Bytes of the largest file."""
LONGEST: Final = 1_000_000
"""Lines of the longest file."""
HEADER: Final = 200
"""Lines of the longest block before the names of the columns."""
WIDEST: Final = 2_000
"""Characters of the longest line."""

_BOMS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_BREAK: Final = re.compile(r"\r\n|\n|\r")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")
_UNIT: Final = re.compile(
    r"[\[(]?\s*(?:°|º|deg\.?\s?)?\s*(C|F|K|Cel|Celsius|Fahrenheit|Kelvin)\s*[\])]?", re.IGNORECASE
)

KELVIN, CELSIUS, FAHRENHEIT = "K", "C", "F"


@dataclass(frozen=True, slots=True)
class Columns:
    """Which cell of a row is what."""

    width: int
    instant: int | None
    date: int | None
    time: int | None
    temperature: int
    unit: str | None
    """C, F or K, where the column's name says it."""
    line: int
    """The line that names the columns."""


@dataclass(frozen=True, slots=True)
class Table:
    """A file as one dialect cuts it."""

    facts: Mapping[str, tuple[int, str]]
    """What the header says: name in small letters → line and text."""
    columns: Columns
    lines: Sequence[str]
    whole: bool
    """Whether the last line ends with a line break; if not, it may be cut off."""


def lines_of(data: bytes) -> tuple[list[str], bool]:
    """Return the lines of a file, and whether the last one is ended.

    Raises:
        TooLarge: It has too many bytes or lines, or too long a line.
        NotReadable: It is no text, or empty.
    """
    if len(data) > LARGEST:
        raise TooLarge(0, f"at most {LARGEST} bytes", f"{len(data)} bytes")
    parts = _BREAK.split(_text(data))
    if len(parts) > LONGEST:
        raise TooLarge(0, f"at most {LONGEST} lines", f"{len(parts)} lines")
    lines = list(parts)
    while lines and not lines[-1].strip(' \t;,"'):
        lines.pop()  # blank last rows, with or without delimiters
    if not lines:
        raise NotReadable(0, "a header and rows", "an empty file")
    for number, line in enumerate(lines, 1):
        if len(line) > WIDEST:
            raise TooLarge(number, f"at most {WIDEST} characters", f"{len(line)} characters")
        if _CONTROL.search(line):
            raise NotReadable(number, "printable text", "control characters")
    return lines, len(lines) < len(parts)


def _text(data: bytes) -> str:
    """Decode: UTF-16 only by its mark, else UTF-8, else the one-byte set in which a degree sign is 0xB0."""
    mark, name = next(((mark, name) for mark, name in _BOMS if data.startswith(mark)), (b"", "utf-8"))
    bare = data[len(mark) :]
    try:
        text = bare.decode(name)
    except UnicodeDecodeError as error:
        if mark:
            raise NotReadable(0, f"text in {name}, as its mark says", "other bytes") from error
        return bare.decode("latin-1")
    return text


def table_of(lines: Sequence[str], whole: bool, dialect: Dialect) -> Table:  # noqa: FBT001  both come of lines_of
    """Find the line that names the columns, and read the block before it.

    Raises:
        NoDialect: No line names the columns of this dialect.
        Ambiguous: The header says one thing twice, or two columns hold temperatures.
    """
    facts: dict[str, tuple[int, str]] = {}
    for number, cells in _split(lines[:HEADER], dialect, 1):
        columns = _columns(cells, dialect, number)
        if columns is not None:
            return Table(facts, columns, lines, whole)
        _take(facts, cells, number)
    wanted = " and ".join(one[0] for one in (dialect.instant, dialect.date, dialect.time, dialect.temperature) if one)
    raise NoDialect(0, f"columns named {wanted} ({dialect.name})", f"none such in {min(len(lines), HEADER)} lines")


def rows_of(table: Table, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """Yield each row under the names of the columns with its line's number.

    Raises:
        WrongRow: A row has more or fewer cells than there are names.
    """
    first = table.columns.line
    for number, cells in _split(table.lines[first:], dialect, first + 1):
        if len(cells) != table.columns.width:
            raise WrongRow(number, f"{table.columns.width} cells", f"{len(cells)}")
        yield number, cells


def _split(lines: Sequence[str], dialect: Dialect, first: int) -> Iterator[tuple[int, list[str]]]:
    """Cut lines into cells; a cell never goes over the end of its line."""
    reader = csv.reader(lines, delimiter=dialect.delimiter, strict=True)
    number = first
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise WrongRow(number, "cells with closed quotation marks", "open ones") from error
        if cells is None:
            return
        if reader.line_num != number - first + 1:
            raise WrongRow(number, "cells with closed quotation marks", "one that goes on in the next line")
        yield number, [cell.strip() for cell in cells]
        number += 1


def _take(facts: dict[str, tuple[int, str]], cells: list[str], number: int) -> None:
    """Note one line of the header: two cells, or one cell with a colon."""
    filled = [cell for cell in cells if cell]
    if len(filled) == 1 and ":" in filled[0]:
        filled = [part.strip() for part in filled[0].split(":", 1)]
    if len(filled) != 2 or not all(filled):  # noqa: PLR2004  a name and a text
        return
    name = filled[0].rstrip(":").strip().casefold()
    if name in facts and facts[name][1] != filled[1]:
        raise Ambiguous(number, f"{shape(name)} said once, as in line {facts[name][0]}", "another text")
    facts[name] = (number, filled[1])


def _columns(cells: list[str], dialect: Dialect, number: int) -> Columns | None:
    """Return the columns that a line names, or None when it names none of this dialect's."""
    names = [cell.casefold() for cell in cells]
    while names and not names[-1]:
        names.pop()
    instant, date, time = (_one(names, wanted) for wanted in (dialect.instant, dialect.date, dialect.time))
    warm = [(place, unit) for place, name in enumerate(names) for unit in _unit_of(name, dialect)]
    if not warm or (instant is None if dialect.instant else date is None or time is None):
        return None
    if len(warm) > 1:
        raise Ambiguous(number, "one column of temperatures", f"{len(warm)}")
    known = {instant, date, time, warm[0][0]}
    others = [name for place, name in enumerate(names) if place not in known and name not in dialect.extra]
    if others:
        raise NoDialect(number, f"no column but those of {dialect.name}", shape(others[0]))
    return Columns(len(cells), instant, date, time, *warm[0], number)


def _one(names: list[str], wanted: tuple[str, ...]) -> int | None:
    """Return the place of the one column that has one of the wanted names."""
    found = [place for place, name in enumerate(names) if name in wanted]
    return found[0] if len(found) == 1 else None


def _unit_of(name: str, dialect: Dialect) -> tuple[str | None, ...]:
    """Return the unit that a column of temperatures names, (None,) if it names none, () if it is no such column."""
    for beginning in sorted(dialect.temperature, key=len, reverse=True):
        rest = name.removeprefix(beginning).strip(" _-:,")
        if name.startswith(beginning) and (not rest or unit(rest)):
            return (unit(rest),)
    return ()


def unit(text: str) -> str | None:
    """Return C, F or K for the ways in which a unit is written, None for anything else.

    >>> [unit(text) for text in ("°C", "[°F]", "(K)", "deg C", "Cel", "bar")]
    ['C', 'F', 'K', 'C', 'C', None]
    """
    found = _UNIT.fullmatch(text.strip())
    return None if found is None else found[1][0].upper()


def fact(table: Table, names: tuple[str, ...]) -> tuple[int, str] | None:
    """Return what the header says under one of *names*.

    Raises:
        Ambiguous: It says two things.
    """
    said = {table.facts[name][1]: table.facts[name] for name in names if name in table.facts}
    if len(said) > 1:
        lines = sorted(line for line, _text in said.values())
        raise Ambiguous(lines[-1], f"{names[0]} as in line {lines[0]}", "another text")
    return next(iter(said.values()), None)


def stated(table: Table, names: tuple[str, ...]) -> tuple[int, str]:
    """Return what the header must say.

    Raises:
        NotStated: It does not.
    """
    found = fact(table, names)
    if found is None:
        raise NotStated(0, f"a line of the header that names the {names[0]}", "none")
    return found
