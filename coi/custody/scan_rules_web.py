"""What must a page know of scanners before it scans? How keystrokes, and a camera's frames, become a code."""

from __future__ import annotations

from string import ascii_letters, digits
from typing import TYPE_CHECKING

from flask import Blueprint, jsonify

from coi.identity import checked
from scanners import symbology, vote, wedge

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("scan_rules", __name__, url_prefix="/station")


@bp.get("/wedge.json")
def wedge_tables() -> ResponseReturnValue:
    """Give the tables by which keystrokes are told from scans; the door needs them too, so everybody may read them."""
    return jsonify(wedge.tables())


@bp.get("/light.json")
def light() -> ResponseReturnValue:
    """Give the rules by which a page's camera reads and votes: those of ``scanners``, so that both read alike."""
    letters = {letter: symbology.family_of(f"]{letter}0") for letter in ascii_letters}
    return jsonify(
        {
            "size": vote.WINDOW,
            "linear": vote.AGREE_LINEAR,
            "matrix": vote.AGREE_LIVE,
            "repeat_s": vote.REPEAT_SECONDS,
            "forget_s": vote.FORGET_SECONDS,
            "families": {letter: family for letter, family in letters.items() if family != "other"},
            "formats": FORMATS,
            "patient_formats": [*FORMATS, "Aztec", "PDF417"],
            "names": {aim: symbology.name_of(aim) for aim in _aims()},
            "own_bars": f"^[{checked.ALPHABET}]{{{checked.LENGTH}}}$",
            "decoder": "zxing-wasm/3.1.4",
        }
    )


FORMATS = ("DataMatrix", "Code128", "QRCodeModel2")
"""What a camera looks for, by zxing's names: the symbologies of our own labels."""


def _aims() -> list[str]:
    """Return every AIM identifier that may have a name of its own, and each letter for the rest of its family."""
    return [f"]{letter}{digit}" for letter in ascii_letters for digit in ("", *digits)]
