"""Which GS1 application identifiers do we understand, and how does each one's value look?

Our own table of those that a cell therapy meets (General Specifications 3.2; formats and pairings as in the GS1
Barcode Syntax Dictionary of 2026-01-27). Any other identifier makes the whole message unreadable: where it ends, and
what it would change, is not known here.

>>> AIS["250"].needs
((('01',), ('8006',)), (('21',),))
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from coi.identity import gs1_lint as lint

if TYPE_CHECKING:
    from collections.abc import Callable

    Check: TypeAlias = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a value: how long, of which characters, with which checks."""

    shortest: int
    longest: int
    checks: tuple[Check, ...]
    optional: bool = False
    """True when the value may end before this part."""

    def fits(self, text: str) -> bool:
        """Tell whether *text* is a right part."""
        return self.shortest <= len(text) <= self.longest and all(check(text) for check in self.checks)


@dataclass(frozen=True, slots=True)
class Ai:
    """One application identifier."""

    ai: str
    title: str
    parts: tuple[Part, ...]
    needs: tuple[tuple[tuple[str, ...], ...], ...] = ()
    """Each must hold: at least one of its alternatives is there whole."""
    never_with: tuple[str, ...] = ()

    @property
    def predefined(self) -> bool:
        """True when the length is set by the standard, so that no separator is needed (7.8.5, figure 7.8.5-2)."""
        return self.ai[:2] in _PREDEFINED

    @property
    def longest(self) -> int:
        """The greatest length of a value."""
        return sum(part.longest for part in self.parts)

    def fits(self, value: str) -> bool:
        """Tell whether *value* is right: its parts one after another, the last one taking what is left."""
        at = 0
        for part in self.parts:
            piece = value[at : at + part.longest]
            if not (part.fits(piece) or (part.optional and not piece)):
                return False
            at += len(piece)
        return at == len(value)


_PREDEFINED = frozenset(
    {"00", "01", "02", "03", "04", "20", "41"} | {str(ai) for ai in range(11, 20)} | {str(ai) for ai in range(31, 37)}
)


def _n(length: int, *checks: Check) -> Part:
    return Part(length, length, (lint.numeric, *checks))


def _n_to(longest: int, *checks: Check) -> Part:
    return Part(1, longest, (lint.numeric, *checks))


def _x(length: int, *checks: Check) -> Part:
    return Part(length, length, (lint.cset82, *checks))


def _x_to(longest: int, *checks: Check) -> Part:
    return Part(1, longest, (lint.cset82, *checks))


def _maybe(part: Part) -> Part:
    return replace(part, optional=True)


def _needs(*each: str) -> tuple[tuple[tuple[str, ...], ...], ...]:
    """Write needs as the dictionary does: ``01+21,00`` is 01 with 21, or 00."""
    return tuple(tuple(tuple(group.split("+")) for group in one.split(",")) for one in each)


_ITEM = _needs("01,02,8006,8026")
_BATCH = _needs("01,02,03,8006,8026")
_GTIN = _n(14, lint.csum)
_GLN = _n(13, lint.csum)
_DAY = _n(6, lint.yymmd0)
_PERSON = _needs("8017,8018")
_PATIENT = _needs("8018")
_NAME_EXCLUDES = ("7256", "7259")
_SIGNED = _needs("00,01+21,253,255,8003,8004,8006+21,8010+8011,8017,8018")

_ROWS = (
    Ai("00", "SSCC", (_n(18, lint.csum),)),
    Ai("01", "GTIN", (_GTIN,), never_with=("255", "37")),
    Ai("02", "CONTENT", (_GTIN,), _needs("37"), ("01", "03")),
    Ai("10", "BATCH/LOT", (_x_to(20),), _BATCH),
    Ai("11", "PROD DATE", (_DAY,), _BATCH),
    Ai("13", "PACK DATE", (_DAY,), _BATCH),
    Ai("15", "BEST BEFORE or BEST BY", (_DAY,), _BATCH),
    Ai("16", "SELL BY", (_DAY,), _BATCH),
    Ai("17", "USE BY or EXPIRY", (_DAY,), _needs("01,02,03,255,8006,8026")),
    Ai("20", "VARIANT", (_n(2),), _ITEM),
    Ai("21", "SERIAL", (_x_to(20),), _needs("01,03,8006"), ("235",)),
    Ai("22", "CPV", (_x_to(20),), _needs("01")),
    Ai("235", "TPX", (_x_to(28),), _needs("01")),
    Ai("240", "ADDITIONAL ID", (_x_to(30),), _ITEM),
    Ai("241", "CUST. PART No.", (_x_to(30),), _ITEM),
    Ai("242", "MTO VARIANT", (_n_to(6),), _ITEM),
    Ai("250", "SECONDARY SERIAL", (_x_to(30),), _needs("01,8006", "21")),
    Ai("251", "REF. TO SOURCE", (_x_to(30),), _needs("01,8006")),
    Ai("254", "GLN EXTENSION COMPONENT", (_x_to(20),), _needs("414")),
    Ai("30", "VAR. COUNT", (_n_to(8),), _needs("01,02")),
    Ai("37", "COUNT", (_n_to(8),), _needs("00", "02,8026")),
    Ai("400", "ORDER NUMBER", (_x_to(30),)),
    Ai("401", "GINC", (_x_to(30, lint.key),)),
    Ai("402", "GSIN", (_n(17, lint.csum),)),
    Ai("403", "ROUTE", (_x_to(30),), _needs("00")),
    Ai("410", "SHIP TO LOC", (_GLN,)),
    Ai("411", "BILL TO", (_GLN,)),
    Ai("412", "PURCHASE FROM", (_GLN,)),
    Ai("413", "SHIP FOR LOC", (_GLN,)),
    Ai("414", "LOC No.", (_GLN,)),
    Ai("416", "PROD/SERV LOC", (_GLN,)),
    Ai("417", "PARTY", (_GLN,)),
    Ai("7003", "EXPIRY TIME", (_n(6, lint.yymmdd), _n(4, lint.hhmi)), _needs("01,02")),
    Ai("7007", "HARVEST DATE", (_n(6, lint.yymmdd), _maybe(_n(6, lint.yymmdd))), _needs("01,02")),
    Ai("7021", "FUNC STAT", (_x_to(20),), _needs("01,8006")),
    Ai("7022", "REV STAT", (_x_to(20),), _needs("7021")),
    Ai("7023", "GIAI - ASSEMBLY", (_x_to(30, lint.key),)),
    *(Ai(f"723{n}", f"CERT # {n + 1}", (_x(2), _x_to(28)), _needs("01,8004")) for n in range(10)),
    Ai("7240", "PROTOCOL", (_x_to(20),), _needs("01,8006")),
    Ai("7241", "AIDC MEDIA TYPE", (_n(2, lint.mediatype),), _PERSON),
    Ai("7242", "VCN", (_x_to(25),), _PERSON),
    Ai("7250", "DOB", (_n(8, lint.yyyymmdd),), _PATIENT, ("7251",)),
    Ai("7251", "DOB TIME", (_n(8, lint.yyyymmdd), _n(4, lint.hhmi)), _PATIENT, ("7250",)),
    Ai("7252", "BIO SEX", (_n(1, lint.iso5218),), _PATIENT),
    Ai("7253", "FAMILY NAME", (_x_to(40, lint.pcenc),), _PERSON, _NAME_EXCLUDES),
    Ai("7254", "GIVEN NAME", (_x_to(40, lint.pcenc),), _PERSON, _NAME_EXCLUDES),
    Ai("7255", "SUFFIX", (_x_to(10),), _PERSON, _NAME_EXCLUDES),
    Ai("7256", "FULL NAME", (_x_to(90, lint.pcenc),), _PERSON),
    Ai("7257", "PERSON ADDR", (_x_to(70, lint.pcenc),), _PATIENT),
    Ai("7258", "BIRTH SEQUENCE", (_x(3, lint.posinseqslash),), _needs("8018+7259")),
    Ai("7259", "BABY", (_x_to(40, lint.pcenc),), _PATIENT, ("7256",)),
    Ai("8003", "GRAI", (_n(1, lint.zero), _n(13, lint.csum), _maybe(_x_to(16)))),
    Ai("8004", "GIAI", (_x_to(30, lint.key),)),
    Ai("8006", "ITIP", (_GTIN, _n(4, lint.pieceoftotal)), never_with=("01", "37")),
    Ai(
        "8008",
        "PROD TIME",
        (_n(6, lint.yymmdd), _n(2, lint.hh), _maybe(_n(2, lint.mi)), _maybe(_n(2, lint.ss))),
        _needs("01,02"),
    ),
    Ai("8010", "CPID", (Part(1, 30, (lint.cset39, lint.key)),)),
    Ai("8011", "CPID SERIAL", (_n_to(12, lint.nozeroprefix),), _needs("8010")),
    Ai("8017", "GSRN - PROVIDER", (_n(18, lint.csum),), never_with=("8018",)),
    Ai("8018", "GSRN - RECIPIENT", (_n(18, lint.csum),), never_with=("8017",)),
    Ai("8019", "SRIN", (_n_to(10),), _PERSON),
    Ai("8026", "ITIP CONTENT", (_GTIN, _n(4, lint.pieceoftotal)), _needs("37"), ("02", "8006")),
    Ai("8030", "DIGSIG", (Part(1, 90, (lint.cset64,)),), _SIGNED),
    *(Ai(str(n), "INTERNAL", (_x_to(30 if n == 90 else 90),)) for n in range(90, 100)),  # noqa: PLR2004 - AI 90
)

AIS = {row.ai: row for row in _ROWS}
"""Every identifier we understand."""
