"""Which symbologies may be an identity, and what are the others called?

A reader tells the symbology by its AIM identifier (ISO/IEC 15424): ``]``, a letter for the family, a modifier. ``]C1``
and ``]d2`` say that FNC1 stood first: GS1 data, its separators kept as 0x1D.
"""

from __future__ import annotations

from typing import Literal

Family = Literal["linear", "matrix", "other"]

GS = 0x1D
WHITELIST = frozenset({"]C0", "]C1", "]d1", "]d2", "]Q1", "]Q3"})
"""What our own labels bear: Code 128, GS1-128, Data Matrix, GS1 DataMatrix, QR (Model 2), GS1 QR."""

_EXACT = {
    "]C0": "Code 128",
    "]C1": "GS1-128",
    "]C2": "Code 128",
    "]d1": "Data Matrix",
    "]d2": "GS1 DataMatrix",
    "]Q0": "QR Model 1",
    "]Q1": "QR",
    "]Q3": "GS1 QR",
    "]E0": "product EAN/UPC",
    "]E4": "product EAN-8",
    "]e0": "GS1 DataBar",
}
_FAMILY = {
    "A": "Code 39",
    "C": "Code 128",
    "d": "Data Matrix",
    "E": "product EAN/UPC",
    "e": "GS1 DataBar",
    "F": "Codabar",
    "G": "Code 93",
    "I": "Interleaved 2 of 5",
    "L": "PDF417",
    "M": "MSI",
    "Q": "QR",
    "S": "2 of 5",
    "U": "MaxiCode",
    "X": "other symbology",
    "z": "Aztec",
}


def name_of(aim: str) -> str:
    """Return what people call the symbology with this AIM identifier.

    >>> name_of("]d2"), name_of("]E0"), name_of("?")
    ('GS1 DataMatrix', 'product EAN/UPC', 'unknown symbology')
    """
    letter = aim[1:2] if aim.startswith("]") else ""
    return _EXACT.get(aim) or _FAMILY.get(letter, "unknown symbology")


def family_of(aim: str) -> Family:
    """Return whether a symbol is bars, which may misread, or a matrix with error correction, or none of ours.

    >>> [family_of(aim) for aim in ("]C1", "]d1", "]Q3", "]L2", "]E0")]
    ['linear', 'matrix', 'matrix', 'matrix', 'other']
    """
    return {"C": "linear", "d": "matrix", "Q": "matrix", "z": "matrix", "L": "matrix"}.get(aim[1:2], "other")  # type: ignore[return-value]
