"""What may stand in a field of a template, and what is the longest that may?

A value comes ready as text; a kind only says which texts are no such value. ``moment`` carries its time zone: an
expiry without one is read differently in two countries.

>>> refused("24 NOV 2026 23:59 Europe/Berlin", FieldType("moment", 40)), refused("24 NOV 2026", FieldType("moment", 40))
('', 'a moment such as 24 NOV 2026 23:59 UTC')
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

Kind = Literal["words", "name", "identifier", "date", "moment", "count", "terms", "testing", "state"]

KINDS: tuple[Kind, ...] = get_args(Kind)

MONTHS = "JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC"
_DATE = rf"(0[1-9]|[12]\d|3[01]) ({MONTHS}) \d{{4}}"

# What each kind looks like, and how a refusal calls it. Words and names may hold any character that a font shows.
_LOOKS: dict[Kind, tuple[re.Pattern[str], str]] = {
    "words": (re.compile(r"[^\r\n]+"), "one line of words"),
    "name": (re.compile(r"[^\r\n]+"), "one line of words"),
    "identifier": (re.compile(r"[\x20-\x7E]+"), "printable ASCII"),
    "date": (re.compile(_DATE), "a date such as 24 NOV 2026"),
    "moment": (
        re.compile(rf"{_DATE} ([01]\d|2[0-3]):[0-5]\d (UTC|[A-Z]{{2,5}}|[A-Z][A-Za-z_]+(/[A-Za-z_+-]+){{1,2}})"),
        "a moment such as 24 NOV 2026 23:59 UTC",
    ),
    "count": (re.compile(r"[1-9]\d* of [1-9]\d*"), "a count such as 1 of 3"),
    "terms": (re.compile(r"[\x20-\x7E°µ×·±≤≥−–]+"), "an amount or a condition in ASCII and ° µ × · ± ≤ ≥ − –"),
    "testing": (re.compile(r"evaluated|not_evaluated|risk|reactive"), "evaluated, not_evaluated, risk or reactive"),
    "state": (re.compile(r"no hold|ON HOLD|QUARANTINE"), "no hold, ON HOLD or QUARANTINE"),
}

# The widest value of each kind: what a proof is made with. ``W`` is the widest capital of every face.
_WIDEST: dict[Kind, str] = {
    "date": "30 NOV 2026",
    "moment": "30 NOV 2026 23:59 Europe/Warsaw",
    "testing": "reactive",
    "state": "QUARANTINE",
}


@dataclass(frozen=True, slots=True)
class FieldType:
    """What one field holds: its kind, how many characters at most, and whether a label may go without it."""

    kind: Kind
    most: int
    required: bool = False


@lru_cache(maxsize=1024)
def refused(value: str, field: FieldType) -> str:
    """Say what was expected instead of *value*; empty where it may stand in *field*."""
    if len(value) > field.most:
        return f"at most {field.most} characters"
    pattern, called = _LOOKS[field.kind]
    if not pattern.fullmatch(value):
        return called
    if value.isspace():
        return "more than blanks"
    match field.kind:
        case "date" | "moment" if not _is_a_day(value):
            return "a day of the calendar"
        case "count" if int(value.split(maxsplit=1)[0]) > int(value.split()[2]):
            return "a count such as 1 of 3"
        case _:
            return ""


def _is_a_day(value: str) -> bool:
    """Say whether *value* begins with a day that there is: no 31 February, no year 0."""
    day, month, year = int(value[:2]), 1 + MONTHS.index(value[3:6]) // 4, int(value[7:11])
    return year > 0 and day <= monthrange(year, month)[1]


def widest(field: FieldType) -> str:
    """Return the widest value that may stand in *field*."""
    if field.kind == "count":
        return "88 of 88"
    if field.kind in _WIDEST:
        return _WIDEST[field.kind][: field.most]
    if field.kind == "identifier":
        return ("M0W8" * field.most)[: field.most]  # letters and digits in turn, as identifiers are
    words = "WOLFRAM MWANGWEGO-WITTGENSTEIN-MWAMBWA OSTERGAARD MAXIMILIAN"
    return (words * (1 + field.most // len(words)))[: field.most].strip()
