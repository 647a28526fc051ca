"""What must stand on a label of each class, whatever a template's author thinks?

* Every class: the class's own codes, each with its text beside it; the mark (DEMO, TRAINING, SPECIMEN) and the repeat
  mark in the band; the piece's serial, which is inside the codes and so in their texts.
* What holds a patient's cells: the chain of identity and a second identifier, the expiry with its time zone where the
  class has one, and the warnings.
* The warnings follow from the donor's testing (21 CFR 1271.90(c)); nothing known means the most restrictive words.

>>> warnings_for("")
('FOR AUTOLOGOUS USE ONLY', 'NOT EVALUATED FOR INFECTIOUS SUBSTANCES')
>>> warnings_for("evaluated")
('FOR AUTOLOGOUS USE ONLY',)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

AUTOLOGOUS = "FOR AUTOLOGOUS USE ONLY"
_NOT_EVALUATED = "NOT EVALUATED FOR INFECTIOUS SUBSTANCES"
_ADVISE = "WARNING: ADVISE PATIENT OF COMMUNICABLE DISEASE RISKS"
_BIOHAZARD = "\N{BIOHAZARD SIGN} BIOHAZARD"


@dataclass(frozen=True, slots=True)
class Law:
    """What a class of labels must show."""

    codes: tuple[str, ...] = ("primary", "secondary")
    shown: tuple[str, ...] = ()
    """Fields that the template must place."""
    second: tuple[str, ...] = ()
    """Of these fields the template must place at least one, and the record must fill one: the second identifier."""
    expires: bool = False
    warned: bool = False
    least: float = 1.5
    """The least height of capitals beside a code, in mm: a line is a third higher with what hangs below it."""


_CELLS = Law(shown=("coi",), second=("din", "container", "serial", "lot"), expires=True, warned=True, least=2.0)

# On a small label the second identifier is the piece's serial, or what else the texts of its two codes say.
_SMALL = Law(shown=("coi",), expires=True, warned=True)

LAWS: Mapping[str, Law] = {
    "apheresis_bag": _CELLS,
    "partial": replace(_CELLS, least=1.5),
    "vessel": _CELLS,
    "cryobag": _CELLS,
    "cassette": _SMALL,
    "vial": Law(expires=True),  # its main code always holds the chain of identity, and so does the text beside it
    "drug_product": _CELLS,
    "wristband": Law(shown=("coi",)),
    "shipper": Law(shown=("name",), least=2.0),
    "command": Law(shown=("name",)),
    "asset": Law(shown=("name",)),
    "continuity_pack": Law(shown=("coi", "state"), second=("order", "container"), expires=True, least=2.0),
}


def warnings_for(testing: str, reactive_for: str = "", *, short: bool = False) -> tuple[str, ...]:
    """Return the warnings that follow from the donor's testing; what is not known counts as not evaluated.

    A *short* label has no room for all words of a risk and refers to the label it hangs with (21 CFR 1271.370(c)).
    """
    if short and testing in {"risk", "reactive"}:
        return (AUTOLOGOUS, f"{_BIOHAZARD}: SEE ATTACHED WARNINGS")
    match testing:
        case "evaluated":
            return (AUTOLOGOUS,)
        case "risk":
            return (AUTOLOGOUS, _ADVISE, _BIOHAZARD)
        case "reactive":
            return (AUTOLOGOUS, f"WARNING: REACTIVE TEST RESULTS FOR {reactive_for}", _ADVISE, _BIOHAZARD)
        case _:
            return (AUTOLOGOUS, _NOT_EVALUATED)
