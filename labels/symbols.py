"""Which modules are black, and how many dots is a module?

* zint draws, with every warning fatal: a wrong GTIN check digit is no symbol.
* Payloads are printable ASCII (and GS in a matrix): identifiers never contain names, and a control character in a
  Code 128 can steer a keyboard (BadBarcode).
* A module is a whole number of dots, never below the standard's least (GS1 General Specifications 5.5.2.7.6,
  ISBT 128 ST-001): 0.254 mm for a matrix, 0.170 mm for a Code 128, at the true dot pitch.
* The quiet zone belongs to the symbol: 1 module round a matrix, 10 at the ends of a Code 128. Ours are wider.

>>> [(module_dots("datamatrix", dpi), least_dots("datamatrix", dpi)) for dpi in (203, 300, 600)]
[(3, 3), (4, 3), (9, 6)]
>>> [(module_dots("code128", dpi), least_dots("code128", dpi)) for dpi in (203, 300, 600)]
[(2, 2), (3, 3), (6, 5)]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import zint

from labels.errors import NotEncodable, SymbolDoesNotFit
from labels.gs1_elements import bracketed
from labels.spec import MATRICES

if TYPE_CHECKING:
    from labels.spec import Code, Symbology

Dots = np.ndarray[tuple[int, int], np.dtype[np.bool_]]

GS = 0x1D

# Least and wished module in micrometres.
_X: dict[Symbology, tuple[int, int]] = {
    "datamatrix": (254, 380),
    "gs1datamatrix": (254, 380),
    "code128": (170, 250),
}
_QUIET: dict[Symbology, int] = {"datamatrix": 2, "gs1datamatrix": 2, "code128": 10}
_MOST_BYTES = 512
_FIRST, _LAST = 0x20, 0x7E  # printable ASCII


@dataclass(frozen=True, slots=True, eq=False)
class Symbol:
    """The exact modules of a code, without quiet zone; a Code 128 is one row."""

    modules: Dots
    symbology: Symbology

    @property
    def quiet(self) -> int:
        """Modules that stay white round a matrix, or before and after the bars."""
        return _QUIET[self.symbology]


def symbol(code: Code) -> Symbol:
    """Draw *code*, or raise ``NotEncodable``."""
    matrix = code.symbology in MATRICES
    _check(code.data, gs_allowed=matrix)
    drawing = zint.Symbol()
    drawing.warn_level = zint.WarningLevel.FAIL_ALL
    payload = code.data
    if code.symbology == "gs1datamatrix":
        payload = bracketed(code.data)
        drawing.input_mode = zint.InputMode.GS1
    if matrix:
        drawing.symbology = zint.Symbology.DATAMATRIX
        drawing.option_3 = zint.DataMatrixOptions.SQUARE
    else:
        drawing.symbology = zint.Symbology.CODE128
    try:
        drawing.encode(payload)
    except RuntimeError as error:
        number = str(error).partition(":")[0]
        raise NotEncodable(f"{len(code.data)} bytes are no {code.symbology}: zint says {number}") from error
    rows = np.asarray(drawing.encoded_data, dtype=np.uint8)[: drawing.rows]
    modules = np.unpackbits(rows, axis=1, bitorder="little")[:, : drawing.width].astype(np.bool_)
    return Symbol(modules, code.symbology)


def least_dots(symbology: Symbology, dpi: int) -> int:
    """The fewest dots a module may have: not a micrometre below the standard's least."""
    least_um, _ = _X[symbology]
    return -(-least_um * dpi // 25_400)


def module_dots(symbology: Symbology, dpi: int) -> int:
    """The dots a module has where there is room: the nearest to the wished size."""
    _, wished_um = _X[symbology]
    return max(least_dots(symbology, dpi), round(wished_um * dpi / 25_400))


def enlarged(drawn: Symbol, dpi: int, room: tuple[int, int], bars: int = 0) -> Dots:
    """*drawn* in dots with its quiet zone, as big as wished and not bigger than *room* (width, height) in dots.

    The one row of a Code 128 becomes *bars* dots high.
    """
    width, height = room
    wished, least = module_dots(drawn.symbology, dpi), least_dots(drawn.symbology, dpi)
    rows, columns = drawn.modules.shape
    linear = rows == 1
    for dots in range(wished, least - 1, -1):
        margin = drawn.quiet * dots
        across = columns * dots + 2 * margin
        down = bars if linear else rows * dots + 2 * margin
        if across <= width and down <= height:
            field = np.zeros((down, across), dtype=np.bool_)
            inner = np.repeat(drawn.modules, dots, axis=1)
            inner = np.repeat(inner, bars if linear else dots, axis=0)
            top = 0 if linear else margin
            field[top : top + inner.shape[0], margin : margin + inner.shape[1]] = inner
            return field
    raise SymbolDoesNotFit(
        f"a {drawn.symbology} of {columns} modules with {least} dots each and its quiet zone needs "
        f"{(columns + 2 * drawn.quiet) * least} dots, its place has {width} x {height}"
    )


def _check(data: bytes, *, gs_allowed: bool) -> None:
    if not 1 <= len(data) <= _MOST_BYTES:
        raise NotEncodable(f"expected 1 to {_MOST_BYTES} bytes, got {len(data)}")
    for place, byte in enumerate(data):
        if not (_FIRST <= byte <= _LAST or (gs_allowed and byte == GS)):
            raise NotEncodable(
                f"byte {place} is 0x{byte:02X}: expected printable ASCII{' or GS' if gs_allowed else ''}"
            )
