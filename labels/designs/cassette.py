"""The small label of a final bag or its cassette, 60 x 40 mm, as it goes into liquid nitrogen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labels import parts
from labels.canvas import Place

if TYPE_CHECKING:
    from labels.canvas import Canvas
    from labels.spec import LabelSpec

_EDGE = 1.2


def draw(canvas: Canvas, spec: LabelSpec) -> None:
    """Draw the cassette label."""
    width, height = canvas.stock.width_mm, canvas.stock.height_mm
    parts.head(canvas, Place(_EDGE, _EDGE, width - 2 * _EDGE, 4.8), spec)
    left, right, bottom = _EDGE, width - _EDGE, height - _EDGE
    parts.identity(canvas, Place(left + 0.6, 6.5, right - left - 0.6, 4.0), spec.identity, most=3.0)

    more = 2.0 if len(spec.warnings) > 1 else 0.0
    block = 12.6 - more / 2
    symbol = canvas.matrix(Place(left, 10.8, 14.0, block), spec.primary, "data matrix")
    text = Place(symbol.x + symbol.w + 0.8, 11.0, 23.0, block - 0.2)
    parts.beside_code(canvas, text, spec.primary.text, most=1.7)
    beside = text.x + text.w + 1
    parts.table(canvas, Place(beside, 10.8, right - beside, block), spec.lines, 3, caption=0, most=1.8)
    parts.warnings(canvas, Place(left, 11.0 + block, right - left, 4.2 + more), spec.warnings, most=2.0)

    canvas.bars(Place(left, 28.3 + more / 2, right - left, bottom - 31.4 - more / 2), spec.secondary, "code 128")
    parts.under_bars(canvas, Place(left, bottom - 3.0, right - left, 3.0), spec.secondary.text)
