"""May this be done? The one place where a checkpoint is judged.

``decide`` is pure: it is told the time, the person, the scans and the facts. It answers ``Accepted`` with the effects
that follow, or ``Refused`` with every reason at once. There is no third way and no parameter that weakens it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from coi.custody.checks import ALWAYS, NAMED
from coi.custody.effects import Effect, effects_of
from coi.custody.reasons import CONTENTS, IDENTITY, UNPROVEN, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coi.custody.asked import Asked
    from coi.custody.checks import Check


@dataclass(frozen=True, slots=True)
class Accepted:
    """The act may go on; *effects* say what it changes."""

    effects: tuple[Effect, ...]
    quarantine: tuple[Reason, ...] = ()
    """Faults of contents or condition found at a receipt: custody passes, and a hold is placed with it."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The act must not go on; *reasons* says why, all at once."""

    reasons: tuple[Reason, ...]


Verdict: TypeAlias = Accepted | Refused


def decide(asked: Asked, fresh: Mapping[str, str]) -> Verdict:
    """Judge one checkpoint.

    1. Every check of ``ALWAYS``, then every check that the protocol names, and none twice.
    2. No reason: accepted, with the effects of the protocol filled in.
    3. Reasons that are all of contents, paper or condition, where the protocol receives into quarantine and the shipper
       and the seal were right: accepted into quarantine, so that custody is never left with somebody who has gone.
    4. Anything else: refused.

    *fresh* holds identifiers that were allocated for this deed (chain of identity, lot, container, serial, shipment).
    """
    reasons = tuple(dict.fromkeys(reason for check in _checks(asked) for reason in check(asked)))
    if not reasons:
        return Accepted(effects_of(asked, fresh))
    if asked.checkpoint.quarantine and {reason.code for reason in reasons} <= _receivable(asked):
        return Accepted(effects_of(asked, fresh), quarantine=reasons)
    return Refused(reasons)


def _checks(asked: Asked) -> tuple[Check, ...]:
    return (*ALWAYS, *(NAMED[name] for name in asked.checkpoint.checks))


def _receivable(asked: Asked) -> frozenset[str]:
    """Return the faults with which a receipt passes into quarantine.

    1. Where shipper and seal were right: any fault of what is inside.
    2. In the house nothing is sealed, and the giver stands there: only faults of condition or of papers.
    """
    if not any(slot.klass == "shipper" for slot in asked.checkpoint.slots):
        return CONTENTS - IDENTITY - UNPROVEN
    return CONTENTS if _outside_is_right(asked) else frozenset()


def _outside_is_right(asked: Asked) -> bool:
    """Say whether shipper and seal were both scanned and are those of the shipment."""
    shipment = asked.shipment()
    shipper, seal = asked.item("shipper"), asked.item("seal")
    return (
        shipment is not None
        and shipper is not None
        and seal is not None
        and (shipper.code, seal.code) == (shipment.shipper, shipment.seal)
    )
