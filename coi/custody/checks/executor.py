"""Is the releaser somebody who did not make the batch?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from coi.custody.asked import Asked


def check(asked: Asked) -> tuple[Reason, ...]:
    """Refuse a release by anybody who executed or verified a step of the batch (EU GMP Part IV.

    Annex 16): by person, not by role.
    """
    executors = asked.order.executors()
    return tuple(
        Reason("executor", expected="somebody who did not make the batch", seen="who made it")
        for person in {asked.by.id, *(signer.id for signer in asked.facts.signers)}
        if person in executors
    )
