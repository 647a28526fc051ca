"""Why was it refused? Each reason names what was expected and what was seen, and never another patient.

A reason is a code (stable, for entries and statistics), the slot it concerns, and two short texts. The sentences that a
person reads are made from the code in ``words.py``, so that they can be translated; the code never changes meaning.
"""

from __future__ import annotations

from dataclasses import dataclass

IDENTITY = frozenset(
    {
        "other_order", "wrong_container", "dead_piece", "contents_differ", "two_in_view", "cassette_differs",
        "too_fast", "band_unbound", "not_spoken", "tail_differs", "not_re_established", "other_lot",
    }
)  # fmt: skip
"""Reasons that say the wrong cells may be at hand: no role, setting or override passes them."""
UNPROVEN = frozenset({"not_applied"})
"""A right label that nobody has proven to be on its thing yet, as after a reprint at a receipt."""
CONTENTS = IDENTITY | UNPROVEN | {
    "expired", "condition", "not_in_manifest", "manifest_missing", "held", "no_certificate", "not_certified",
    "wrong_logger", "dose_incomplete",
}  # fmt: skip
"""Reasons that concern what is inside a rightly identified shipper."""


@dataclass(frozen=True, slots=True, order=True)
class Reason:
    """One reason of a refusal."""

    code: str
    slot: str = ""
    expected: str = ""
    seen: str = ""

    @property
    def is_identity(self) -> bool:
        """Whether this reason is about whose cells these are."""
        return self.code in IDENTITY


CODES = {
    "not_now": "The order does not stand at this step",
    "already_done": "This step was already done",
    "role": "Your role does not do this step here",
    "untrained": "Your training for this role has lapsed",
    "wrong_site": "This step happens at another site",
    "no_device": "This station is not enrolled and qualified for this site",
    "keyed": "The code was typed or came unsigned, not scanned",
    "scanner_failed": "This scanner failed its challenge card",
    "scanner_due": "This scanner was not checked with its challenge card today",
    "few_frames": "The camera saw it in one picture only",
    "symbology": "This kind of code is none of our labels",
    "not_typed_here": "At this step a code must be scanned, not typed",
    "replayed": "The very same picture was used before",
    "too_fast": "This label was just scanned at another site",
    "patient_first": "The bag was scanned before the patient",
    "bar_alone": "The bar code alone is not enough here",
    "missing": "A code is missing",
    "unreadable": "The code could not be read",
    "no_step": "No step that is open here wants this code",
    "unknown_code": "Nobody knows this code",
    "unexpected": "This step does not want this code",
    "not_for_use": "This is no label: a specimen, a proof, or paper for the hour without a computer",
    "pack_stale": "This paper is not the pack in force, or is older than what has happened since",
    "other_order": "This belongs to another order",
    "wrong_container": "This is another container of this order",
    "two_in_view": "Two different codes were scanned for one thing",
    "dead_piece": "This label is dead, or was never confirmed as printed",
    "not_applied": "This label has not been scanned back onto its container",
    "already_applied": "This label is already on its container",
    "not_a_reprint": "This label does not replace a dead one",
    "contents_differ": "The code says something else than what is registered",
    "held": "A hold is open",
    "expired": "It has expired",
    "no_expiry": "No expiry is known",
    "not_here": "It is not in this custody",
    "equipment_unknown": "This equipment is not registered",
    "equipment_unqualified": "The qualification of this equipment has lapsed",
    "equipment_elsewhere": "This equipment belongs to another site",
    "not_stored_here": "The container is registered at another place",
    "suite_taken": "Another order is open in this suite",
    "seal_used": "This seal was used before",
    "shipper_taken": "This shipper carries an open shipment",
    "wrong_shipper": "This is not the shipper of this order",
    "wrong_seal": "This is not the seal that was put on",
    "not_in_manifest": "The shipment's list does not name this container",
    "manifest_missing": "A container of the shipment was not found in it",
    "no_shipment": "No shipment is under way",
    "offer_open": "Custody is already offered",
    "not_offered": "Nobody offered custody to you",
    "giver_takes": "The giver cannot be the receiver",
    "no_certificate": "No release certificate is in force",
    "not_certified": "The release certificate does not name this container",
    "window": "Too much time between the wristband and the bag",
    "thaw_over": "The time after thaw is over",
    "no_thaw": "No thaw was started",
    "both_symbols": "Both codes of the same label are needed",
    "value_missing": "A value is missing",
    "value_wrong": "A value is out of its range or of another kind",
    "not_stated": "A statement was not made",
    "condition": "The temperature record does not show the range was kept",
    "slots_order": "The booked days are not in order",
    "signer_missing": "A signature is missing",
    "signer_role": "The signer's role may not sign this",
    "same_person": "One person cannot be both",
    "factor_missing": "The second signer has no telephone enrolled, and a password alone does not sign here",
    "signature_void": "The statement does not wait for this signature any more",
    "changed": "Something changed while it waited for signatures",
    "executor": "Who made the batch may not release it",
    "qc_failed": "Quality control did not pass",
    "no_template": "No template of this label is approved and in force",
    "product_gtin": "The collection site labels its bags with the product's own GTIN",
    "unaccounted_piece": "A printed label is not accounted for",
    "unaccounted_container": "A container has no final disposition",
    "printer": "No printer is ready here",
    "wrong_state": "The container does not stand where this step takes it up",
    "band_unbound": "This hospital band was not bound to this patient",
    "not_banded": "No wristband was bound to the patient at this site",
    "wrong_logger": "This is not the logger that was packed",
    "cassette_differs": "The cassette does not belong to this bag",
    "machine_taken": "Another order is open at this machine",
    "other_machine": "The collection began at another machine",
    "bench_taken": "Another order is being packed at this bench",
    "no_bench": "No packing session is open for this order",
    "pack_window": "Too much time between the bag and the seal",
    "no_sample": "No tested sample stands behind the result",
    "other_lot": "This belongs to another lot of the same patient",
    "oos_incomplete": "The out-of-specification road is not complete",
    "not_spoken": "The name and birth date that were spoken are not this patient's",
    "no_witness": "Nobody has signed who this patient is",
    "tail_differs": "What was keyed from the label is not this order's identity",
    "under_way": "Something of this order is packed or offered",
    "bag_waiting": "Another bag is between thaw and infusion",
    "dose_incomplete": "The dose is not complete at this site",
    "expires_first": "It expires before the planned infusion",
    "not_conditioned": "Nobody has signed that conditioning may start",
    "no_preflight": "No preflight was green within the last half hour",
    "no_lease": "No lease was fetched before the thaw",
    "leased": "Another station has the lease of this bag",
    "site_wrong": "The order cannot go to this site",
    "not_missing": "Nothing of this order that could be missing bears that label",
    "not_re_established": "The identity was not established again",
}
"""Every code with its plain English sentence; ``docs/refusals.md`` lists them with the way out."""
