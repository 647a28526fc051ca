"""The single comparisons and guards, one a file, each a pure function ``Asked -> tuple[Reason, ...]``.

``ALWAYS`` run at every checkpoint and no protocol can leave them out; ``NAMED`` run where the protocol names them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from coi.custody.asked import Asked
from coi.custody.checks import (
    accounted,
    alone,
    articles,
    assurance,
    cassette,
    certificate,
    condition,
    container_state,
    custody_here,
    equipment,
    executor,
    expiry,
    hold,
    manifest,
    missing_named,
    new_site,
    offer,
    order_of_steps,
    patient_ready,
    piece_alive,
    printable,
    qc,
    re_established,
    replaces,
    role,
    same_order,
    slots_in_order,
    spoken,
    suite,
    symbols,
    thaw_clock,
    travel,
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
    travel.check,
    container_state.check,
    custody_here.check,
    hold.check,
    expiry.check,
    values.check,
    spoken.check,
    spoken.tails,
    patient_ready.leased,
    printable.check,
    articles.check,
    two_persons.check,
)
"""Run at every checkpoint, in this order."""

NAMED: Mapping[str, Check] = {
    "all_accounted": accounted.check,
    "at_bench": alone.at_bench,
    "banded": patient_ready.banded,
    "bench_free": alone.bench_free,
    "conditioned": patient_ready.conditioned,
    "dose_complete": patient_ready.dose_complete,
    "dose_together": patient_ready.dose_together,
    "expires_after_infusion": patient_ready.expires_after_infusion,
    "identity_keyed_twice": re_established.check,
    "in_cassette": cassette.check,
    "missing_named": missing_named.check,
    "lot_out_of_specification": qc.out_of_specification,
    "labels_used": accounted.labels_used,
    "machine_free": alone.machine_free,
    "nothing_under_way": alone.nothing_under_way,
    "one_thawed": patient_ready.one_thawed,
    "pack_window": alone.pack_window,
    "preflight": patient_ready.preflight,
    "preflight_green": patient_ready.preflight_green,
    "same_machine": alone.same_machine,
    "this_lot": qc.of_lot,
    "samples_tested": qc.samples,
    "site_may_change": new_site.check,
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
    "trace_read": condition.trace_read,
    "window": window.check,
}
"""Run where a protocol names them."""
