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
    from coi.custody.protocol import Slot

SCAN_AGAIN = frozenset(
    {"unreadable", "keyed", "bar_alone", "missing", "two_in_view", "no_device", "unexpected", "both_symbols", "window"}
)
"""Reasons whose way out is another scan."""
LATER = frozenset({"not_now", "already_done", "offer_open", "not_offered", "no_shipment", "changed", "signature_void"})
"""Reasons that say another step comes first."""


def reason(code: str) -> str:
    """Return the sentence of a reason code."""
    return str(_(CODES[code])) if code in CODES else quality.by_hand(code) or code.replace("_", " ")


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
    else:
        words = _("No. Nothing has moved.")
    return str(words) + (" " + str(_("The time after the thaw runs on.")) if thawed else "")


def no_risk() -> str:
    """Answer after a GO."""
    return str(_("No. Everything that was checked agrees."))


def way_out(codes: Sequence[str]) -> tuple[str, ...]:
    """Say what to do now, in order."""
    if any(code in IDENTITY for code in codes):
        return (
            str(_("Put it down. Do not use it, do not hand it on.")),
            str(_("Call quality. Tell them the receipt below.")),
            str(_("Fetch the right one and scan again.")),
        )
    if "held" in codes:
        return (str(_("Leave the containers where they are.")), str(_("Call quality: only they lift a hold.")))
    if "no_device" in codes or "keyed" in codes:
        return (
            str(_("Use a station that is qualified for this site.")),
            str(_("The page Devices says how this one becomes one.")),
        )
    if codes and all(code in SCAN_AGAIN for code in codes):
        return (str(_("Scan again: the square code of the thing itself, flat and near.")),)
    if codes and all(code in LATER for code in codes):
        return (str(_("Open the order to see what comes first.")),)
    if "expired" in codes or "thaw_over" in codes:
        return (str(_("Do not use it.")), str(_("Call quality and the physician.")))
    if "factor_missing" in codes:
        return (
            str(_("Let a colleague sign whose telephone is enrolled.")),
            str(_("Or enrol your own on the page Your telephone, with an administrator beside you. Then scan again.")),
        )
    return (str(_("Put right what is named, or call your supervisor.")), str(_("Then scan again.")))


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


def slot_name(slot: Slot) -> str:
    """Return the heading of a slot."""
    return str(
        {
            "wristband": _("Wristband"),
            "bag": _("Bag"),
            "shipper": _("Shipper"),
            "seal": _("Seal"),
            "suite": _("Suite"),
            "freezer": _("Freezer place"),
            "vessel": _("Vessel"),
            "product": _("Product bag"),
            "product_bar": _("Its bar code"),
            "label": _("New label"),
        }.get(slot.name, slot.name.replace("_", " "))
    )


def state(name: str) -> str:
    """Return an order's state in words."""
    return str(
        {
            "DRAFT": _("draft"),
            "ORDERED": _("ordered"),
            "SCHEDULED": _("scheduled"),
            "COLLECTING": _("collecting"),
            "COLLECTED": _("collected"),
            "IN_TRANSIT_TO_MFG": _("on the way to manufacturing"),
            "RECEIVED_AT_MFG": _("received at manufacturing"),
            "ACCEPTED": _("accepted"),
            "MANUFACTURING": _("in manufacture"),
            "CRYOPRESERVED": _("frozen"),
            "QC_PENDING": _("waits for release"),
            "RELEASED": _("released"),
            "IN_TRANSIT_TO_SITE": _("on the way to the hospital"),
            "RECEIVED_AT_SITE": _("received at the hospital"),
            "STORED_AT_SITE": _("stored at the hospital"),
            "READY_FOR_INFUSION": _("patient ready"),
            "THAWING": _("thawed"),
            "INFUSING": _("being infused"),
            "INFUSED": _("infused"),
            "RECONCILED": _("closed"),
        }.get(name, name)
    )


def kind(name: str) -> str:
    """Return the kind of a container in words."""
    return str(
        {
            "starting_material": _("collected cells"),
            "intermediate": _("process vessel"),
            "drug_product": _("product bag"),
        }.get(name, name)
    )


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
    if kind_.startswith("custody.") and kind_.removeprefix("custody.") in checkpoints:
        return str(_(checkpoints[kind_.removeprefix("custody.")]))
    return str(
        {
            "chain.opened": _("Chain opened"),
            "order.created": _("Order opened"),
            "hold.placed": _("Hold placed"),
            "hold.lifted": _("Hold lifted"),
            "label.intended": _("Label ordered"),
            "label.printed": _("Label printed"),
            "label.voided": _("Label voided"),
            "label.spoiled": _("Label spoiled"),
            "label.uncertain": _("Printing uncertain"),
            "scan.unresolved": _("Scan that belongs to no step here"),
            "custody.notice": _("Seen at another order's gate"),
            "custody.declined": _("Custody declined"),
            "people.device_proposed": _("Device proposed"),
            "people.device_qualified": _("Device qualified"),
            "people.device_suspended": _("Device suspended"),
            "people.device_retired": _("Device retired"),
            "people.factor_enrolled": _("Telephone enrolled"),
            "people.factor_removed": _("Telephone removed"),
            "vault.subject_created": _("Pseudonym made"),
        }.get(kind_)
        or quality.entry(kind_)
        or kind_.replace(".", ": ").replace("_", " ").capitalize()
    )
