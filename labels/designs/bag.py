"""The label of a bag, 100 x 60 mm: leukapheresis bag, starting material, final bag.

The Code 128 climbs the right edge, so that a dead print element crosses all its bars alike instead of eating one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from labels import parts
from labels.canvas import Place, Type
from labels.fonts import Face

if TYPE_CHECKING:
    from labels.canvas import Canvas
    from labels.spec import LabelSpec

_EDGE = 1.5
_BARS = 11.0
_PIECE = 4.0
_BOX = 9.5
_MATRIX = 28.5


def draw(canvas: Canvas, spec: LabelSpec) -> None:
    """Draw the bag label."""
    width, height = canvas.stock.width_mm, canvas.stock.height_mm
    parts.head(canvas, Place(_EDGE, _EDGE, width - 2 * _EDGE, 8.5), spec)
    top, bottom = 11.0, height - _EDGE

    climb = Place(width - _EDGE - _BARS, top, _BARS, bottom - top)
    canvas.bars(climb, spec.secondary, "code 128", upwards=True)
    beside = Place(climb.x - _PIECE, top, _PIECE - 0.6, bottom - top)
    canvas.text(
        beside, spec.secondary.text, Type(Face.MONO, 2.6, parts.LEAST, "middle", upwards=True), "text of the code 128"
    )

    left, right = _EDGE + 0.5, beside.x - 1.5
    parts.identity(canvas, Place(left, top, right - left, 8.0), spec.identity, most=5.4)
    foot = bottom - (_BOX if spec.warnings else 0)
    symbol = canvas.matrix(Place(left, 19.6, _MATRIX, 22.0), spec.primary, "data matrix")
    under = symbol.y + symbol.h + 0.5
    parts.beside_code(canvas, Place(left + 0.6, under, _MATRIX - 0.6, foot - under), spec.primary.text)
    table = Place(left + _MATRIX + 2, 19.6, right - left - _MATRIX - 2, foot - 20)
    parts.table(canvas, table, spec.lines, max(5, len(spec.lines)), caption=12.0)
    parts.warnings(canvas, Place(_EDGE, bottom - _BOX + 1, right - _EDGE, _BOX - 1), spec.warnings, most=3.2)
