"""May this person do this step, here, today?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from coi.custody.asked import Asked


def check(asked: Asked) -> tuple[Reason, ...]:
    """Judge role, site, training and station at every act, not at sign-in (21 CFR 11.10(g), (h)).

    1. The person acts at the site where the step happens.
    2. The person is active and holds one of the step's roles there for this product.
    3. Training for that role has not lapsed.
    4. Scans come through a station that is qualified for that very site.
    """
    step, facts = asked.checkpoint, asked.facts
    site = asked.order.site(step.site)
    if facts.site != site:
        return (Reason("wrong_site", expected=site, seen=facts.site),)
    grant = asked.by.grant(step.roles, site, asked.order.product) if asked.by.active else None
    if grant is None:
        return (Reason("role", expected=" or ".join(step.roles), seen="no such role here"),)
    reasons = []
    if grant.trained_until is None or asked.at >= grant.trained_until:
        reasons.append(Reason("untrained", expected=f"training as {grant.role}", seen="lapsed"))
    scanned = any(item.assurance == "signed" for item in facts.items)
    if scanned and (facts.device_site != site or facts.device_state != "qualified"):
        reasons.append(
            Reason("no_device", expected=f"a station qualified at {site}", seen=facts.device_state or "none")
        )
    return tuple(reasons)
