"""The tags of the demo's things, and its command codes, as pictures to scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi import identity
from labels import Code, LabelSpec, Line, render, stock

if TYPE_CHECKING:
    from pathlib import Path

WORDS = {"SHP": "SHIPPER", "SEA": "SEAL", "LOC": "PLACE", "CMD": "COMMAND"}


def draw_tag(folder: Path, code: str, label: str) -> Path:
    """Draw the tag of one thing into *folder*; return the picture."""
    folder.mkdir(parents=True, exist_ok=True)
    text = identity.human(identity.read(code.encode("ascii"), "]d1"))
    spec = LabelSpec(
        design="asset",
        stock=stock("asset-80x40", 300),
        role=WORDS[code[:3]],
        identity=label,
        primary=Code(code.encode("ascii"), "datamatrix", text),
        secondary=Code(code.encode("ascii"), "code128", text),
        lines=(Line("", label),),
        mark="DEMO",
    )
    path = folder / f"{label.replace(' ', '-')}.png"
    path.write_bytes(render(spec).png())
    return path
