"""The tag of a thing that is no patient's material: shipper, seal, place, machine, or a command to scan."""

from __future__ import annotations

from coi import identity
from labels import Code, Label, LabelSpec, Line, render, stock

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
    return render(
        LabelSpec(
            design="asset",
            stock=stock("asset-80x40", 300),
            role=WORDS[code[:3]],
            identity=label,
            primary=Code(data, "datamatrix", text),
            secondary=Code(data, "code128", text),
            lines=(Line("", label),),
            mark=mark,
        )
    )
