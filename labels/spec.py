"""What is one code of a label?

Everything comes ready: the bytes of each code and what a person reads beside it. This library neither makes nor
understands an identifier.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from labels.errors import LabelError

Symbology = Literal["datamatrix", "gs1datamatrix", "qrcode", "code128", "gs1code128"]

MATRICES: tuple[Symbology, ...] = ("datamatrix", "gs1datamatrix", "qrcode")

# The AIM identifier that a scanner sends before the data of each symbology (ISO/IEC 15424).
AIM: dict[Symbology, str] = {
    "datamatrix": "]d1",
    "gs1datamatrix": "]d2",
    "qrcode": "]Q1",
    "code128": "]C0",
    "gs1code128": "]C1",
}


@dataclass(frozen=True, slots=True)
class Code:
    """One symbol: the bytes that a scanner is to give back, and the text that a person reads beside it.

    A GS1 symbology gets an element string: the leading FNC1 is not part of it, separators are GS (0x1D).
    """

    data: bytes
    symbology: Symbology
    text: str

    def __post_init__(self) -> None:
        """Refuse a symbology that this library does not draw."""
        if self.symbology not in AIM:
            raise LabelError(f"expected a symbology of {tuple(AIM)}, got {self.symbology!r}")

    @property
    def aim(self) -> str:
        """The AIM identifier that a scanner reports for it."""
        return AIM[self.symbology]
