"""In which words do people read the codes of quality? Codes stand in entries; sentences stand here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _

if TYPE_CHECKING:
    from coi.quality.deviations import Deviation


def severity(code: str) -> str:
    """Return how bad it is."""
    return str({"minor": _("minor"), "major": _("major"), "critical": _("critical")}.get(code, code))


def state(code: str) -> str:
    """Return how far a deviation has come."""
    return str({"open": _("nobody has it yet"), "taken": _("is looked into"), "closed": _("closed")}.get(code, code))


def hold_kind(code: str) -> str:
    """Return what a hold is about."""
    return str(
        {
            "identity": _("whose cells they are"),
            "condition": _("whether they stayed cold"),
            "quality": _("whether they may be used"),
            "recall": _("a recall"),
            "lost": _("cells that cannot be found"),
            "review": _("who the patient is"),
        }.get(code, code)
    )


def by_hand(code: str) -> str:
    """Return why a person placed a hold; empty for a reason of a gate."""
    return str(
        {
            "damage_seen": _("A bag, its cassette or its shipper is damaged"),
            "label_doubt": _("A label is in doubt"),
            "patient_doubt": _("It is in doubt whose cells these are"),
            "temperature_doubt": _("It is in doubt whether the cells stayed cold"),
            "complaint": _("Somebody complained"),
            "recall_notice": _("A recall concerns this product"),
            "not_found": _("A container cannot be found"),
            "identifiers_changed": _("The patient's identifiers were changed"),
        }.get(code, "")
    )


def seen(code: str) -> str:
    """Return what a person saw who opened a deviation; empty for a reason of a gate."""
    return str(
        {
            "wrong_label": _("A wrong or misplaced label"),
            "wrong_place": _("Something at the wrong place"),
            "damage": _("Damage"),
            "temperature": _("A temperature out of its range"),
            "equipment": _("A fault of equipment"),
            "paperwork": _("A record that is wrong or missing"),
            "other": _("Something else"),
            "infused_without_verification": _("Cells were given without having been verified"),
            "quarantined": _("Cells were received into quarantine"),
        }.get(code, "")
    )


def root_cause(code: str) -> str:
    """Return why it happened."""
    return str(
        {
            "wrong_item_taken": _("the wrong thing was taken"),
            "label_swapped": _("labels were swapped"),
            "label_damaged": _("a label could not be read"),
            "instruction_unclear": _("an instruction was unclear or missing"),
            "training_gap": _("training was missing"),
            "equipment_fault": _("equipment failed"),
            "software_fault": _("software failed"),
            "transport_fault": _("it went wrong on the way"),
            "patient_data_changed": _("the patient's data were changed elsewhere"),
            "not_found": _("it could not be found out"),
        }.get(code, code)
    )


def impact(code: str) -> str:
    """Return what it did."""
    return str(
        {
            "none": _("none: nothing had moved"),
            "product_kept": _("the product is kept, with a reason"),
            "product_reworked": _("a step was done again"),
            "product_rejected": _("the product is rejected"),
            "patient_affected": _("a patient was affected"),
        }.get(code, code)
    )


def note(kind: str) -> str:
    """Return what a text is."""
    return str(
        {"told": _("what was seen"), "finding": _("what was found out"), "conclusion": _("conclusion")}.get(kind, kind)
    )


def entry(kind: str) -> str:
    """Return the type of an entry of this room, or about who is on call, in words; empty for another."""
    return str(
        {
            "deviation.opened": _("Deviation opened"),
            "deviation.taken": _("Deviation taken on"),
            "deviation.noted": _("Deviation looked into"),
            "deviation.closed": _("Deviation closed"),
            "people.on_call_set": _("Put on call"),
            "people.on_call_removed": _("Taken off call"),
        }.get(kind, "")
    )


def risk(deviation: Deviation, *, held: bool) -> str:
    """Answer whether the product is at risk."""
    if deviation.severity == "critical":
        words = _("Yes. Cells were given without having been verified: call the treating physician.")
    elif held:
        words = _("Yes, until quality has decided. What was in the act is on hold and cannot move.")
    elif deviation.order is None:
        words = _("That is to be judged: no order was named.")
    else:
        words = _("No hold is open now. What was refused did not move.")
    return str(words) if deviation.state != "closed" or held else str(_("No. It was judged, and the hold is lifted."))


def next_step(deviation: Deviation) -> str:
    """Say what is to be done."""
    match deviation.state:
        case "open":
            return str(_("Somebody of quality takes it on."))
        case "taken" if not deviation.findings:
            return str(_("Find out what happened, and write it down."))
        case "taken":
            return str(_("Close it by signature once cause and impact are known."))
        case _:
            return str(_("Nothing. It is closed."))
