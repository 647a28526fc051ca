"""The patient's wristband, 25 mm high and as long as the stock: the Data Matrix first, the Code 128 along the band.

A Code 128 does not fit across 25 mm. Bands are fed along their length, so that a dead print element still leaves bars
to scan above and below itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from labels import parts
from labels.canvas import Place

if TYPE_CHECKING:
    from labels.canvas import Canvas
    from labels.spec import LabelSpec

_EDGE = 1.5
_LINEAR = 49.0
_MATRIX = 25.0


def draw(canvas: Canvas, spec: LabelSpec) -> None:
    """Draw the wristband."""
    width, height = canvas.stock.width_mm, canvas.stock.height_mm
    parts.head(canvas, Place(_EDGE, _EDGE, width - 2 * _EDGE, 5.2), spec)
    top, bottom = 7.4, height - _EDGE

    symbol = canvas.matrix(Place(_EDGE, top, _MATRIX, 12.0), spec.primary, "data matrix")
    below = symbol.y + symbol.h
    parts.beside_code(canvas, Place(_EDGE + 0.6, below, _MATRIX - 0.6, bottom - below), spec.primary.text, most=1.7)
    linear = Place(width - _EDGE - _LINEAR, top, _LINEAR, bottom - top - 3.6)
    canvas.bars(linear, spec.secondary, "code 128")
    parts.under_bars(canvas, Place(linear.x, bottom - 3.4, linear.w, 3.4), spec.secondary.text)

    left, right = _EDGE + _MATRIX + 1.5, linear.x - 1.0
    boxed = (0.0, 4.4, 6.0)[min(2, len(spec.warnings))]
    parts.identity(canvas, Place(left, top, right - left, 4.8), spec.identity, most=3.8)
    table = Place(left, top + 5.0, right - left, bottom - top - 5.1 - boxed)
    parts.table(canvas, table, spec.lines, 2, caption=11.0, most=2.0)
    parts.warnings(canvas, Place(left, bottom - boxed + 0.2, right - left, boxed - 0.2), spec.warnings, most=1.9)
