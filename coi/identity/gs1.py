"""What does a GS1 message say? GS1 General Specifications 3 and 7.8; element strings, no Digital Link.

On the wire, after the FNC1 that the symbology identifier tells (``]C1 ]d2 ]Q3 ]e0``), elements one after another: an
application identifier and its value. A value whose length the standard does not set ends with FNC1, read as the
character 1D hex, unless it is the last::

    0109506000134376 17261231 10LOT42A<1D> 21BAG7<1D> 2507K3N9XB2CD4U

A message is right when

1. every identifier is one that ``gs1_table`` knows, and separators stand only where an element ends;
2. every value is right: length, characters, check digit, day, time; one wrong element makes the message wrong;
3. an identifier that comes twice says the same twice;
4. no element stands with one it excludes, none without one it needs;
5. expiry day (17) and expiry time (7003) name one day.

>>> message = Gs1Message.parse("0109506000134376" "21BAG7" + GS + "10LOT42A")
>>> message.get("10"), message.human
('LOT42A', '(01)09506000134376(21)BAG7(10)LOT42A')
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from coi.errors import Malformed
from coi.identity import gs1_lint
from coi.identity.gs1_table import AIS

if TYPE_CHECKING:
    from coi.identity.gs1_table import Ai
    from coi.identity.piece_id import PieceId

GS = "\x1d"
"""FNC1 as a separator, as scanners transmit it."""
_ELEMENT = re.compile(r"\(([0-9]{2,4})\)((?:\\\(|[^(\\])+)")
_BRACKETED = re.compile(f"(?:{_ELEMENT.pattern})+")
PERSONAL = frozenset({"8018", "8019", *(str(ai) for ai in range(7250, 7260))})
"""Elements that tell of a patient; they stand in no text that we make."""


@dataclass(frozen=True, slots=True)
class Element:
    """One identifier and its value."""

    ai: str
    value: str = field(repr=False)
    closed: bool = field(default=False, compare=False)
    """True when a separator followed that need not: allowed to read (7.8.5.2), kept to tell what was read."""

    def __post_init__(self) -> None:
        row = AIS.get(self.ai)
        if row is None:
            raise Malformed("Expected an application identifier that we know, saw another.")
        if not row.fits(self.value):
            raise Malformed(
                f"Expected a right value of ({self.ai}) {row.title}: length, characters, check digit, day; saw one of "
                f"{len(self.value)} characters that is not."
            )


@dataclass(frozen=True, slots=True)
class Gs1Message:
    """The elements of one symbol in the order they stand."""

    elements: tuple[Element, ...]

    def __post_init__(self) -> None:
        if not self.elements:
            raise Malformed("Expected at least one element, saw none.")
        self._require_no_contradiction()
        self._require_pairs()
        self._require_one_expiry()

    @classmethod
    def parse(cls, text: str) -> Gs1Message:
        """Return the message that *text* is (without the symbology identifier), or raise ``Malformed``."""
        return cls(elements(text))

    @classmethod
    def keyed(cls, text: str) -> Gs1Message:
        r"""Return what a person typed from the human readable text, identifiers in brackets; ``\(`` is a bracket."""
        return cls(bracketed(text))

    @property
    def wire(self) -> bytes:
        """The bytes as they were read, or as they are to be put into a GS1 symbol after its first FNC1."""
        text = ""
        for place, element in enumerate(self.elements, start=1):
            needed = place < len(self.elements) and not AIS[element.ai].predefined
            text += element.ai + element.value + (GS if needed or element.closed else "")
        return text.encode("ascii")

    @property
    def human(self) -> str:
        """The human readable interpretation (4.14): identifiers in brackets, which are not in the symbol."""
        return "".join(f"({one.ai}){'…' if one.ai in PERSONAL else one.value}" for one in self.elements)

    def get(self, ai: str) -> str | None:
        """Return the value of that identifier, or None."""
        return next((element.value for element in self.elements if element.ai == ai), None)

    def expires(self, seen_from: int = gs1_lint.REFERENCE_YEAR) -> date | datetime | None:
        """Return the expiry: the time of 7003 by the clock of the place, else the day of 17, None when neither is."""
        moment, day = self.get("7003"), self.get("17")
        if moment is not None:
            return datetime.combine(_day(moment[:6], seen_from), time(int(moment[6:8]), int(moment[8:])))
        return None if day is None else _day(day, seen_from)

    def _require_no_contradiction(self) -> None:
        said: dict[str, str] = {}
        for element in self.elements:
            if said.setdefault(element.ai, element.value) != element.value:
                raise Malformed(f"Expected one value of ({element.ai}), saw two that differ.")

    def _require_pairs(self) -> None:
        there = {element.ai for element in self.elements}
        for element in self.elements:
            row = AIS[element.ai]
            excluded = sorted(there.intersection(row.never_with))
            if excluded:
                raise Malformed(f"Expected ({element.ai}) without ({excluded[0]}), saw both (4.14.1).")
            for need in row.needs:
                if not any(there.issuperset(group) for group in need):
                    wanted = ", ".join("+".join(group) for group in need)
                    raise Malformed(f"Expected ({element.ai}) together with one of {wanted}, saw none (4.14.2).")

    def _require_one_expiry(self) -> None:
        moment, day = self.get("7003"), self.get("17")
        if moment and day and _day(moment[:6], gs1_lint.REFERENCE_YEAR) != _day(day, gs1_lint.REFERENCE_YEAR):
            raise Malformed("Expected (17) and (7003) to name one day, saw two.")


def elements(text: str) -> tuple[Element, ...]:
    """Return the elements of *text*, each right in itself, before any is compared with another."""
    found = []
    at = 0
    while at < len(text):
        row = _identifier(text, at)
        begin = at + len(row.ai)
        separator = text.find(GS, begin)
        end = begin + row.longest if row.predefined else separator if separator >= 0 else len(text)
        closed = text[end : end + 1] == GS
        at = end + closed
        found.append(Element(row.ai, text[begin:end], closed=closed and (row.predefined or at == len(text))))
    return tuple(found)


def bracketed(text: str) -> tuple[Element, ...]:
    r"""Return the elements of ``(01)…(21)…``; a bracket that belongs to a value is written ``\(``.

    >>> bracketed(r"(21)A\(7)")[0].value
    'A(7)'
    """
    if not _BRACKETED.fullmatch(text):
        raise Malformed("Expected elements as (identifier)value, saw text that is not.")
    return tuple(Element(ai, value.replace(r"\(", "(")) for ai, value in _ELEMENT.findall(text))


def _identifier(text: str, at: int) -> Ai:
    for length in (2, 3, 4):
        row = AIS.get(text[at : at + length])
        if row is not None:
            return row
    raise Malformed(f"Expected an application identifier that we know at character {at + 1}, saw another.")


def _day(yymmdd: str, seen_from: int) -> date:
    """Return the day; 00 is the last of the month (3.4.2)."""
    year, month, day = gs1_lint.full_year(int(yymmdd[:2]), seen_from), int(yymmdd[2:4]), int(yymmdd[4:])
    return date(year, month, day or monthrange(year, month)[1])


def compose_gs1(
    *,
    gtin: str,
    serial: str,
    lot: str | None = None,
    expires: date | datetime | None = None,
    piece: PieceId | None = None,
) -> bytes:
    """Return the element string of a drug product: 01, 17 (and 7003), 10, 21, 250, without the first FNC1.

    A day goes into 17, a time by the clock of the place into 17 and 7003. An aware time is refused: GS1 writes no
    zone, so that whoever composes must say by which clock.
    """
    parts = [Element("01", gtin)]
    if expires is not None:
        if not gs1_lint.REFERENCE_YEAR - 49 <= expires.year <= gs1_lint.REFERENCE_YEAR + 50:
            raise Malformed(f"Expected an expiry that two digits of a year can tell, saw the year {expires.year}.")
        parts.append(Element("17", f"{expires:%y%m%d}"))
    if isinstance(expires, datetime):
        if expires.tzinfo is not None or expires.second or expires.microsecond:
            raise Malformed("Expected an expiry at a whole minute by the clock of the place, saw a zone or seconds.")
        parts.append(Element("7003", f"{expires:%y%m%d%H%M}"))
    if lot is not None:
        parts.append(Element("10", lot))
    parts.append(Element("21", serial))
    if piece is not None:
        parts.append(Element("250", piece.text))
    return Gs1Message(tuple(parts)).wire
