"""May this person do this step, here, today?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from coi.custody.asked import Asked
    from coi.person import Grant, Person


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
    grant = acting_as(asked.by, step.roles, site, asked.order.product, asked.at)
    if grant is None:
        return (Reason("role", expected=" or ".join(step.roles), seen="no such role here"),)
    reasons = []
    if not is_trained(grant, asked.at):
        reasons.append(Reason("untrained", expected=f"training as {grant.role}", seen="lapsed"))
    scanned = any(item.assurance == "signed" for item in facts.items)
    if scanned and (facts.device_site != site or facts.device_state != "qualified"):
        reasons.append(
            Reason("no_device", expected=f"a station qualified at {site}", seen=facts.device_state or "none")
        )
    return tuple(reasons)


def acting_as(person: Person, roles: Collection[str], site: str, product: str, at: datetime) -> Grant | None:
    """Return the grant under which a person may act: one whose training counts before one whose training lapsed."""
    held = [
        grant
        for grant in person.grants
        if person.active and grant.role in roles and grant.site == site and grant.product in {None, product}
    ]
    return next((grant for grant in held if is_trained(grant, at)), held[0] if held else None)


def is_trained(grant: Grant, at: datetime) -> bool:
    """Say whether the training for a role counts at *at*; never trained is not trained."""
    return grant.trained_until is not None and at < grant.trained_until
