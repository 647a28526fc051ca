"""The tag of a thing that is not patient material, 80 x 40 mm: shipper, seal, logger, location, machine, command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labels import parts
from labels.canvas import Place

if TYPE_CHECKING:
    from labels.canvas import Canvas
    from labels.spec import LabelSpec

_EDGE = 1.5


def draw(canvas: Canvas, spec: LabelSpec) -> None:
    """Draw the tag."""
    width, height = canvas.stock.width_mm, canvas.stock.height_mm
    parts.head(canvas, Place(_EDGE, _EDGE, width - 2 * _EDGE, 6.5), spec)
    left, right, bottom = _EDGE, width - _EDGE, height - _EDGE
    parts.identity(canvas, Place(left + 0.6, 8.6, right - left - 0.6, 6.0), spec.identity, most=4.2)

    symbol = canvas.matrix(Place(left, 15.2, 14.0, 10.4), spec.primary, "data matrix")
    text = Place(symbol.x + symbol.w + 1.0, 16.0, 30.0, 9.6)
    parts.beside_code(canvas, text, spec.primary.text)
    beside = text.x + text.w + 1
    parts.table(canvas, Place(beside, 15.4, right - beside, 10.2), spec.lines, 2, caption=0)

    canvas.bars(Place(left, 26.2, right - left, bottom - 29.6), spec.secondary, "code 128")
    parts.under_bars(canvas, Place(left, bottom - 3.2, right - left, 3.2), spec.secondary.text)
