"""The parts that labels share: the head band, rows of caption and value, boxed warnings, the piece id in letters."""

from __future__ import annotations

import re
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
# How thick a frame is, in mm.
_LINE = 0.45


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
    """Box the warnings: beside each other as wide as their words are long, or below each other in one box."""
    how = Type(Face.BOLD, most, LEAST, align="middle")
    gap, inset = 1.2, 1.3
    shares = [len(text) + 3 for text in texts]
    widths = [(place.w - gap * (len(texts) - 1)) * share / sum(shares) for share in shares]
    if all(canvas.least_width(text, how) <= width - 2 * inset for text, width in zip(texts, widths, strict=True)):
        left = place.x
        for number, (text, width) in enumerate(zip(texts, widths, strict=True), start=1):
            box = Place(left, place.y, width, place.h)
            canvas.frame(box, _LINE, f"warning {number}")
            canvas.text(box.inside(inset), text, how, f"warning {number}", on=True)
            left += width + gap
        return
    canvas.frame(place, _LINE, "warnings")
    inner = place.inside(_LINE + 0.3)
    for number, (text, row) in enumerate(zip(texts, inner.rows(len(texts)), strict=True), start=1):
        canvas.text(row, text, how, f"warning {number}", on=True)


def beside_code(canvas: Canvas, place: Place, text: str, *, most: float = 1.9) -> None:
    """Write the text of a matrix in *place*, as big as all of it fits.

    A line of the text that is too wide goes on below, broken at a blank or before a bracket, nowhere else.
    """
    how = Type(Face.MONO, most, LEAST)
    rows = [row for line in text.split("\n") for row in _broken(canvas, line, how, place.w)]
    pitch = min(most * _PITCH, place.h / len(rows))
    for number, row in enumerate(rows):
        at = Place(place.x, place.y + number * pitch, place.w, pitch)
        canvas.text(at, row, Type(Face.MONO, pitch / _PITCH, LEAST), f"text of the matrix, row {number + 1}")


def _broken(canvas: Canvas, line: str, how: Type, width: float) -> list[str]:
    rows = [""]
    for word in re.split(r"(?<= )|(?=\()", line):
        if rows[-1] and canvas.least_width((rows[-1] + word).rstrip(), how) > width:
            rows.append("")
        rows[-1] += word
    return [row.rstrip() for row in rows]


def under_bars(canvas: Canvas, place: Place, text: str) -> None:
    """Write the text of a Code 128 in the middle of *place*."""
    canvas.text(place, text, Type(Face.MONO, 2.2, LEAST, "middle"), "text of the code 128")
