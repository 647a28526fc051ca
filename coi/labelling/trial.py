"""What does a test print look like? It carries codes to look at and to scan, and none of them is anybody's.

Nothing of an order goes in: it says which printer, which step, when. Its code is a specimen's, which opens no gate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi import identity
from coi.labelling.drawing import reads_as
from labels import Code, LabelError, Record, compose, precheck, shipped
from scanners import decode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labels import Label

MARK = "TEST PRINT"


def draw(facts: Mapping[str, object], dpi: int) -> Label:
    """Draw a test print, or one of the ten of an IQ sheet."""
    data = str(facts["code"]).encode("ascii")
    text = identity.human(identity.read(data, "]d1"))
    kind = f"IQ STEP {facts['step']}" if facts["design"] == "sheet" else MARK
    codes = {"primary": Code(data, "datamatrix", text), "secondary": Code(data, "code128", text)}
    return compose(shipped()["asset"], Record({"name": str(facts["name"]), "kind": kind}, codes, mark=MARK), dpi)


def drawn(facts: Mapping[str, object], dpi: int) -> bytes | str:
    """Return the printer's bytes of a test print, or why there are none."""
    try:
        label = draw(facts, dpi)
        precheck(label, reads_as, decode.read)
        return label.zpl()
    except LabelError as fault:
        return f"not printable: {type(fault).__name__}"
