"""What is put where on a label, in dots, and how does it look?

* A place is told in millimetres from the top left corner; what is put are whole dots, halves up.
* Putting proves: everything claims its rectangle (a symbol with its quiet zone), and a second claim on a dot or one
  off the label is ``Overprint``. Text shrinks from its wished to its least legible size and is refused below that.
* What differs from piece to piece of a batch only claims its ground here, as a ``Line`` or a ``Spot``;
  ``labels.layout`` fills it.
* Nothing is drawn yet. ``painted`` draws the dots; ``labels.native`` writes the same marks as printer commands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from labels.elements import Place
from labels.errors import GlyphMissing, Overprint, TextDoesNotFit
from labels.fonts import Face, drawn, fitted
from labels.symbols import enlarged, scaled, symbol

if TYPE_CHECKING:
    from labels.elements import Align
    from labels.spec import Code, Symbology
    from labels.stock import Stock
    from labels.symbols import Dots

STRUCK = "PREVIEW – NOT FOR USE"

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in dots."""


@dataclass(frozen=True, slots=True)
class Type:
    """How a text is set: face, height of its capitals in mm (wished and least), side, colour, direction."""

    face: Face
    most: float
    least: float
    align: Align = "left"
    white: bool = False
    upwards: bool = False


class Said(NamedTuple):
    """Whose words stand in a line: those of a field, of a whole code's text, or of its parts *first* to *last*."""

    of: Literal["field", "code"]
    name: str
    first: int = 0
    last: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Fill:
    """A black rectangle."""

    box: Box


@dataclass(frozen=True, slots=True, eq=False)
class Edge:
    """A frame along the inner edge of a rectangle."""

    box: Box
    thick: int


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """One line of text, its capitals *capital* dots high, in the middle of the height of *box*."""

    box: Box
    text: str
    face: Face
    capital: int
    align: Align
    white: bool
    upwards: bool
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Stamp:
    """A symbol with its quiet zone; a module is *module* dots."""

    box: Box
    code: Code
    module: int
    upwards: bool
    name: str
    room: Box
    """What it may take: a printer that draws it itself may need more of it."""


Put = Fill | Edge | Words | Stamp


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """The ground of one line of text that each label fills with its own."""

    box: Box
    how: Type
    name: str
    said: Said
    room: tuple[int, int]
    most: int
    least: int


@dataclass(frozen=True, slots=True, eq=False)
class Spot:
    """The ground of a symbol that each label fills with its own code."""

    box: Box
    module: int
    upwards: bool
    name: str
    room: Box
    code: str


Ground = Put | Line | Spot


class Canvas:
    """A label being put together."""

    def __init__(self, stock: Stock) -> None:
        """Begin with a white label of *stock*."""
        self.stock = stock
        self.grounds: list[Ground] = []
        self._claims: list[tuple[str, Box]] = []

    def band(self, place: Place, name: str) -> None:
        """Fill *place* with black; what stands on it is white text."""
        self.grounds.append(Fill(self._claim(self.box(place), name)))

    def frame(self, place: Place, thick_mm: float, name: str, *, claims: bool = True) -> None:
        """Draw a frame along the inner edge of *place*."""
        box = self.box(place)
        if claims:
            self._claim(box, name)
        self.grounds.append(Edge(box, max(1, self.stock.dots(thick_mm))))

    def text(self, place: Place, text: str, how: Type, name: str, *, on: bool = False) -> None:
        """Write one line of *text* in *place*; *on* a band or frame that has claimed the ground already."""
        if text:
            self.grounds.append(self.words(self._line(place, how, name, Said("field", name), on=on), text))

    def line(self, place: Place, how: Type, name: str, said: Said) -> None:
        """Keep *place* for one line of text, which each label has of its own."""
        self.grounds.append(self._line(place, how, name, said, on=False))

    def words(self, line: Line, text: str) -> Words:
        """Return *text* at the greatest size at which it fits *line*, or refuse by the field's name."""
        how, name = line.how, line.name
        try:
            capital = fitted(text, how.face, line.most, line.least, line.room)
        except GlyphMissing as missing:
            raise GlyphMissing(f"{name}: {missing}") from missing
        except TextDoesNotFit as wide:
            mm = self.stock.mm
            raise TextDoesNotFit(
                f"{name}: {len(text)} characters at the least legible size of {how.least} mm do not fit "
                f"{mm(line.room[0]):.1f} x {mm(line.room[1]):.1f} mm"
            ) from wide
        return Words(line.box, text, how.face, capital, how.align, how.white, how.upwards, name)

    def _line(self, place: Place, how: Type, name: str, said: Said, *, on: bool) -> Line:
        box = self.box(place)
        if not on:
            self._claim(box, name)
        room = (box[3] - box[1], box[2] - box[0]) if how.upwards else (box[2] - box[0], box[3] - box[1])
        least = max(1, self.stock.dots(how.least))
        return Line(box, how, name, said, room, max(least, self.stock.dots(how.most)), least)

    def fits(self, text: str, how: Type, width_mm: float, height_mm: float, at: float) -> bool:
        """Say whether *text* fits so much room with capitals of *at* mm."""
        size = max(1, self.stock.dots(at))
        try:
            fitted(text, how.face, size, size, (self.stock.dots(width_mm), self.stock.dots(height_mm)))
        except TextDoesNotFit:
            return False
        return True

    def spot(
        self,
        place: Place,
        symbology: Symbology,
        size: tuple[int, int],
        code: str,
        *,
        upwards: bool = False,
        middle: bool = False,
    ) -> Place:
        """Keep what a symbol of *size* (columns, rows) takes: upper left in *place*, or in its *middle*; return it."""
        whole = left, top, right, bottom = self.box(place)
        room = (bottom - top, right - left) if upwards else (right - left, bottom - top)
        module, width, height = scaled(symbology, size, self.stock.dpi, room)
        if upwards:
            width, height = height, width
        if middle:
            left += (right - left - width) // 2
        if upwards:
            top += (bottom - top - height) // 2
        name = f"{code} code"
        box = self._claim((left, top, left + width, top + height), name)
        self.grounds.append(Spot(box, module, upwards, name, whole, code))
        return self.place(box)

    def box(self, place: Place) -> Box:
        """Return *place* in dots."""
        dots = self.stock.dots
        return dots(place.x), dots(place.y), dots(place.x + place.w), dots(place.y + place.h)

    def place(self, box: Box) -> Place:
        """Return *box* in millimetres."""
        mm = self.stock.mm
        return Place(mm(box[0]), mm(box[1]), mm(box[2] - box[0]), mm(box[3] - box[1]))

    def _claim(self, box: Box, name: str) -> Box:
        left, top, right, bottom = box
        if not (0 <= left < right <= self.stock.width and 0 <= top < bottom <= self.stock.height):
            raise Overprint(f"{name} stands off the label: {box} of {self.stock.width} x {self.stock.height} dots")
        for other, (a, b, c, d) in self._claims:
            if left < c and a < right and top < d and b < bottom:
                raise Overprint(f"{name} would be printed over {other}")
        self._claims.append((name, box))
        return box


def painted(puts: tuple[Put, ...], size: tuple[int, int], *, preview: bool) -> Dots:
    """Draw *puts* on a white label of *size* (width, height): true is black. A *preview* gets no symbol."""
    ink: Dots = np.zeros((size[1], size[0]), dtype=np.bool_)
    for put in puts:
        left, top, right, bottom = put.box
        field = ink[top:bottom, left:right]
        match put:
            case Fill():
                field[:] = True
            case Edge():
                field[:] = True
                field[put.thick : -put.thick, put.thick : -put.thick] = False
            case Words():
                _write(field, put)
            case Stamp():
                field[:] = _struck(*field.shape) if preview else stamped(put)
    return ink


def stamped(put: Stamp) -> Dots:
    """Return the dots of a symbol with its quiet zone, as it stands on the label."""
    left, top, right, bottom = put.box
    dots = enlarged(symbol(put.code), put.module, right - left if put.upwards else bottom - top)
    return np.rot90(dots) if put.upwards else dots


def _write(field: Dots, put: Words) -> None:
    ink, above = drawn(put.text, put.face, put.capital)
    height, width = field.shape[::-1] if put.upwards else field.shape
    # Capitals stand in the middle, unless what hangs above or below them would leave the box.
    down = max(0, min((height - put.capital + 1) // 2 - above, height - ink.shape[0]))
    across = {"left": 0, "middle": (width - ink.shape[1]) // 2, "right": width - ink.shape[1]}[put.align]
    if down + ink.shape[0] > height or across < 0 or ink.shape[1] > width:
        raise TextDoesNotFit(f"{put.name}: the ink of {ink.shape[1]} x {ink.shape[0]} dots leaves its box")
    place = np.zeros((height, width), dtype=np.bool_)
    place[down : down + ink.shape[0], across : across + ink.shape[1]] = ink
    if put.upwards:
        place = np.rot90(place)
    if put.white:
        field &= ~place
    else:
        field |= place


def _struck(height: int, width: int) -> Dots:
    """Return what stands in a preview where the symbol would be: an empty frame, crossed out. No module is drawn."""
    rows, columns = np.mgrid[0:height, 0:width]
    thick = max(2, min(height, width) // 40)
    slope = rows * width - columns * height
    rising = rows * width + columns * height - width * height
    reach = thick * max(height, width)
    edge = (rows < thick) | (rows >= height - thick) | (columns < thick) | (columns >= width - thick)
    return np.asarray(edge | (np.abs(slope) < reach) | (np.abs(rising) < reach), dtype=np.bool_)
