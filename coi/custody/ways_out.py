"""What may somebody do now who was refused? One way out for each reason, in order, each line a short imperative.

``docs/refusals.md`` lists the same lines; an identity mismatch has none but putting it down and calling quality.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _

from coi.custody.reasons import IDENTITY

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST = 4
"""As many lines as somebody reads who has just been stopped."""

PUT_DOWN = (
    "Put it down. Do not use it, do not hand it on.",
    "Call quality. Tell them the receipt below.",
    "Fetch the right one and scan again.",
)
AGAIN = ("Scan again: the square code of the thing itself, flat and near.",)
COMES_FIRST = ("Open the order to see what comes first.",)
STATION = (
    "Use a station that is qualified for this site.",
    "The page Devices says how this one becomes one.",
)
SCANNER = (
    "Check it on the page Scanners with the challenge card; the page says what is wrong and how to put it right.",
    "Until then use another scanner, or the camera.",
)
NOT_USED = ("Do not use it.", "Call quality and the physician.")
COLLEAGUE = ("Let a colleague do it who has the role and its training.", "Your administrator knows who that is.")
THING = ("Take another one that is registered and qualified for this site.", "Then scan again.")
FREE = ("Take a free one.", "If this one should be free, close the other order's work there first.")
SEALED = ("Keep the shipper closed.", "Compare shipper and seal with the papers, then call the giver and quality.")
COUNT = ("Look for what is named, and scan it.", "If it cannot be found, destroy it on record or call quality.")
LABELS = ("Look for the label.", "Tell what became of it: order's page, Do the labels add up?")
NO_RELEASE = ("Leave the bag where it is.", "Call the person who releases: only a certificate in force opens this.")
PATIENT = (
    "Stop at the bedside. Give nothing.",
    "Ask again who the patient is, and read the wristband again.",
    "Call the physician and quality, with the receipt below.",
)
STATE_IT = ("Enter what is named, then confirm again.",)
SIGN = ("Let another person with the named role sign.", "Each person signs with a login of their own.")
CALL = ("Put right what is named, or call your supervisor.", "Then scan again.")

WAYS = {
    "not_now": COMES_FIRST,
    "already_done": COMES_FIRST,
    "role": COLLEAGUE,
    "untrained": COLLEAGUE,
    "wrong_site": ("Do this step at the site where it belongs; the order's page names it.",),
    "no_device": STATION,
    "keyed": STATION,
    "scanner_failed": SCANNER,
    "scanner_due": SCANNER,
    "replayed": ("Hold the thing itself before the camera, never a picture of it.", "Then scan again."),
    "few_frames": ("Hold the label still in the frame of the camera, and scan again.",),
    "symbology": AGAIN,
    "not_typed_here": ("Scan it: another scanner, the camera, or the second code of the label.",),
    "patient_first": ("Begin this check again: wristband first, then the bag, without a pause.",),
    "bar_alone": AGAIN,
    "missing": ("Scan every code that the step lists. Nothing was done.",),
    "unreadable": (
        "Clean the label and scan again.",
        "If it stays unreadable: “Establish again whose it is”, by two persons.",
        "At a receipt from a courier: print it again, and receive under the new label.",
    ),
    "no_step": ("Open the order to see which step comes next, and where.",),
    "unknown_code": ("Put it aside. Nobody printed this label here.", "Call quality if it hangs on a container."),
    "unexpected": ("Scan only what the step lists. Cancel the step to begin another.",),
    "not_applied": ("Scan the label back onto its container first.",),
    "already_applied": ("Take the label that has not been put on yet.",),
    "not_a_reprint": ("Scan the new label that was printed in place of the dead one.",),
    "held": ("Leave the containers where they are.", "Call quality: only they lift a hold."),
    "expired": NOT_USED,
    "no_expiry": ("Leave it where it is.", "Call quality: without an expiry it may not be used."),
    "not_here": ("Let who has it offer it to you, then take it over by scanning.",),
    "equipment_unknown": THING,
    "equipment_unqualified": THING,
    "equipment_elsewhere": THING,
    "not_stored_here": ("Look at the place that the order names, and scan that place.",),
    "under_way": ("Let what is packed or offered arrive first, or open it again and take it out.",),
    "suite_taken": FREE,
    "seal_used": ("Take a new seal. Destroy the old one.",),
    "shipper_taken": FREE,
    "wrong_shipper": SEALED,
    "wrong_seal": SEALED,
    "not_in_manifest": ("Keep it apart.", "Call the giver and quality: it was not listed."),
    "manifest_missing": ("Look into the shipper once more.", "If it is not there, call the giver and quality."),
    "no_shipment": COMES_FIRST,
    "offer_open": ("Wait until the offer is taken or declined.",),
    "not_offered": ("Let who has it offer it to you first.",),
    "giver_takes": ("Let another person take it over.",),
    "no_certificate": NO_RELEASE,
    "not_certified": NO_RELEASE,
    "window": ("Begin this check again: wristband first, then the bag, without a pause.",),
    "thaw_over": NOT_USED,
    "no_thaw": COMES_FIRST,
    "both_symbols": ("Scan the square code and the bar code of the very same label.",),
    "value_missing": STATE_IT,
    "value_wrong": STATE_IT,
    "not_stated": (
        "Do what the statement says, then state it.",
        "If it cannot be done, cancel and call your supervisor.",
    ),
    "condition": (
        "Keep it cold and apart.",
        "Hand in the logger's file, or call quality: they judge the temperatures.",
    ),
    "slots_order": ("Choose days that follow each other: collection, manufacture, infusion.",),
    "signer_missing": ("Let every person sign whom the step names.",),
    "signer_role": SIGN,
    "same_person": SIGN,
    "factor_missing": (
        "Let a colleague sign whose telephone is enrolled.",
        "Or enrol your own on the page Your telephone, with an administrator beside you. Then scan again.",
    ),
    "signature_void": ("Begin the step again and sign within two minutes.",),
    "changed": ("Read what has changed, then begin the step again.",),
    "executor": ("Let somebody release who neither made nor tested the batch.",),
    "qc_failed": (
        "Do not release it: reject it.",
        "Or let the physician ask for a product that is out of specification.",
    ),
    "not_for_use": ("Put it away: it stands for nothing.", "Scan the label on the thing itself."),
    "pack_stale": (
        "Move nothing. Call quality with the paper in hand.",
        "Take no other paper than the pack in force: the order's page, Paper for the hour without a computer.",
    ),
    "no_template": (
        "Print nothing by hand.",
        "Call quality: a template is approved on the page Templates, and counts from its day on.",
    ),
    "product_gtin": (
        "Register and print nothing.",
        "Call the administrator: `coi setup labels` gives the site a GTIN of its own for its bags.",
    ),
    "unaccounted_piece": LABELS,
    "unaccounted_container": COUNT,
    "printer": ("Call your administrator: no label can be printed here now.",),
    "wrong_state": ("Open the order: it says where this container stands and what comes next for it.",),
    "not_banded": ("Print a wristband at the ward and bind it to the patient, by two persons.",),
    "wrong_logger": (
        "Look for the logger that was packed.",
        "Without it, state that there is no data: quality judges.",
    ),
    "machine_taken": FREE,
    "other_machine": ("Scan the machine at which this collection began.",),
    "bench_taken": FREE,
    "no_bench": ("Open the packing at an empty bench first.",),
    "pack_window": ("Begin again: bag, shipper, logger and seal in one go.",),
    "no_sample": ("Test a sample of this lot first, by scanning it.",),
    "oos_incomplete": ("Let the physician ask for it and quality evaluate the risk first.",),
    "no_witness": ("Let the physician sign who the patient is: “Sign who a patient is that cannot speak”.",),
    "bag_waiting": ("Give or destroy the bag that is thawed first.",),
    "dose_incomplete": ("Wait until every bag of the dose is here.", "Call the coordinator if one is missing."),
    "expires_first": ("Tell the coordinator and the physician: it expires before the planned infusion.",),
    "not_conditioned": ("Let the physician sign that conditioning may start, or that none is given.",),
    "no_preflight": ("Do the preflight at the bedside again; it stands for half an hour.",),
    "no_lease": ("Open the preflight at this gate and fetch the lease; then scan again.",),
    "leased": ("Go on at the station that has the lease, or let it be given back there.",),
    "site_wrong": ("Choose another hospital of this installation that treats.",),
    "band_unbound": PATIENT,
    "not_spoken": PATIENT,
    "tail_differs": (
        "Stop at the bedside. Give nothing.",
        "Both read wristband and bag once more, each for themselves.",
        "Do they differ again: put the bag down and call quality.",
    ),
    "not_missing": (
        "Open the page of the order's labels and take the number of what is missing from there.",
        "What has cells no more, is thawed, issued or at the patient, or is leased to a station, cannot be given up.",
    ),
    "not_re_established": (
        "Give nothing. The label stays unknown.",
        "Call quality: two independent sources must agree.",
    ),
    "two_in_view": ("Put everything away but one thing.", "Scan that one again."),
    "cassette_differs": ("Put both down, apart from each other.", "Call quality. Tell them the receipt below."),
}
"""Every reason that has a way of its own; every other identity reason is ``PUT_DOWN``."""


def of(code: str) -> tuple[str, ...]:
    """Return the way out of one reason, untranslated."""
    return WAYS.get(code) or (PUT_DOWN if code in IDENTITY else CALL)


def way_out(codes: Sequence[str]) -> tuple[str, ...]:
    """Say what to do now, in order: what concerns whose cells these are comes alone, the rest in turn."""
    grave = [code for code in codes if code in IDENTITY]
    lines = dict.fromkeys(line for code in (grave[:1] or codes) for line in of(code))
    return tuple(str(_(line)) for line in list(lines)[:MOST])
