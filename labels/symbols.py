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

import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import zint

from labels import code128
from labels.errors import NotEncodable, SymbolDoesNotFit
from labels.gs1_elements import bracketed
from labels.spec import MATRICES

if TYPE_CHECKING:
    from labels.spec import Code, Symbology

Dots = np.ndarray[tuple[int, int], np.dtype[np.bool_]]

GS = 0x1D
GS1: tuple[Symbology, ...] = ("gs1datamatrix", "gs1code128")

_QR_ERRORS = 3  # level Q: about a quarter of the codewords may be lost
# The bytes that a QR code of version 1, 2, … holds at that level (ISO/IEC 18004 table 7).
_QR_BYTES = (11, 20, 32, 46, 60, 74, 86, 108, 130, 151, 177, 203, 241, 258, 292, 322, 364, 394, 442, 482, 509, 565)
# The sides of square Data Matrix symbols and the codewords that they hold (ISO/IEC 16022 table 7).
_SQUARES = (
    *((10, 3), (12, 5), (14, 8), (16, 12), (18, 18), (20, 22), (22, 30), (24, 36), (26, 44), (32, 62), (36, 86)),
    *((40, 114), (44, 144), (48, 174), (52, 204), (64, 280), (72, 368), (80, 456), (88, 576)),
)
_SIDES, _HELD = zip(*_SQUARES, strict=True)
_SIZES = {side: number for number, side in enumerate(_SIDES, start=1)}  # as zint counts them
_PAIR = re.compile(rb"\d\d")
_MOST_VALUES = 99  # characters between start and check; longer ones are no ISO/IEC 15417 symbol that a scanner reads

# Least and wished module in micrometres.
_X: dict[Symbology, tuple[int, int]] = {
    "datamatrix": (254, 380),
    "gs1datamatrix": (254, 380),
    "qrcode": (254, 380),
    "code128": (170, 250),
    "gs1code128": (170, 250),
}
_QUIET: dict[Symbology, int] = {"datamatrix": 2, "gs1datamatrix": 2, "qrcode": 4, "code128": 10, "gs1code128": 10}
_MOST_BYTES = 512
_PLAIN, _SEPARATED = (
    re.compile(rb"[^\x20-\x7E]"),
    re.compile(rb"[^\x1D\x20-\x7E]"),
)  # what is not printable ASCII (or GS)
_DRAWN: dict[Symbology, zint.Symbology] = {
    "datamatrix": zint.Symbology.DATAMATRIX,
    "gs1datamatrix": zint.Symbology.DATAMATRIX,
    "qrcode": zint.Symbology.QRCODE,
    "gs1code128": zint.Symbology.GS1_128,
}
# How zint is to read the payload, one way after the other. The size of a Data Matrix is told and holds its plainest
# writing, so that zint need not look long for the tightest.
_DATA, _GS1, _FAST = zint.InputMode(0), zint.InputMode.GS1, zint.InputMode.FAST
_MODES: dict[Symbology, tuple[zint.InputMode, ...]] = {
    "datamatrix": (_DATA | _FAST, _DATA),
    "gs1datamatrix": (_GS1 | _FAST, _GS1),
    "qrcode": (_DATA,),
    "gs1code128": (_GS1,),
}


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
    return _symbol(code.data, code.symbology)


@lru_cache(maxsize=64)
def _symbol(data: bytes, symbology: Symbology) -> Symbol:
    if symbology not in MATRICES:
        _judge(data, symbology)
        return Symbol(code128.bars(planned(data, symbology)), symbology)
    drawing = _judged(data, symbology)
    width = drawing.width
    rows = np.asarray(drawing.encoded_data, dtype=np.uint8)[: drawing.rows, : -(-width // 8)]
    return Symbol(np.unpackbits(rows, axis=1, count=width, bitorder="little").view(np.bool_), symbology)


def _judge(data: bytes, symbology: Symbology) -> None:
    """Raise ``NotEncodable`` where *data* may not stand in a Code 128; zint judges the elements of a GS1-128."""
    if symbology == "gs1code128":
        _judged(data, symbology)
    else:
        _check(data, gs_allowed=False)


@lru_cache(maxsize=64)
def _judged(data: bytes, symbology: Symbology) -> zint.Symbol:
    """Return zint's drawing of *data*, every warning fatal."""
    _check(data, gs_allowed=symbology != "qrcode")
    drawing = zint.Symbol()
    drawing.warn_level = zint.WarningLevel.FAIL_ALL
    drawing.symbology = _DRAWN[symbology]
    if symbology == "qrcode":
        drawing.option_1 = _QR_ERRORS
        drawing.option_2 = _qr_version(data)
    elif symbology in MATRICES:
        drawing.option_2 = _SIZES[square(data, symbology)]
    _encode(drawing, bracketed(data) if symbology in GS1 else data, symbology)
    return drawing


def _encode(drawing: zint.Symbol, payload: bytes, symbology: Symbology) -> None:
    """Let zint encode *payload*: the quick way where there is one, and where that needs more room the other way."""
    refused: RuntimeError | None = None
    for mode in _MODES[symbology]:
        drawing.input_mode = mode
        try:
            drawing.encode(payload)
        except RuntimeError as error:
            refused = error
        else:
            return
    number = str(refused).partition(":")[0]
    raise NotEncodable(f"{len(payload)} bytes are no {symbology}: zint says {number}") from refused


def planned(data: bytes, symbology: Symbology, *, changes: bool = True) -> code128.Plan:
    """Return how *data* is written in a Code 128, or raise ``NotEncodable``."""
    made = code128.plan(data, gs1=symbology == "gs1code128", changes=changes)
    if len(made.values) > _MOST_VALUES:
        raise NotEncodable(f"expected at most {_MOST_VALUES} characters of a Code 128, got {len(made.values)}")
    return made


def square(data: bytes, symbology: Symbology) -> int:
    """Return the side in modules of the Data Matrix that holds *data* however it is written.

    A printer may write it less tightly than zint: the side is that of plain ASCII, and both are told it.
    """
    words = len(data) - _PAIR.subn(b"", data)[1] + (symbology in GS1)
    return int(_SIDES[bisect_left(_HELD, words)])


def _qr_version(data: bytes) -> int:
    for version, held in enumerate(_QR_BYTES, start=1):
        if len(data) <= held:
            return version
    raise NotEncodable(f"expected at most {_QR_BYTES[-1]} bytes of a QR code, got {len(data)}")


def measured(code: Code) -> tuple[int, int]:
    """Return how many modules *code* is wide and high without its quiet zone; bars are one high."""
    if code.symbology in MATRICES:
        drawing = _judged(code.data, code.symbology)
        return drawing.width, drawing.rows
    _judge(code.data, code.symbology)
    return planned(code.data, code.symbology).modules, 1


def quiet(symbology: Symbology) -> int:
    """Modules that stay white round a matrix, or before and after the bars."""
    return _QUIET[symbology]


def least_dots(symbology: Symbology, dpi: int) -> int:
    """The fewest dots a module may have: not a micrometre below the standard's least."""
    least_um, _ = _X[symbology]
    return -(-least_um * dpi // 25_400)


def module_dots(symbology: Symbology, dpi: int) -> int:
    """The dots a module has where there is room: the nearest to the wished size."""
    _, wished_um = _X[symbology]
    return max(least_dots(symbology, dpi), round(wished_um * dpi / 25_400))


def scaled(symbology: Symbology, size: tuple[int, int], dpi: int, room: tuple[int, int]) -> tuple[int, int, int]:
    """Return the dots of a module, and the width and height that a symbol of *size* (columns, rows) modules takes.

    With its quiet zone, as big as wished and not bigger than *room* (width, height) in dots; bars are as high as that.
    """
    width, height = room
    wished, least = module_dots(symbology, dpi), least_dots(symbology, dpi)
    columns, rows = size
    margin = 2 * _QUIET[symbology]
    for dots in range(wished, least - 1, -1):
        across = (columns + margin) * dots
        down = height if rows == 1 else (rows + margin) * dots
        if across <= width and down <= height:
            return dots, across, down
    raise SymbolDoesNotFit(
        f"a {symbology} of {columns} modules with {least} dots each and its quiet zone needs "
        f"{(columns + margin) * least} dots, its place has {width} x {height}"
    )


def enlarged(drawn: Symbol, dots: int, bars: int = 0) -> Dots:
    """*drawn* with *dots* a module and its quiet zone; the one row of a Code 128 becomes *bars* dots high."""
    linear = drawn.modules.shape[0] == 1
    margin = drawn.quiet * dots
    inner = np.repeat(np.repeat(drawn.modules, dots, axis=1), bars if linear else dots, axis=0)
    return np.pad(inner, ((0, 0) if linear else (margin, margin), (margin, margin)))


def _check(data: bytes, *, gs_allowed: bool) -> None:
    if not 1 <= len(data) <= _MOST_BYTES:
        raise NotEncodable(f"expected 1 to {_MOST_BYTES} bytes, got {len(data)}")
    odd = (_SEPARATED if gs_allowed else _PLAIN).search(data)
    if odd:
        raise NotEncodable(
            f"byte {odd.start()} is 0x{odd[0][0]:02X}: expected printable ASCII{' or GS' if gs_allowed else ''}"
        )
