"""In which words does a person read what a thing is, where it stands, and where its order stands?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from flask_babel import gettext as _

from coi.web.role_words import role_words

if TYPE_CHECKING:
    from coi.custody.protocol import Slot

Symbol = Literal[
    "wristband", "bag", "vessel", "sample", "cassette", "shipper", "seal", "logger", "location", "equipment", "kit",
    "band", "badge", "paper", "code",
]  # fmt: skip
"""The pictograms of ``parts.html``."""

SYMBOLS: dict[str, Symbol] = {
    "wristband": "wristband",
    "container": "bag",
    "cassette": "cassette",
    "shipper": "shipper",
    "seal": "seal",
    "logger": "logger",
    "location": "location",
    "equipment": "equipment",
    "kit": "kit",
    "band": "band",
}
OF_KIND: dict[str, Symbol] = {"intermediate": "vessel", "sample": "sample"}


def symbol(slot: Slot) -> Symbol:
    """Return the pictogram of what a slot wants."""
    return OF_KIND.get(slot.kind or "", SYMBOLS.get(slot.klass, "code")) if slot.klass == "container" else SYMBOLS.get(
        slot.klass, "code"
    )  # fmt: skip


def slot_name(slot: Slot) -> str:
    """Return the heading of a slot."""
    return str(
        {
            "wristband": _("Wristband"),
            "band": _("Hospital's own band"),
            "separator": _("Separator"),
            "bath": _("Thawing device"),
            "kit": _("Kit"),
            "bag": _("Bag"),
            "shipper": _("Shipper"),
            "logger": _("Data logger"),
            "seal": _("Seal"),
            "bench": _("Bench"),
            "suite": _("Suite"),
            "place": _("Place"),
            "freezer": _("Freezer place"),
            "vessel": _("Vessel"),
            "source": _("Vessel (source)"),
            "target": _("Vessel (destination)"),
            "sample": _("Sample"),
            "cassette": _("Cassette"),
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
            "FINISHED": _("filled, not frozen"),
            "QC_PENDING": _("waits for release"),
            "RELEASED": _("released"),
            "IN_TRANSIT_TO_SITE": _("on the way to the hospital"),
            "RECEIVED_AT_SITE": _("received at the hospital"),
            "STORED_AT_SITE": _("stored at the hospital"),
            "READY_FOR_INFUSION": _("patient ready"),
            "THAWING": _("thawed"),
            "INFUSING": _("being infused"),
            "INFUSED": _("infused"),
            "PARTIAL": _("infused in part"),
            "RECONCILED": _("closed"),
            "MANUFACTURING_FAILED": _("manufacture failed"),
            "REJECTED": _("rejected"),
            "LOST": _("lost"),
            "CANCELLED": _("cancelled"),
            "WITHDRAWN": _("patient withdrew"),
            "DECEASED": _("patient died"),
            "DESTROYED": _("destroyed"),
        }.get(name, name.replace("_", " ").lower())
    )


def stopped(name: str) -> tuple[str, str]:
    """Return what a state beside the road means, and what comes next; empty for a state of the road."""
    told = {
        "MANUFACTURING_FAILED": (
            _("The batch failed."),
            _("Make it again from a bag that was kept, collect from the patient again, or cancel the order."),
        ),
        "REJECTED": (
            _("The product was rejected."),
            _("Make it again from a bag that was kept, collect from the patient again, or cancel the order."),
        ),
        "LOST": (
            _("The shipment is lost, and its containers are on hold; or every bag of the dose was given up."),
            _(
                "Search for a shipment with the courier. Who finds it scans shipper and seal; quality then judges "
                "before it goes on. What was given up is destroyed before a witness where it turns up."
            ),
        ),
        "CANCELLED": (_("The order was cancelled."), _("Give every container its end, then close the order.")),
        "WITHDRAWN": (_("The patient withdrew."), _("Give every container its end, then close the order.")),
        "DECEASED": (_("The patient has died."), _("Give every container its end, then close the order.")),
        "DESTROYED": (
            _("Nothing of the product is left."),
            _("Collect from the patient again, or cancel and close the order."),
        ),
        "PARTIAL": (_("Only a part of the dose was given."), _("Give every container its end, then close the order.")),
    }
    what, then = told.get(name, ("", ""))
    return str(what), str(then)


def kind(name: str) -> str:
    """Return the kind of a container in words."""
    return str(
        {
            "starting_material": _("collected cells"),
            "intermediate": _("process vessel"),
            "drug_product": _("product bag"),
            "sample": _("sample"),
        }.get(name, name)
    )


def container_state(name: str) -> str:
    """Return a container's state in words."""
    return str(
        {
            "registered": _("labelled, empty"),
            "filling": _("being filled"),
            "collected": _("collected"),
            "sealed": _("sealed in its shipper"),
            "received": _("received"),
            "accepted": _("accepted"),
            "in_process": _("in process"),
            "stored": _("stored"),
            "retrieved": _("taken out, frozen"),
            "thawed": _("thawed"),
            "issued": _("at the ward"),
            "infusing": _("running"),
            "interrupted": _("stopped for now"),
            "consumed": _("used up"),
            "administered": _("given"),
            "partly_administered": _("given in part"),
            "destroyed": _("destroyed"),
            "returned": _("returned"),
            "tested": _("tested"),
        }.get(name, name.replace("_", " "))
    )


def choice(name: str) -> str:
    """Return what somebody can choose at a step, in words."""
    return str(
        {
            "in_range": _("in range the whole time"),
            "out_of_range": _("out of range"),
            "no_data": _("no data"),
            "pass": _("passed"),
            "fail": _("failed"),
            "may_start": _("conditioning may start"),
            "none_needed": _("none is given"),
            "not_acceptable": _("not acceptable"),
            "photo_document": _("document with a photograph"),
            "treating_physician": _("physician who treats the patient"),
            "system_down": _("the system was away"),
            "clock": _("the time after the thaw was running out"),
            "label": _("the label could not be read"),
            "tie_tag": _("tie tag on the same bag"),
            "cassette": _("cassette with unbroken custody"),
            "certificate": _("release certificate"),
            "biological": _("biological identity (blood group, HLA, STR)"),
            "order_stopped": _("the order was stopped"),
            "turned_up": _("it was given up as lost, and has turned up"),
            "patient_wish": _("the patient wishes it"),
            "late_result": _("a late result"),
            "out_of_specification": _("out of specification"),
        }.get(name, name.replace("_", " "))
    )


def role(name: str) -> str:
    """Return a role in words."""
    return role_words(name)


GROUPS = ("stop", "patient", "shipment", "batch", "bags", "return", "destroy")
"""The steps beside the road, in the order in which a page shows them."""


def group(name: str) -> str:
    """Return the heading of a group of steps beside the road."""
    return str(
        {
            "stop": _("Stop, interrupt, begin again"),
            "patient": _("The patient"),
            "shipment": _("The shipment"),
            "batch": _("The batch"),
            "bags": _("Bags and labels"),
            "return": _("Return"),
            "destroy": _("Destroy"),
        }.get(name, name)
    )


def alarm(kind_: str) -> str:
    """Return a clock of a shipment that has run out, in words."""
    return str(
        {
            "late_pick_up": _("offered, not picked up"),
            "late_in_transit": _("late on its way"),
            "not_received": _("delivered, not received"),
            "lost": _("missing: search now"),
            "hold_time": _("cold time of the shipper"),
            "not_verified": _("issued, not verified at the bedside"),
            "not_accepted": _("offered, not accepted"),
        }.get(kind_, kind_.replace("_", " "))
    )
