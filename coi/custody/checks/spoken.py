"""Is it this patient who lies here? What was said and what was read, held against the vault and the order.

Neither goes through the comparison of codes: were that broken, this would still stop (hazards.md 11 and 36).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from coi.custody.reasons import Reason
from coi.ledger.entry import moment

if TYPE_CHECKING:
    from coi.custody.asked import Asked

WITNESS_MIN = 30
"""How long a witness's signature stands for a patient who cannot speak, in minutes."""
TAIL = 4
"""Characters of the chain of identity that each person reads from wristband and bag and keys, blind."""


def check(asked: Asked) -> tuple[Reason, ...]:
    """Judge what the vault answered of the name and birth date that were spoken.

    1. They are the patient's, entered blind.
    2. Or the patient cannot speak, and a third person signed who this is, not long ago.
    """
    reasons: list[Reason] = []
    for value in asked.checkpoint.values:
        said = asked.facts.values.get(value.name, "")
        if value.type != "spoken" or said in {"yes", ""}:
            continue
        if said == "cannot_speak" and _witnessed(asked):
            continue
        code = "no_witness" if said == "cannot_speak" else "not_spoken"
        reasons.append(Reason(code, slot=value.name, expected="the patient of this order", seen="another answer"))
    return tuple(reasons)


def _witnessed(asked: Asked) -> bool:
    at = asked.order.fact("identity_witnessed")
    return bool(at) and asked.at - moment(str(at)) <= timedelta(minutes=WITNESS_MIN)


def tails(asked: Asked) -> tuple[Reason, ...]:
    """Compare what each person keyed from wristband and bag with the last characters of the order's identity."""
    coi = asked.order.coi or ""
    return tuple(
        Reason("tail_differs", slot=value.name, expected="what stands on both labels", seen="other characters")
        for value in asked.checkpoint.values
        if value.type == "tail" and (len(coi) < TAIL or asked.facts.values.get(value.name, "") != coi[-TAIL:])
    )
