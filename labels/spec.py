"""What does the caller want on the label?

Everything comes ready: the bytes of each code, what a person reads beside it, the words. This library neither makes
nor understands an identifier.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from labels.errors import LabelError

if TYPE_CHECKING:
    from labels.stock import Stock

Symbology = Literal["datamatrix", "gs1datamatrix", "code128"]

MATRICES: tuple[Symbology, ...] = ("datamatrix", "gs1datamatrix")

# The AIM identifier that a scanner sends before the data of each symbology (ISO/IEC 15424).
AIM: dict[Symbology, str] = {"datamatrix": "]d1", "gs1datamatrix": "]d2", "code128": "]C0"}


@dataclass(frozen=True, slots=True)
class Code:
    """One symbol: the bytes that a scanner is to give back, and the text that a person reads beside it.

    A ``gs1datamatrix`` gets an element string: the leading FNC1 is not part of it, separators are GS (0x1D).
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


@dataclass(frozen=True, slots=True)
class Line:
    """A row of text: a small caption and the value after it."""

    caption: str
    value: str


@dataclass(frozen=True, slots=True)
class LabelSpec:
    """One label, fully told.

    ``identity`` is the big grouped CoI text, ``role`` the word of what it is stuck on, ``mark`` says that this is no
    production piece (``DEMO``), ``copy`` which print of the piece it is. A ``preview`` shows no symbol at all.
    """

    design: str
    stock: Stock
    role: str
    identity: str
    primary: Code
    secondary: Code
    lines: tuple[Line, ...] = ()
    warnings: tuple[str, ...] = ()
    mark: str = ""
    copy: str = ""
    preview: bool = False

    def __post_init__(self) -> None:
        """Refuse a label without its two different symbols."""
        if self.primary.symbology not in MATRICES:
            raise LabelError(f"expected the first code as one of {MATRICES}, got {self.primary.symbology!r}")
        if self.secondary.symbology != "code128":
            raise LabelError(f"expected the second code as 'code128', got {self.secondary.symbology!r}")
        if not self.role:
            raise LabelError("expected a role word, got nothing")

    @property
    def codes(self) -> tuple[Code, Code]:
        """Both codes, the Data Matrix first."""
        return self.primary, self.secondary
