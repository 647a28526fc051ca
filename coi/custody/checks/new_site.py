"""May the order go to this other hospital?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from coi.custody.asked import Asked


def check(asked: Asked) -> tuple[Reason, ...]:
    """Refuse a site that does not treat, the one that treats already, and a change while material lies at the old one.

    What is at the old hospital goes back to the manufacturer first: cells never change their hospital on paper.
    """
    said = asked.facts.values.get("new_site", "")
    old = asked.order.site("treatment")
    reasons: list[Reason] = []
    if asked.facts.known_sites.get(said) != "treatment" or said == old:
        reasons.append(Reason("site_wrong", slot="new_site", expected="another treatment site", seen=said or "nothing"))
    there = [c for c in asked.order.dose() if c.live and (c.custodian or "").split("/")[0] == old]
    if there:
        reasons.append(
            Reason("not_here", slot="drug_product", expected="nothing at the old site", seen=str(len(there)))
        )
    return tuple(reasons)
