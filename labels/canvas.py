"""Who may draw where, so that nothing touches anything else?

* A place is told in millimetres from the top left corner; what is drawn are whole dots.
* Everything claims its rectangle (a symbol with its quiet zone); a second claim on a dot is ``Overprint``.
* Text shrinks from its wished to its least legible size and is refused below that: never cut, never over the edge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from labels.errors import GlyphMissing, Overprint, TextDoesNotFit
from labels.fonts import Face, checked, drawn, width_of
from labels.symbols import enlarged, symbol

if TYPE_CHECKING:
    from labels.spec import Code
    from labels.stock import Stock
    from labels.symbols import Dots

Align = Literal["left", "middle", "right"]

STRUCK = "PREVIEW – NOT FOR USE"


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


@dataclass(frozen=True, slots=True)
class Type:
    """How a text is set: face, height of its capitals in mm (wished and least), side, colour, direction."""

    face: Face
    most: float
    least: float
    align: Align = "left"
    white: bool = False
    upwards: bool = False


class Canvas:
    """A label being drawn: true is black."""

    def __init__(self, stock: Stock, *, preview: bool) -> None:
        """Begin with a white label of *stock*; a *preview* gets no symbols."""
        self.stock = stock
        self.preview = preview
        self.ink: Dots = np.zeros((stock.height, stock.width), dtype=np.bool_)
        self._claims: list[tuple[str, tuple[int, int, int, int]]] = []

    def band(self, place: Place, name: str) -> None:
        """Fill *place* with black; what stands on it is white text."""
        left, top, right, bottom = self._claim(self._rectangle(place), name)
        self.ink[top:bottom, left:right] = True

    def frame(self, place: Place, thick_mm: float, name: str) -> None:
        """Draw a frame along the inner edge of *place*."""
        left, top, right, bottom = self._claim(self._rectangle(place), name)
        thick = max(1, self.stock.dots(thick_mm))
        self.ink[top:bottom, left:right] = True
        self.ink[top + thick : bottom - thick, left + thick : right - thick] = False

    def text(self, place: Place, text: str, how: Type, name: str, *, on: bool = False) -> None:
        """Write one line of *text* in *place*; *on* a band or frame that has claimed the ground already."""
        if not text:
            return
        box = self._rectangle(place)
        room = (box[3] - box[1], box[2] - box[0]) if how.upwards else (box[2] - box[0], box[3] - box[1])
        ink, (across, down) = self._set(text, how, name, room)
        if how.upwards:
            ink = np.rot90(ink)
            left, top = box[0] + down, box[3] - across - ink.shape[0]
        else:
            left, top = box[0] + across, box[1] + down
        right, bottom = left + ink.shape[1], top + ink.shape[0]
        if not on:
            self._claim((left, top, right, bottom), name)
        field = self.ink[top:bottom, left:right]
        if how.white:
            field &= ~ink
        else:
            field |= ink

    def least_width(self, text: str, how: Type) -> float:
        """Return how many mm *text* is wide at its least legible size."""
        return self.stock.mm(1) * width_of(text, how.face, max(1, self.stock.dots(how.least)))

    def matrix(self, place: Place, code: Code, name: str) -> Place:
        """Draw a Data Matrix in the upper left corner of *place*; return what it takes with its quiet zone."""
        box = self._rectangle(place)
        return self._stamp(enlarged(symbol(code), self.stock.dpi, (box[2] - box[0], box[3] - box[1])), box, name)

    def bars(self, place: Place, code: Code, name: str, *, upwards: bool = False) -> Place:
        """Draw a Code 128 in the middle of *place*, its bars as long as the place is wide or high."""
        left, top, right, bottom = self._rectangle(place)
        length, bars = (bottom - top, right - left) if upwards else (right - left, bottom - top)
        dots = enlarged(symbol(code), self.stock.dpi, (length, bars), bars)
        spare = (length - dots.shape[1]) // 2
        if upwards:
            return self._stamp(np.rot90(dots), (left, top + spare, right, bottom), name)
        return self._stamp(dots, (left + spare, top, right, bottom), name)

    def _stamp(self, dots: Dots, box: tuple[int, int, int, int], name: str) -> Place:
        left, top = box[:2]
        height, width = dots.shape
        self._claim((left, top, left + width, top + height), name)
        if self.preview:
            dots = _struck(height, width)
        self.ink[top : top + height, left : left + width] = dots
        mm = self.stock.mm
        return Place(mm(left), mm(top), mm(width), mm(height))

    def _set(self, text: str, how: Type, name: str, room: tuple[int, int]) -> tuple[Dots, tuple[int, int]]:
        """Return the ink of *text* at the greatest size that fits, and where in *room* (width, height) it begins."""
        try:
            written = checked(text, how.face)
        except GlyphMissing as missing:
            raise GlyphMissing(f"{name}: {missing}") from missing
        width, height = room
        least = max(1, self.stock.dots(how.least))
        most = max(least, self.stock.dots(how.most))
        # Where the greatest size is much too wide, begin near the one that fits.
        guess = int(most * min(1.0, 1.02 * width / max(1.0, width_of(written, how.face, most))))
        for capital in range(max(least, guess), least - 1, -1):
            ink, above = drawn(written, how.face, capital)
            # Capitals stand in the middle, unless what hangs below them would leave the box.
            top = min((height - capital + 1) // 2 - above, height - ink.shape[0])
            if ink.shape[1] <= width and top >= 0:
                spare = {"left": 0, "middle": (width - ink.shape[1]) // 2, "right": width - ink.shape[1]}[how.align]
                return ink, (spare, top)
        mm = self.stock.mm
        raise TextDoesNotFit(
            f"{name}: {len(written)} characters at the least legible size of {how.least} mm do not fit "
            f"{mm(width):.1f} x {mm(height):.1f} mm"
        )

    def _rectangle(self, place: Place) -> tuple[int, int, int, int]:
        dots = self.stock.dots
        return dots(place.x), dots(place.y), dots(place.x + place.w), dots(place.y + place.h)

    def _claim(self, box: tuple[int, int, int, int], name: str) -> tuple[int, int, int, int]:
        left, top, right, bottom = box
        if not (0 <= left < right <= self.stock.width and 0 <= top < bottom <= self.stock.height):
            raise Overprint(f"{name} stands off the label: {box} of {self.stock.width} x {self.stock.height} dots")
        for other, (a, b, c, d) in self._claims:
            if left < c and a < right and top < d and b < bottom:
                raise Overprint(f"{name} would be printed over {other}")
        self._claims.append((name, box))
        return box


def _struck(height: int, width: int) -> Dots:
    """Return what stands in a preview where the symbol would be: an empty frame, crossed out. No module is drawn."""
    rows, columns = np.mgrid[0:height, 0:width]
    thick = max(2, min(height, width) // 40)
    slope = rows * width - columns * height
    rising = rows * width + columns * height - width * height
    reach = thick * max(height, width)
    edge = (rows < thick) | (rows >= height - thick) | (columns < thick) | (columns >= width - thick)
    return np.asarray(edge | (np.abs(slope) < reach) | (np.abs(rising) < reach), dtype=np.bool_)
