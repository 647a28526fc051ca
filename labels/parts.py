"""The parts that labels share: the head band, rows of caption and value, boxed warnings, the piece id in letters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labels.canvas import STRUCK, Place, Type
from labels.fonts import Face

if TYPE_CHECKING:
    from labels.canvas import Canvas
    from labels.spec import LabelSpec, Line

# The least height of capitals in mm. With what goes above and below them a line of text is then 2 mm high and more.
LEAST = 1.5
_LEAST_CAPTION = 1.2
# From line to line, in heights of a capital.
_PITCH = 1.5


def head(canvas: Canvas, place: Place, spec: LabelSpec) -> None:
    """Draw the black band: what the label is stuck on; at its end the mark (DEMO) and which print it is.

    A preview says in the band that it is none, instead of both.
    """
    canvas.band(place, "head")
    inner = place.inside(place.h * 0.16)
    said = STRUCK if spec.preview else "  ·  ".join(part for part in (spec.mark, spec.copy) if part)
    share = 0.5 if said else 0.0
    left = Place(inner.x, inner.y, inner.w * (1 - share), inner.h)
    gap = place.h * 0.35
    right = Place(inner.x + inner.w * (1 - share) + gap, inner.y, inner.w * share - gap, inner.h)
    most = place.h * 0.55
    canvas.text(left, spec.role, Type(Face.BOLD, most, LEAST, white=True), "role", on=True)
    canvas.text(right, said, Type(Face.BOLD, most * 0.8, LEAST, align="right", white=True), "mark", on=True)


def identity(canvas: Canvas, place: Place, text: str, most: float) -> None:
    """Write the big identity: the one text that two people compare by eye."""
    canvas.text(place, text, Type(Face.MONO, most, 2.0), "identity")


def table(
    canvas: Canvas, place: Place, lines: tuple[Line, ...], rows: int, *, caption: float, most: float = 2.2
) -> None:
    """Write *lines* in a grid of *rows*, column by column.

    *caption* is the width of the captions in mm; with 0 they stand over their values.
    """
    columns = max(1, -(-len(lines) // rows))
    cells = [cell for column in place.columns(columns, gap=2) for cell in column.rows(rows)]
    for number, (line, cell) in enumerate(zip(lines, cells, strict=False), start=1):
        if caption:
            small = Place(cell.x, cell.y, caption - 1, cell.h)
            large = Place(cell.x + caption, cell.y, cell.w - caption, cell.h)
        else:
            small = Place(cell.x, cell.y, cell.w, cell.h * 0.44)
            large = Place(cell.x, cell.y + cell.h * 0.44, cell.w, cell.h * 0.56)
        captions = Type(Face.TEXT, 1.6 if caption else _LEAST_CAPTION, _LEAST_CAPTION)
        canvas.text(small, line.caption, captions, f"line {number} caption")
        canvas.text(large, line.value, Type(Face.BOLD, most, LEAST), f"line {number}")


def warnings(canvas: Canvas, place: Place, texts: tuple[str, ...], *, most: float) -> None:
    """Write each warning in its own box, beside each other all over *place*, each as wide as its words are long."""
    gap = 1.2
    shares = [len(text) + 3 for text in texts]
    left, room = place.x, place.w - gap * (len(texts) - 1)
    for number, (text, share) in enumerate(zip(texts, shares, strict=True), start=1):
        name = f"warning {number}"
        box = Place(left, place.y, room * share / sum(shares), place.h)
        left += box.w + gap
        canvas.frame(box, 0.45, name)
        canvas.text(box.inside(1.3), text, Type(Face.BOLD, most, LEAST, align="middle"), name, on=True)


def beside_code(canvas: Canvas, place: Place, text: str, *, most: float = 1.9) -> None:
    """Write the text of a matrix in *place*, a row per line of the text, as big as all rows allow."""
    rows = text.split("\n") if text else []
    pitch = min(most * _PITCH, place.h / max(1, len(rows)))
    for number, row in enumerate(rows):
        at = Place(place.x, place.y + number * pitch, place.w, pitch)
        canvas.text(at, row, Type(Face.MONO, pitch / _PITCH, LEAST), f"text of the matrix, row {number + 1}")


def under_bars(canvas: Canvas, place: Place, text: str) -> None:
    """Write the text of a Code 128 in the middle of *place*."""
    canvas.text(place, text, Type(Face.MONO, 2.2, LEAST, "middle"), "text of the code 128")
