"""Were the wristband and the bag scanned close together in time?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from coi.custody.asked import Asked

HARD_BOUND_S = 600
"""No protocol can allow more (hazards.md, decided between the pages)."""


def check(asked: Asked) -> tuple[Reason, ...]:
    """Refuse when the scans at the patient lie further apart than the protocol allows, or lie too long before the deed.

    1. The patient first: where a wristband is scanned, it or the hospital's own band comes before the bag.
    2. From the first to the last scan at most the limit.
    3. From the last scan to the decision at most the hard bound: signing takes time, but not that long.
    """
    if not asked.facts.items:
        return ()
    patient = [item.at for item in asked.facts.items if item.klass in {"wristband", "band"}]
    bags = [item.at for item in asked.facts.items if item.klass == "container"]
    if patient and bags and min(bags) < min(patient):
        return (Reason("patient_first", expected="the wristband before the bag", seen="the bag first"),)
    limit = min(asked.protocol.limits["wristband_to_bag_s"], HARD_BOUND_S)
    first, last = min(item.at for item in asked.facts.items), max(item.at for item in asked.facts.items)
    apart = last - first
    if apart > timedelta(seconds=limit):
        return (Reason("window", expected=f"at most {limit} s", seen=f"{int(apart.total_seconds())} s"),)
    late = asked.at - last
    if late > timedelta(seconds=HARD_BOUND_S):
        return (Reason("window", expected=f"at most {HARD_BOUND_S} s", seen=f"{int(late.total_seconds())} s"),)
    return ()
