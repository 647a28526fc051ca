"""The tag of a thing that is no patient's material: shipper, seal, place, machine, or a command to scan."""

from __future__ import annotations

from coi import identity
from labels import Code, Label, Record, compose, shipped

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


def tag(code: str, label: str, mark: str = "") -> Label:
    """Draw the tag of a house code; *label* is what people call the thing."""
    data = code.encode("ascii")
    text = identity.human(identity.read(data, "]d1"))
    word = WORDS[code[:3]]
    template = shipped()["command" if word == "COMMAND" else "asset"]
    codes = {"primary": Code(data, "datamatrix", text), "secondary": Code(data, "code128", text)}
    return compose(template, Record({"name": label, "kind": word}, codes, mark=mark))
