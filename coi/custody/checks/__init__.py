"""The single comparisons and guards, one a file, each a pure function ``Asked -> tuple[Reason, ...]``.

``ALWAYS`` run at every checkpoint and no protocol can leave them out; ``NAMED`` run where the protocol names them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from coi.custody.asked import Asked
from coi.custody.checks import (
    accounted,
    assurance,
    certificate,
    condition,
    custody_here,
    equipment,
    executor,
    expiry,
    hold,
    manifest,
    offer,
    order_of_steps,
    piece_alive,
    qc,
    replaces,
    role,
    same_order,
    slots_in_order,
    suite,
    symbols,
    thaw_clock,
    two_persons,
    values,
    window,
)
from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

Check: TypeAlias = Callable[[Asked], tuple[Reason, ...]]

ALWAYS: tuple[Check, ...] = (
    order_of_steps.check,
    role.check,
    assurance.check,
    same_order.check,
    piece_alive.check,
    custody_here.check,
    hold.check,
    expiry.check,
    values.check,
    two_persons.check,
)
"""Run at every checkpoint, in this order."""

NAMED: Mapping[str, Check] = {
    "all_accounted": accounted.check,
    "certificate": certificate.check,
    "condition": condition.check,
    "equipment": equipment.check,
    "stored_here": equipment.stored_here,
    "not_executor": executor.check,
    "manifest": manifest.check,
    "fresh_shipment": manifest.fresh_shipment,
    "no_open_offer": offer.no_open_offer,
    "offered_to_us": offer.offered_to_us,
    "one_order_in_suite": suite.check,
    "qc_passed": qc.check,
    "replaces_dead": replaces.check,
    "slots_in_order": slots_in_order.check,
    "both_symbols": symbols.check,
    "thaw_clock": thaw_clock.check,
    "window": window.check,
}
"""Run where a protocol names them."""
