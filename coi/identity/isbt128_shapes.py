"""How does each ISBT 128 data structure look? ICCBBA ST-001 2.3, table RT003; structure only, no licensed table.

One row a structure: number, name, data identifier, and the parts of its data, each with its characters' class. Parts
that need more than a class (a real day, a check) are named in ``MEANINGS``.

>>> named("&>0263262359", 0).name
'Expiration Date and Time'
>>> BY_NUMBER["011"].retired
True
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from coi.errors import Malformed
from coi.identity import mod37
from coi.identity.coi_id import FIN

if TYPE_CHECKING:
    from collections.abc import Callable

_CENTURIES = {"9": 1900, "0": 2000, "1": 2100}
"""The hundreds digit of a year (ST-001 2.4.4); others would be five hundred years off and are refused."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How structures of one number look."""

    number: str
    name: str
    di: str
    """The data identifier; of 001 the equals sign alone, since its second character is data."""
    layout: re.Pattern[str]
    size: int
    """Characters of data; where the data tell their own length, the characters that tell it."""
    retired: bool = False

    def length(self, text: str, begin: int) -> int:
        """Return how many characters of data stand at *begin*, as far as there are enough to tell."""
        told = text[begin : begin + self.size]
        grow = _GROWING.get(self.number)
        if grow is None or not re.fullmatch("[0-9]+", told) or len(told) < self.size:
            return self.size
        return self.size + grow(told)

    def parts(self, data: str) -> dict[str, str]:
        """Return the parts of right data by name."""
        found = self.layout.fullmatch(data)
        return {} if found is None else {name: part for name, part in found.groupdict().items() if part is not None}


_GROWING: dict[str, Callable[[str], int]] = {
    "025": lambda told: int(told[2:]),
    "029": lambda told: 14 * int(told),
    "030": lambda told: 10 * int(told),
}
"""Structures that tell their own length: patient number, dimensions, antigens with history."""

_DAY = "(?P<century>[0-9])(?P<year>[0-9]{2})(?P<day>[0-9]{3})"
_TIME = "(?P<hour>[0-9]{2})(?P<minute>[0-9]{2})"
_PDC = "(?P<pdc>[A-Z][A-Z0-9]{4})"
_PROCESSOR = f"(?P<facility>{FIN})(?P<facility_code>[A-Z0-9]{{6}})"
_DIVISIONS = "(?P<division>[0-9]{6}|[A-Z]{6}|[A-Z]{4}00|[A-Z]{2}0000)"

_SEC = (
    "(?P<country>[A-Z]{2})(?P<establishment>[A-Z0-9]{6})(?P<donation>[A-Z0-9]{13})"
    "(?P<system>[ABE])(?P<product>[A-Z0-9]{7})(?P<split>[A-Z0-9]{3})(?P<date>[0-9]{8})"
)

_ROWS: tuple[tuple[str, str, str, str, int], ...] = (
    (
        "001",
        "Donation Identification Number",
        "=",
        rf"(?P<din>(?P<fin>{FIN})(?P<year>[0-9]{{2}})[0-9]{{6}})(?P<flag>[0-9A-HJ-NPR-Y]{{2}})",
        15,
    ),
    ("002", "Blood Groups [ABO and RhD]", "=%", "(?P<group>[A-Za-z0-9]{2})(?P<phenotype>[A-Z0-9])[A-Z0-9]", 4),
    ("003", "Product Code", "=<", f"{_PDC}(?P<collection_type>[A-Za-z0-9])(?P<division>[A-Z0-9][a-z0-9])", 8),
    ("004", "Expiration Date", "=>", _DAY, 6),
    ("005", "Expiration Date and Time", "&>", _DAY + _TIME, 10),
    ("006", "Collection Date", "=*", _DAY, 6),
    ("007", "Collection Date and Time", "&*", _DAY + _TIME, 10),
    ("008", "Production Date", "=}", _DAY, 6),
    ("009", "Production Date and Time", "&}", _DAY + _TIME, 10),
    ("010", "Special Testing: General", "&(", "(?P<code>[A-Z0-9]{5})", 5),
    ("011", "Special Testing: Red Blood Cell Antigens", "={", "[A-Z0-9]{18}", 18),
    ("012", "Special Testing: Red Blood Cell Antigens - General", "=\\", "[A-Z0-9]{18}", 18),
    ("013", "Special Testing: Red Blood Cell Antigens - Finnish", "&\\", "[A-Z0-9]{18}", 18),
    ("014", "Special Testing: Platelet HLA and Platelet Specific Antigens", "&{", "[A-Z0-9]{18}", 18),
    ("015", "Special Testing: HLA-A and -B Alleles", "=[", "[A-Z0-9]{18}", 18),
    ("016", "Special Testing: HLA-DRB1 Alleles", '="', "[A-Z0-9]{18}", 18),
    (
        "017",
        "Container Manufacturer and Catalog Number",
        "=)",
        "(?P<container>[A-Za-z0-9])(?P<maker>[A-Z0-9]{2})(?P<catalog>[A-Z0-9]{7})",
        10,
    ),
    ("018", "Container Lot Number", "&)", "(?P<lot>[A-Z0-9]{10})", 10),
    ("019", "Donor Identification Number", "=;", f"(?P<fin>{FIN})(?P<donor>[0-9]{{16}})", 21),
    ("020", "Staff Member Identification Number", "='", f"(?P<fin>{FIN})(?P<staff>[A-Z0-9]{{6}})", 11),
    (
        "021",
        "Manufacturer and Catalog Number: Items Other Than Containers",
        "=-",
        "(?P<maker>[A-Z0-9]{2})(?P<catalog>[A-Z0-9]{8})",
        10,
    ),
    ("022", "Lot Number: Items Other Than Containers", "&-", "(?P<lot>[A-Z0-9]{10})", 10),
    ("024", "Patient Date of Birth", "=#", "(?P<place>[0-9]{2})(?P<date>[0-9]{8})", 10),
    ("025", "Patient Identification Number", "&#", "(?P<place>[0-9]{2})(?P<told>[0-9]{2})(?P<patient>[A-Za-z0-9]+)", 4),
    ("026", "Expiration Month and Year", "=]", "(?P<month>[0-9]{6})", 6),
    ("027", "Transfusion Transmitted Infection Marker", '&"', "[A-Z0-9]{18}", 18),
    (
        "028",
        "Product Consignment",
        "=$",
        f"(?P<consignment>(?P<fin>{FIN})(?P<year>[0-9]{{2}})[0-9]{{5}})(?P<container>[0-9]{{2}})(?P<containers>[0-9]{{2}})",
        16,
    ),
    ("029", "Dimensions", "&$", "(?P<count>[0-9]{2})(?P<dimensions>([0-9]{12}00)+)", 2),
    ("030", "Red Cell Antigens with Test History", "&%", "(?P<count>[0-9]{3})(?P<antigens>([0-9]{10})+)", 3),
    ("031", "Flexible Date and Time", "=(", "(?P<zone>[12])0(?P<kind_of_time>[0-9]{2})(?P<date>[0-9]{8})" + _TIME, 16),
    ("032", "Product Divisions", "=,", _DIVISIONS, 6),
    ("033", "Processing Facility Information Code", "&+", _PROCESSOR, 11),
    ("034", "Processor Product Identification Code", "=/", _PROCESSOR + _PDC, 16),
    ("035", "MPHO Lot Number", "&,1", "(?P<lot>[A-Z0-9]{18})", 18),
    ("036", "MPHO Supplemental Identification Number", "&,2", "(?P<supplement>[A-Z0-9]{18})", 18),
    ("037", "Global Registration Identifier for Donors (retired)", "&,3", "[A-Z0-9]{19}", 19),
    (
        "038",
        "Single European Code",
        "&,4",
        _SEC,
        40,
    ),
    ("039", "Global Registration Identifier for Donors", "&:", "(?P<grid>[0-9]{4}[A-Z0-9]{13}(?P<check>[0-9]{2}))", 19),
    ("040", "Chain of Identity Identifier", "&/", rf"(?P<coi>CH(?P<fin>{FIN})(?P<year>[0-9]{{2}})[A-Z0-9]{{6}})", 15),
)
_RETIRED = frozenset({"011", "015", "016", "037"})

BY_NUMBER = {
    number: Shape(number, name, di, re.compile(layout), size, retired=number in _RETIRED)
    for number, name, di, layout, size in _ROWS
}
"""Every structure by its number; 023 frames a compound message and stands there."""

_BY_DI = {shape.di: shape for shape in BY_NUMBER.values()}
_DONATION = re.compile("=[A-NP-Z1-9]")
_LOCAL = re.compile("&[a-z;!]")


def named(text: str, start: int) -> Shape:
    """Return the structure whose data identifier stands at *start*, or raise ``Malformed``."""
    two = text[start : start + 2]
    if _DONATION.fullmatch(two):
        return BY_NUMBER["001"]
    if _LOCAL.fullmatch(two):
        raise Malformed("Expected a structure that ICCBBA defines, saw a local or national one (ST-001 2.5).")
    shape = _BY_DI.get(text[start : start + 3] if two == "&," else two)
    if shape is None:
        raise Malformed(f"Expected an ISBT 128 data identifier at character {start + 1}, saw none that is known.")
    return shape


def require(shape: Shape | None, number: str, data: str) -> None:
    """Raise ``Malformed`` unless *data* are right for the structure: length, classes, then meaning (R1)."""
    if shape is None:
        raise Malformed(f"Expected the number of a structure, 001 to 040, saw {number!r}.")
    expected = shape.length(data, 0)
    if len(data) != expected:
        raise Malformed(f"Expected {expected} characters of {shape.name} [{number}], saw {len(data)}.")
    if not shape.layout.fullmatch(data):
        raise Malformed(f"Expected only characters that {shape.name} [{number}] allows, saw others.")
    wrong = MEANINGS.get(number, _nothing)(shape.parts(data))
    if wrong:
        raise Malformed(f"Expected {wrong} in {shape.name} [{number}], saw another.")


def _nothing(_parts: dict[str, str]) -> str:
    return ""


def day_of(parts: dict[str, str]) -> date | None:
    """Return the calendar day of ``cyyjjj``, ``yyyymmdd`` or ``yyyymm`` (its last day), None when there is none."""
    try:
        if "century" in parts:
            first = date(_CENTURIES[parts["century"]] + int(parts["year"]), 1, 1)
            found = first + timedelta(days=int(parts["day"]) - 1)
            return found if found.year == first.year else None
        if "month" in parts:
            first = date(int(parts["month"][:4]), int(parts["month"][4:]), 1)
            return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        return date(int(parts["date"][:4]), int(parts["date"][4:6]), int(parts["date"][6:]))
    except (KeyError, ValueError, OverflowError):
        return None


def _day(parts: dict[str, str]) -> str:
    return "" if day_of(parts) else "a day of the calendar"


def _day_and_time(parts: dict[str, str]) -> str:
    return _day(parts) or ("" if parts["hour"] <= "23" and parts["minute"] <= "59" else "a time from 0000 to 2359")


def _flag(parts: dict[str, str]) -> str:
    checked = "60" <= parts["flag"] <= "96" and parts["flag"].isdigit()
    right = not checked or int(parts["flag"]) == 60 + mod37.check_value(parts["din"])
    return "" if right else "flag characters that are 60 + check value of the number"


def _consignment(parts: dict[str, str]) -> str:
    return "" if parts["container"] <= parts["containers"] != "00" else "container n of m with n not above m"


def _grid(parts: dict[str, str]) -> str:
    right = int(parts["check"]) == mod37.check_value(parts["grid"][:-2])
    return "" if right else "a right check value"


MEANINGS: dict[str, Callable[[dict[str, str]], str]] = {
    "001": _flag,
    "024": _day,
    "026": _day,
    "028": _consignment,
    "031": _day_and_time,
    "038": _day,
    "039": _grid,
    **dict.fromkeys(("004", "006", "008"), _day),
    **dict.fromkeys(("005", "007", "009"), _day_and_time),
}
"""What the parts of a structure must mean besides being of the right class; each says what it expected."""
