"""How are the challenge card and set-up codes drawn? Symbols as SVG, each module a whole number of micrometres."""

from __future__ import annotations

import secrets
from typing import Final, TypeAlias

import numpy as np
import zint

from coi.people.challenge import GS, PAYLOADS, Payload

_SYMBOLOGIES: Final = {
    "code128": zint.Symbology.CODE128,
    "gs1code128": zint.Symbology.GS1_128,
    "datamatrix": zint.Symbology.DATAMATRIX,
    "gs1datamatrix": zint.Symbology.DATAMATRIX,
    "qrcode": zint.Symbology.QRCODE,
}
MODULE_MM: Final = {"code128": 0.35, "gs1code128": 0.35}
"""Millimetres of a narrow bar; a square symbol's module is larger."""
SQUARE_MM: Final = 0.6
BARS: Final = 55
"""Modules that bars are high."""
QUIET: Final = 10
DIGITS: Final = 10**6
Modules: TypeAlias = "np.ndarray[tuple[int, int], np.dtype[np.bool_]]"


def new_number() -> str:
    """Return the number of a new card."""
    return f"{secrets.randbelow(DIGITS):06d}"


def svg(number: int, card: str) -> str:
    """Return one code of a card as a picture that prints in its true size."""
    payload = PAYLOADS[number]
    return _picture(_modules(payload, card), MODULE_MM.get(payload.symbology, SQUARE_MM))


def setup_svg(command: str) -> str:
    """Return a command for a scanner as a picture: bars that a reader takes for itself, and hands on to nobody."""
    drawing = zint.Symbol()
    drawing.warn_level = zint.WarningLevel.FAIL_ALL
    drawing.symbology = zint.Symbology.CODE128
    drawing.output_options = zint.OutputOptions.READER_INIT
    drawing.encode(command)
    return _picture(_bits(drawing), MODULE_MM["code128"])


def _picture(modules: Modules, size: float) -> str:
    if modules.shape[0] == 1:
        modules = np.repeat(modules, BARS, axis=0)
    rows, columns = modules.shape
    width, height = columns + 2 * QUIET, rows + 2 * QUIET
    bars = "".join(_runs(modules))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width * size:.2f}mm" height="{height * size:.2f}mm" '
        f'viewBox="0 0 {width} {height}" shape-rendering="crispEdges">'
        f'<rect width="{width}" height="{height}" fill="#fff"/><path d="{bars}"/></svg>'
    )


def _modules(payload: Payload, card: str) -> Modules:
    drawing = zint.Symbol()
    drawing.warn_level = zint.WarningLevel.FAIL_ALL
    drawing.symbology = _SYMBOLOGIES[payload.symbology]
    data = payload.data(card)
    if payload.aim in {"]C1", "]d2"}:
        drawing.input_mode = zint.InputMode.GS1
        data = "".join(f"[{element[:2]}]{element[2:]}" for element in data.split(GS))
    if payload.aim.startswith("]d"):
        drawing.option_3 = zint.DataMatrixOptions.SQUARE
    drawing.encode(data)
    return _bits(drawing)


def _bits(drawing: zint.Symbol) -> Modules:
    rows = np.asarray(drawing.encoded_data, dtype=np.uint8)[: drawing.rows]
    return np.unpackbits(rows, axis=1, bitorder="little")[:, : drawing.width].astype(np.bool_)


def _runs(modules: Modules) -> list[str]:
    """Return each row's black runs as a path; rows that are all alike, the bars, are drawn in one go."""
    rows = modules.shape[0]
    alike = bool((modules == modules[0]).all())
    found = []
    for y in range(1 if alike else rows):
        edges = np.flatnonzero(np.diff(np.concatenate(([0], modules[y].astype(np.int8), [0]))))
        high = rows if alike else 1
        found += [f"M{QUIET + a} {QUIET + y}h{b - a}v{high}h{a - b}z" for a, b in edges.reshape(-1, 2)]
    return found
