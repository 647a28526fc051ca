"""The tag of a thing that is no patient's material: shipper, seal, place, machine, or a command to scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi import identity
from labels import BadRecord, Code, GlyphMissing, Record, TextDoesNotFit, compose, shipped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labels import Label, Template

WORDS = {
    "SHP": "SHIPPER",
    "SEA": "SEAL",
    "LOC": "PLACE",
    "EQP": "EQUIPMENT",
    "LGR": "LOGGER",
    "KIT": "KIT",
    "CMD": "COMMAND",
    "SPE": "SPECIMEN",
    "PAK": "CONTINUITY PACK",
}
"""What stands large on the tag of each kind of house code."""
DRAWINGS = ("asset", "shipper", "command", "continuity_pack")
"""The shipped templates by which what is no label of an order is printed."""


def tag(code: str, label: str, mark: str = "") -> Label:
    """Draw the tag of a house code; *label* is what people call the thing."""
    word = WORDS[code[:3]]
    return drawn_by(shipped()["command" if word == "COMMAND" else "asset"], code, {"name": label, "kind": word}, mark)


def drawn_by(template: Template, code: str, values: Mapping[str, str], mark: str = "", dpi: int = 300) -> Label:
    """Draw the tag of a house code; what people call the thing gives way to its code where it does not fit.

    Raises:
        LabelError: It cannot be drawn so either.
    """
    data = code.encode("ascii")
    text = identity.human(identity.read(data, "]d1"))
    codes = {"primary": Code(data, "datamatrix", text), "secondary": Code(data, "code128", text)}
    try:
        return compose(template, Record(dict(values), codes, mark=mark), dpi)
    except (BadRecord, GlyphMissing, TextDoesNotFit):
        if values.get("name", code) == code:
            raise
        return compose(template, Record({**values, "name": code}, codes, mark=mark), dpi)
