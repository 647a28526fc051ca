"""What does a test print look like? It carries codes to look at and to scan, and none of them is anybody's.

Nothing of an order goes in: it says which printer and which step. Its code is a specimen's, which opens no gate. It has
the size of the labels that lie in the printer, and a frame at the edge, so that a label that is cut or shifted is seen.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from coi import identity
from coi.labelling.drawing import reads_as
from labels import Code, LabelError, Record, TextDoesNotFit, compose, parse, precheck, stock
from labels.stock import names
from scanners import decode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labels import Label, Symbology, Template

MARK = "TEST PRINT"
USUAL = "asset-80x40"
"""The size of a test print where a printer says that it prints on everything."""
EDGE = 0.4
"""Millimetres from the edge to the frame."""
BARS = 64
"""Millimetres that a specimen's number takes as bars, with its quiet zones."""
LOW = 38
"""Millimetres of height below which bars lie beside the square code and not under it."""


def draw(facts: Mapping[str, object], dpi: int) -> Label:
    """Draw a test print, or one of the ten of an IQ sheet."""
    data = str(facts["code"]).encode("ascii")
    text = identity.human(identity.read(data, "]d1"))
    kind = f"IQ STEP {facts['step']}" if facts["design"] == "sheet" else MARK
    loaded = str(facts.get("stock", ""))
    template = on_stock(loaded if loaded in names() else USUAL)
    second: Symbology = "code128" if "code128" in template.codes["secondary"].symbologies else "datamatrix"
    codes = {"primary": Code(data, "datamatrix", text), "secondary": Code(data, second, text)}
    try:
        return compose(template, Record({"name": str(facts["name"]), "kind": kind}, codes, mark=MARK), dpi)
    except TextDoesNotFit:  # what people call it is too long for a small label: its number is not
        number = str(facts.get("printer") or facts["name"])
        return compose(template, Record({"name": number, "kind": kind}, codes, mark=MARK), dpi)


def drawn(facts: Mapping[str, object], dpi: int) -> bytes | str:
    """Return the printer's bytes of a test print, or why there are none."""
    try:
        label = draw(facts, dpi)
        precheck(label, reads_as, decode.read)
        return label.zpl()
    except LabelError as fault:
        return f"not printable: {type(fault).__name__}"


@lru_cache(maxsize=32)
def on_stock(name: str) -> Template:
    """Return the test print's template for a stock: two square codes where bars have no room."""
    size = stock(name)
    w, h = size.width_mm, size.height_mm
    bars = "code128" if w >= BARS else "datamatrix"
    codes = {key: _rule(kind) for key, kind in (("primary", "datamatrix"), ("secondary", bars))}
    fields = {"name": {"kind": "words", "most": 60, "required": True}, "kind": {"kind": "words", "most": 17}}
    return parse(
        {
            "format": 1,
            "name": "test_print",
            "version": 1,
            "class": "asset",
            "title": "Test print",
            "stock": name,
            "fields": fields,
            "codes": codes,
            "elements": _elements(w, h),
        }
    )


def _rule(symbology: str) -> dict[str, Any]:
    sample = {"symbology": symbology, "data": "SPE-SPECIMEN0001", "text": "SPE-SPEC IMEN 0001"}
    return {"symbologies": [symbology], "sample": sample}


def _elements(w: float, h: float) -> list[dict[str, Any]]:
    """Place frame, band, the printer's name, what is tested, and both codes; three shapes of label, one a branch."""
    left, band = (1.8, 4.4) if w >= BARS else (1.2, 3.2)
    wide, below = w - 2 * left, left + band + 0.6
    rest = h - below - left
    words: list[dict[str, Any]] = [
        {"kind": "frame", "box": [EDGE, EDGE, w - 2 * EDGE, h - 2 * EDGE], "thick": 0.4},
        {"kind": "band", "box": [left, left, wide, band], "words": "NO LABEL"},
    ]
    if w < BARS:  # two square codes, the words above them
        half, line = wide / 2 - 0.5, min(4.0, rest * 0.2)
        y = below + line + 0.6
        return [
            *words,
            _text("name", [left, below, wide * 0.6, line]),
            _text("kind", [left + wide * 0.62, below, wide * 0.38, line]),
            _code("primary", [left, y, half, h - y - left], "below", 3.2),
            _code("secondary", [left + half + 1, y, half, h - y - left], "below", 3.2),
        ]
    if h < LOW:  # a band: the words, the square code and the bars beside one another
        third = wide - BARS - 2 - 34
        return [
            *words,
            _text("name", [left, below, third, rest / 2]),
            _text("kind", [left, below + rest / 2, third, rest / 2]),
            _code("primary", [left + third + 1, below, 34, rest], "right", 24),
            _code("secondary", [w - left - BARS, below, BARS, rest], "below", 3.4),
        ]
    lower = below + 5.4 + 11
    return [
        *words,
        _text("name", [left, below, wide, 5]),
        _code("primary", [left, below + 5.4, 40, 10.6], "right", 30),
        _text("kind", [left + 41, below + 5.4, wide - 41, 5]),
        _code("secondary", [left, lower, wide, h - lower - left], "below", 3.4),
    ]


def _text(field: str, box: list[float]) -> dict[str, Any]:
    return {"kind": "text", "box": box, "field": field, "face": "bold", "most": 5.0, "least": 1.5}


def _code(code: str, box: list[float], side: str, text: float) -> dict[str, Any]:
    return {"kind": "symbol", "code": code, "box": box, "side": side, "text": text, "most": 2.6, "least": 1.5}
