"""In which words does a person read what the codes say?

Codes stand in entries and never change; sentences stand here, go through gettext, and say what to do next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _

from coi import identity
from coi.custody.reasons import CODES, IDENTITY
from coi.errors import Malformed
from coi.quality import words as quality

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coi.custody.order import Order

SPOILS = frozenset({"expired", "thaw_over", "qc_failed"})
"""Reasons that say the product itself may not be used any more."""
UNSURE = frozenset({"condition", "no_expiry", "not_in_manifest", "manifest_missing", "wrong_seal", "wrong_logger"})
"""Reasons that leave open what became of the product."""


def reason(code: str) -> str:
    """Return the sentence of a reason code, of a gate or of a hold."""
    if code in CODES:
        return str(_(CODES[code]))
    of_deed = {"lost": _("The shipment is lost"), "revoked": _("The release was taken back")}
    return str(of_deed.get(code, "")) or quality.by_hand(code) or code.replace("_", " ")


def first(codes: Sequence[str]) -> str:
    """Return the code that a headline names: whose cells these are comes before anything else."""
    return next((code for code in codes if code in IDENTITY), codes[0] if codes else "")


def risk(codes: Sequence[str], *, held: bool, thawed: bool) -> str:
    """Answer whether the product is at risk."""
    if any(code in IDENTITY for code in codes):
        words = (
            _("Yes, until quality has looked. The containers that you scanned are on hold.")
            if held
            else _("Perhaps. Keep apart what you scanned until you know whose it is. Nothing has moved.")
        )
    elif held:
        words = _("It waits on hold until quality has judged it.")
    elif any(code in SPOILS for code in codes):
        words = _("Yes. It may not be used as it is; nothing has moved.")
    elif any(code in UNSURE for code in codes):
        words = _("Perhaps. Keep it as it is until quality has judged it. Nothing has moved.")
    else:
        words = _("No. Nothing has moved.")
    return str(words) + (" " + str(_("The time after the thaw runs on.")) if thawed else "")


def no_risk() -> str:
    """Answer after a GO."""
    return str(_("No. Everything that was checked agrees."))


def code_for_eyes(data: bytes, aim: str = "") -> str:
    """Return a scanned code as a person reads it: the piece or the house code in groups."""
    try:
        value = identity.read(data, aim or None)
        if isinstance(value, identity.Unreadable):
            return ""
        contents = identity.summary(value)
        if contents.piece is not None:
            return contents.piece.human
        return str(identity.human(value))
    except Malformed:
        return ""


def piece_for_eyes(text: str) -> str:
    """Return a piece id in groups."""
    try:
        return identity.PieceId.parse(text).human
    except Malformed:
        return text


def order_for_eyes(order: Order) -> str:
    """Return the number that people use of an order: the chain of identity once there is one."""
    return coi_for_eyes(order.coi) if order.coi else order.id


def coi_for_eyes(text: str) -> str:
    """Return a chain-of-identity identifier in groups."""
    try:
        return identity.CoiId.parse(text).human
    except Malformed:
        return text


def meaning(name: str) -> str:
    """Return what a signature says, in the first person."""
    return str(
        {
            "performed": _("I did this as it stands here."),
            "verified": _("I have compared this with my own eyes, and it agrees."),
            "released": _("I release this product for infusion."),
            "received": _("I have received this as it stands here."),
            "administered": _("I gave this to the patient."),
            "witnessed": _("I have seen this being done."),
            "approved": _("I approve this."),
        }.get(name, name)
    )


def entry_title(kind_: str, checkpoints: dict[str, str]) -> str:
    """Return the type of an entry in words; *checkpoints* are the titles of the shipped protocols."""
    step = kind_.removeprefix("custody.")
    if kind_.startswith("custody.") and step in checkpoints:
        return str(_(checkpoints[step]))
    if step.startswith("relabel_"):
        return str(_("New label put on and scanned back"))
    return str(
        {
            "chain.opened": _("Chain opened"),
            "order.created": _("Order opened"),
            "order.protocol_migrated": _("Order moved to another version of its protocol"),
            "hold.placed": _("Hold placed"),
            "hold.lifted": _("Hold lifted"),
            "label.intended": _("Label ordered"),
            "label.printed": _("Label printed"),
            "label.voided": _("Label voided"),
            "label.spoiled": _("Label spoiled"),
            "label.destroyed": _("Label destroyed"),
            "label.returned": _("Label returned"),
            "label.replaced": _("A spoiled label is replaced"),
            "label.uncertain": _("Printing uncertain"),
            "label.too_late": _("Printed after it was voided"),
            "label.sending": _("Label sent to the printer"),
            "label.not_sent": _("Printer took nothing; the label waits again"),
            "label.not_printed": _("Proved not printed; the label waits again"),
            "label.retried": _("A label that could not be drawn is tried again"),
            "label.answered": _("Asked for one label, another was scanned"),
            "printer.registered": _("Printer registered"),
            "printer.loaded": _("Printer loaded"),
            "printer.tested": _("Test print asked for"),
            "printer.clear_asked": _("Printer asked to forget what it holds"),
            "printer.cleared": _("Printer told to forget what it held"),
            "tag.ordered": _("Tag or card ordered"),
            "printer.checked": _("Printer checked"),
            "printer.qualified": _("Printer's IQ sheet signed"),
            "printer.suspended": _("Printer taken out of use"),
            "printer.resumed": _("Printer put back into use"),
            "printer.retired": _("Printer retired"),
            "continuity.printed": _("Paper for the hour without a computer printed"),
            "continuity.reentered": _("What was done on paper was entered"),
            "scan.unresolved": _("Scan that belongs to no step here"),
            "deed.refused": _("Deed refused: role or present state forbids it"),
            "custody.alarm": _("Alarm: a hold after conditioning began"),
            "custody.notice": _("Seen at another order's gate"),
            "custody.declined": _("Custody declined"),
            "custody.identity_proposed": _("Another system says that the patient's identity changed"),
            "custody.provisional": _("Done without the server, by lease"),
            "custody.lease_issued": _("Lease for the hour after the thaw given"),
            "custody.lease_refused": _("Lease refused: the preflight was not green"),
            "custody.lease_lent": _("Scanner station that reads for a lease"),
            "custody.lease_ended": _("Lease ended"),
            "shipping.trace_read": _("Logger's file read and judged"),
            "equipment.registered": _("Equipment registered"),
            "protocol.proposed": _("Protocol proposed"),
            "protocol.approved": _("Protocol approved"),
            "protocol.retired": _("Protocol retired"),
            "people.device_proposed": _("Device proposed"),
            "people.device_qualified": _("Device qualified"),
            "people.device_suspended": _("Device suspended"),
            "people.device_retired": _("Device retired"),
            "station.bound": _("Scanner station bound to a page"),
            "station.scans_taken": _("Scans of a station taken in"),
            "station.scan_refused": _("A station's scans refused"),
            "people.factor_enrolled": _("Telephone enrolled"),
            "people.factor_removed": _("Telephone removed"),
            "people.organization_registered": _("Organisation registered"),
            "people.site_registered": _("Site registered"),
            "people.site_labels_changed": _("Site labels by another scheme"),
            "people.person_added": _("Person added"),
            "people.person_deactivated": _("Person deactivated"),
            "people.role_granted": _("Role granted"),
            "people.role_revoked": _("Role taken away"),
            "people.training_recorded": _("Training recorded"),
            "vault.subject_created": _("Pseudonym made"),
            "vault.erased": _("A patient's data erased"),
            "vault.legal_hold_placed": _("A patient's data kept by a legal hold"),
            "vault.legal_hold_lifted": _("Legal hold on a patient's data lifted"),
        }.get(kind_)
        or quality.entry(kind_)
        or kind_.replace(".", ": ").replace("_", " ").capitalize()
    )
