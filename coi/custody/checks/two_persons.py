"""Did different persons with the right roles sign?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.custody.checks.role import acting_as, is_trained
from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from coi.custody.asked import Asked


def check(asked: Asked) -> tuple[Reason, ...]:
    """Judge the signatures that were given; before anybody signed there is nothing to judge, and no entry is written.

    1. As many signed as the step asks for.
    2. The first signer is who acts, and no person signs twice: one account is one person.
    3. Each signer is active, holds one of the roles of that place at this site, and is trained.
    """
    signing, signers = asked.checkpoint.sign, asked.facts.signers
    if signing is None or not signers:
        return ()
    if len(signers) != len(signing.by):
        return (Reason("signer_missing", expected=f"{len(signing.by)} signatures", seen=str(len(signers))),)
    reasons: list[Reason] = []
    if signers[0].id != asked.by.id:
        reasons.append(Reason("signer_role", slot="1", expected="who scanned signs first", seen="another person"))
    if len({person.id for person in signers}) != len(signers):
        reasons.append(Reason("same_person", expected=f"{len(signers)} different persons", seen="one person twice"))
    for number, (person, roles) in enumerate(zip(signers, signing.by, strict=True), start=1):
        grant = acting_as(person, roles, asked.order.site(asked.checkpoint.site), asked.order.product, asked.at)
        if grant is None:
            reasons.append(
                Reason("signer_role", slot=str(number), expected=" or ".join(sorted(roles)), seen="no such role here")
            )
        elif not is_trained(grant, asked.at):
            reasons.append(Reason("untrained", slot=str(number), expected=f"training as {grant.role}", seen="lapsed"))
    return tuple(reasons)
