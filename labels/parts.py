"""How does each element of a template come onto the label?

The band says what the label is stuck on and, at its end, the mark and the repeat. A table shows the rows that have a
value. Warnings stand boxed beside or below each other. A symbol comes with the text beside it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from labels.canvas import STRUCK, Said, Type
from labels.elements import Place
from labels.errors import GlyphMissing, TextDoesNotFit
from labels.fonts import Face
from labels.spec import MATRICES

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from labels.canvas import Canvas
    from labels.elements import Band, Grid, Mark
    from labels.layout import Look

# The least height of capitals in mm. With what goes above and below them a line of text is then 2 mm high and more.
LEAST = 1.5
_LEAST_CAPTION = 1.2
# From line to line, in heights of a capital.
_PITCH = 1.5
# How thick the frame of a warning is, in mm.
_LINE = 0.35
# How far the text of a code stands from what the code takes, in mm; its quiet zone is white as well.
_GAP = 0.5
# Where the text of a code may be broken: between data identifiers, at a line end, before a GS1 identifier.
_BREAKS = re.compile(r" · |\n|(?=\()")


def head(canvas: Canvas, band: Band, mark: str, copy: str, *, preview: bool) -> None:
    """Put the black band: what the label is stuck on; at its end the mark (DEMO) and which print it is.

    A preview says in the band that it is none, instead of both.
    """
    place = band.box
    canvas.band(place, "head")
    inner = place.inside(place.h * 0.16)
    said = STRUCK if preview else " | ".join(part for part in (mark, copy) if part)
    share = band.share if said else 0.0
    left = Place(inner.x, inner.y, inner.w * (1 - share), inner.h)
    gap = place.h * 0.35
    right = Place(inner.x + inner.w * (1 - share) + gap, inner.y, inner.w * share - gap, inner.h)
    most = place.h * 0.55
    canvas.text(left, band.words, Type(Face.BOLD, most, LEAST, white=True), "role", on=True)
    canvas.text(right, said, Type(Face.BOLD, most, LEAST, align="right", white=True), "mark", on=True)


def table(canvas: Canvas, grid: Grid, filled: Container[str]) -> None:
    """Write the rows of *grid* that have a value, column by column; a caption stands before its value or over it."""
    rows = [row for row in grid.rows if row.field in filled]
    columns = max(1, -(-len(rows) // grid.per_column))
    cells = [cell for column in grid.box.columns(columns, gap=2) for cell in column.rows(grid.per_column)]
    for row, cell in zip(rows, cells, strict=False):
        if grid.caption:
            small = Place(cell.x, cell.y, grid.caption - 1, cell.h)
            large = Place(cell.x + grid.caption, cell.y, cell.w - grid.caption, cell.h)
        else:
            small = Place(cell.x, cell.y, cell.w, cell.h * 0.42)
            large = Place(cell.x, cell.y + cell.h * 0.42, cell.w, cell.h * 0.58)
        captions = Type(Face.TEXT, 1.6 if grid.caption else _LEAST_CAPTION, _LEAST_CAPTION)
        canvas.text(small, row.caption, captions, f"caption of {row.field}")
        canvas.line(large, Type(Face.BOLD, grid.most, grid.least), row.field, Said("field", row.field))


def warnings(canvas: Canvas, place: Place, texts: tuple[str, ...], *, most: float) -> None:
    """Box the warnings: beside each other as wide as their words are long, or below each other in one box."""
    how = Type(Face.BOLD, most, LEAST, align="middle")
    gap, inset = 1.2, 1.0
    shares = [len(text) + 3 for text in texts]
    widths = [(place.w - gap * (len(texts) - 1)) * share / sum(shares) for share in shares]
    beside = all(
        canvas.fits(text, how, width - 2 * inset, place.h - 2 * inset, min(most, 2 * LEAST))
        for text, width in zip(texts, widths, strict=True)
    )
    if beside:
        left = place.x
        for number, (text, width) in enumerate(zip(texts, widths, strict=True), start=1):
            box = Place(left, place.y, width, place.h)
            canvas.frame(box, _LINE, f"warning {number}")
            canvas.text(box.inside(inset), text, how, f"warning {number}", on=True)
            left += width + gap
        return
    canvas.frame(place, _LINE, "warnings")
    inner = Place(place.x + inset, place.y + _LINE + 0.2, place.w - 2 * inset, place.h - 2 * _LINE - 0.4)
    rows = inner.rows(len(texts))
    how = Type(Face.BOLD, min(most, max(LEAST, rows[0].h * 0.72)), LEAST, align="middle")
    for number, (text, cell) in enumerate(zip(texts, rows, strict=True), start=1):
        canvas.text(cell, text, how, f"warning {number}", on=True)


def mark(canvas: Canvas, element: Mark, look: Look) -> None:
    """Put a symbol and its text: at its side, below it, or climbing beside bars that climb."""
    box, own, code, upwards = element.box, element.text, element.code, element.upwards
    matrix = look.symbology in MATRICES
    match element.side:
        case "right":
            room = Place(box.x, box.y, box.w - own - _GAP, box.h)
            symbol = canvas.spot(room, look.symbology, look.size, code, upwards=upwards)
            edge = symbol.x + symbol.w + _GAP
            text = Place(edge, box.y, min(box.x + box.w - edge, own), box.h)
        case "left":
            room = Place(box.x + own + _GAP, box.y, box.w - own - _GAP, box.h)
            canvas.spot(room, look.symbology, look.size, code, upwards=upwards, middle=not upwards)
            text = Place(box.x, box.y, own, box.h)
        case _:
            room = Place(box.x, box.y, box.w, box.h - own - _GAP)
            symbol = canvas.spot(room, look.symbology, look.size, code, middle=not matrix)
            edge = symbol.y + symbol.h + _GAP
            text = Place(box.x, edge, box.w, min(own, box.y + box.h - edge))
    if upwards or not matrix:
        how = Type(Face.MONO, element.most, element.least, "middle", upwards=upwards)
        canvas.line(text, how, f"text of the {code} code", Said("code", code))
    else:
        _beside(canvas, text, look.parts, element)


def split(text: str) -> list[str]:
    """Return the parts of the text of a code, between which alone it may be broken."""
    return [part for part in _BREAKS.split(text) if part]


def joined(parts: Sequence[str]) -> str:
    """Return the row of text that *parts* make."""
    row = parts[0]
    for part in parts[1:]:
        row += f" {part}" if part.startswith("(") else f" · {part}"
    return row


def stand_in(part: str) -> str:
    """Return what is as wide as *part* in the face of codes, whose letters are all as wide, and breaks like it."""
    if not (part.isascii() and part.isprintable()):
        return part
    return ("(" if part[0] == "(" else "M") + "M" * (len(part) - 1)


def _beside(canvas: Canvas, place: Place, parts: tuple[str, ...], element: Mark) -> None:
    """Keep the lines for the text of a matrix in *place*, as big as all of it fits, broken only between its parts."""
    name = f"text of the {element.code} code"
    least = max(element.least, LEAST)
    size = element.most
    while True:
        try:
            rows = _packed(canvas, parts, place.w, size)
        except GlyphMissing as missing:
            raise GlyphMissing(f"{name}: {missing}") from missing
        if rows and len(rows) * size * _PITCH <= place.h:
            break
        size = round(size - 0.1, 2)
        if size < least:
            raise TextDoesNotFit(
                f"{name}: {len(parts)} parts of up to {max(map(len, parts))} characters at a "
                f"least size of {least} mm do not fit {place.w:.1f} x {place.h:.1f} mm"
            )
    pitch = size * _PITCH
    how = Type(Face.MONO, size, least * 0.97)
    for number, (first, last) in enumerate(rows):
        at = Place(place.x, place.y + number * pitch, place.w, pitch)
        canvas.line(at, how, f"{name}, row {number + 1}", Said("code", element.code, first, last))


def _packed(canvas: Canvas, parts: tuple[str, ...], width: float, size: float) -> list[tuple[int, int]]:
    """Put as many parts in a row as fit at *size*; none where one part alone is too wide."""
    rows: list[tuple[int, int]] = []
    how = Type(Face.MONO, size, size)
    for number in range(len(parts)):
        first = rows[-1][0] if rows else 0
        if rows and canvas.fits(joined(parts[first : number + 1]), how, width, size * _PITCH + 1, size):
            rows[-1] = first, number + 1
        elif canvas.fits(parts[number], how, width, size * _PITCH + 1, size):
            rows.append((number, number + 1))
        else:
            return []
    return rows
