"""Labels know ink: a label is composed in millimetres, in dots that are decoded before they are sent.

It receives each code ready made as (bytes, symbology, human text) and knows no identifier, order or database.

    label = compose(shipped()["apheresis_bag"], Record(values, codes, mark="DEMO"), 300)
    precheck(label, reads_as, decode)
    outcome = printer.send(label.zpl(), name)
"""

from __future__ import annotations

from labels.errors import (
    BadRecord,
    BadTemplate,
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
from labels.label import Label, Mode
from labels.precheck import precheck
from labels.proofs import proofs, worst_case
from labels.record import Record, compose
from labels.spec import AIM, Code, Symbology
from labels.stock import Stock, stock
from labels.template import Template, parse, shipped

__all__ = [
    "AIM",
    "BadRecord",
    "BadTemplate",
    "Code",
    "GlyphMissing",
    "Label",
    "LabelDoesNotReadBack",
    "LabelError",
    "Mode",
    "NotEncodable",
    "NotForPrinting",
    "NotOurZpl",
    "Overprint",
    "Record",
    "Stock",
    "SymbolDoesNotFit",
    "Symbology",
    "Template",
    "TextDoesNotFit",
    "compose",
    "parse",
    "precheck",
    "proofs",
    "shipped",
    "stock",
    "worst_case",
]
