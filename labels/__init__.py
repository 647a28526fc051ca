"""Labels know ink: a label is drawn in millimetres, in dots that are decoded before they are sent.

It receives each code ready made as (bytes, symbology, human text) and knows no identifier, order or database.

    label = render(LabelSpec(design="bag", stock=stock("bag-100x60", 300), role="LEUKAPHERESIS BAG", …))
    precheck(label, reads_as, decode)
    outcome = printer.send(label.zpl(), name)
"""

from __future__ import annotations

from labels.errors import (
    GlyphMissing,
    LabelDoesNotReadBack,
    LabelError,
    NotEncodable,
    NotForPrinting,
    NotOurZpl,
    Overprint,
    SymbolDoesNotFit,
    TextDoesNotFit,
)
from labels.label import Label, render
from labels.precheck import precheck
from labels.spec import AIM, Code, LabelSpec, Line, Symbology
from labels.stock import Stock, stock

__all__ = [
    "AIM",
    "Code",
    "GlyphMissing",
    "Label",
    "LabelDoesNotReadBack",
    "LabelError",
    "LabelSpec",
    "Line",
    "NotEncodable",
    "NotForPrinting",
    "NotOurZpl",
    "Overprint",
    "Stock",
    "SymbolDoesNotFit",
    "Symbology",
    "TextDoesNotFit",
    "precheck",
    "render",
    "stock",
]
