"""The things that a template may place: a band, a text, a table, warnings, a symbol with its text, a frame.

Every place is a rectangle in millimetres, told by the template; nothing flows, so what does not overlap in the
template overlaps on no label. A symbol's rectangle holds the symbol *and* the text beside it: a code without its
text cannot be written down.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Align = Literal["left", "middle", "right"]
Side = Literal["right", "below", "left"]
FaceName = Literal["bold", "text", "mono"]


_HAIR = 1e-6  # mm: what binary fractions of millimetres may be wrong by


@dataclass(frozen=True, slots=True)
class Place:
    """A rectangle in millimetres: left, top, width, height."""

    x: float
    y: float
    w: float
    h: float

    def inside(self, by: float) -> Place:
        """Return the rectangle that stays when *by* is taken off each side."""
        return Place(self.x + by, self.y + by, self.w - 2 * by, self.h - 2 * by)

    def rows(self, count: int, gap: float = 0) -> list[Place]:
        """*count* equal rectangles below each other."""
        each = (self.h - gap * (count - 1)) / count
        return [Place(self.x, self.y + n * (each + gap), self.w, each) for n in range(count)]

    def columns(self, count: int, gap: float = 0) -> list[Place]:
        """*count* equal rectangles beside each other."""
        each = (self.w - gap * (count - 1)) / count
        return [Place(self.x + n * (each + gap), self.y, each, self.h) for n in range(count)]

    def meets(self, other: Place) -> bool:
        """Say whether the two have any ground in common."""
        return (
            self.x + _HAIR < other.x + other.w
            and other.x + _HAIR < self.x + self.w
            and self.y + _HAIR < other.y + other.h
            and other.y + _HAIR < self.y + self.h
        )


@dataclass(frozen=True, slots=True)
class Band:
    """The black head band: the word of what the label is stuck on, and at its end the mark and the repeat."""

    box: Place
    words: str
    share: float = 0.5
    """Which part of the band, from its right end, is kept for mark and repeat."""


@dataclass(frozen=True, slots=True)
class Text:
    """One line: a fixed text, or the value of a field."""

    box: Place
    words: str
    field: str
    face: FaceName
    most: float
    least: float
    align: Align = "left"
    upwards: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: a small caption and the field after it."""

    caption: str
    field: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: the rows whose field has a value, one after the other, column by column."""

    box: Place
    rows: tuple[Row, ...]
    per_column: int
    caption: float
    """The width of the captions in mm; with 0 they stand over their values."""
    most: float
    least: float


@dataclass(frozen=True, slots=True)
class Warnings:
    """The boxed warnings that follow from the donor's testing; nobody can untick them."""

    box: Place
    most: float
    short: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A symbol with the text that a person reads beside it, both from the same bytes."""

    box: Place
    code: str
    side: Side
    text: float
    """How much of the box, in mm, is the text's: its width at the side, its height below."""
    most: float
    least: float
    upwards: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """A line round a rectangle."""

    box: Place
    thick: float


Element = Band | Text | Grid | Warnings | Mark | Frame


def fields_of(element: Element) -> tuple[str, ...]:
    """Return the names of the fields that *element* shows."""
    match element:
        case Text():
            return (element.field,) if element.field else ()
        case Grid():
            return tuple(row.field for row in element.rows)
        case Warnings():
            return ("donor_testing",) if element.short else ("donor_testing", "reactive_for")
        case _:
            return ()
