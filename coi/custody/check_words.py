"""What is compared at a step, in one sentence each: as a reviewer of a protocol reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _

from coi.custody.checks import ALWAYS, NAMED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def named(name: str) -> str:
    """Return what a check that a protocol names compares; one without words by what it says of itself."""
    known = {**_identity(), **_places(), **_product(), **_bedside()}
    if name in known:
        return known[name]
    return first_line(NAMED[name]) if name in NAMED else name.replace("_", " ")


def always() -> tuple[str, ...]:
    """Return what is judged at every step, whatever a protocol says, in the order in which it is judged."""
    known = {
        "order_of_steps": _("The order stands where this step happens, and the steps before it are done."),
        "role": _("Who acts has the role at this site, with training that counts, at a qualified station."),
        "assurance": _("Each code was really scanned, here and now: not typed, not pasted."),
        "same_order": _("Everything scanned is of this one order, and everything the step wants is scanned."),
        "piece_alive": _("Each label is alive: not dead, and on the thing it was printed for."),
        "travel": _("No label was scanned at another site a moment ago."),
        "container_state": _("Each container is in a state in which this step may happen to it."),
        "custody_here": _("The cells are in the custody of the place that works on them."),
        "hold": _("No open hold stops what is moved."),
        "expiry": _("Nothing that is moved has expired at this moment."),
        "values": _("Everything asked for is stated, in its range."),
        "spoken": _("The name and birth date that the patient speaks are those in the vault."),
        "tails": _("What each person keyed from wristband and bag is the end of this order's identity."),
        "leased": _("A bag in thaw belongs to the one station that has its lease."),
        "printable": _("Every label that it prints has an approved template in force."),
        "articles": _("Collected bags are not numbered as articles of the product that is made of them."),
        "two_persons": _("The signatures are of different persons with the right roles."),
    }
    names = [(check.__module__.rpartition(".")[2], check.__name__, check) for check in ALWAYS]
    return tuple(
        str(known.get(module if name == "check" else name) or first_line(check)) for module, name, check in names
    )


def first_line(check: Callable[..., object]) -> str:
    """Return what a check says of itself."""
    return (check.__doc__ or check.__module__).strip().splitlines()[0]


def _identity() -> Mapping[str, str]:
    return {
        "both_symbols": str(_("Square code and bar code are of the same label.")),
        "replaces_dead": str(_("The label stands for one that is dead.")),
        "identity_keyed_twice": str(_("Two persons keyed the same label blind, and it is one of this order's.")),
        "missing_named": str(_("The label that is named is of something of this order that lies in the house.")),
        "in_cassette": str(_("The cassette's label names the bag that is in it.")),
        "window": str(_("The scans at the patient lie close together in time.")),
        "labels_used": str(_("Every label printed for the line is on its container, or destroyed.")),
        "all_accounted": str(_("Every container has its end, every printed label is accounted for.")),
    }


def _places() -> Mapping[str, str]:
    return {
        "equipment": str(_("The shipper, place or machine is registered, qualified and of this site.")),
        "stored_here": str(_("The container lies at the place that was scanned.")),
        "one_order_in_suite": str(_("No other order is open in the suite.")),
        "machine_free": str(_("No other order's collection is open at the machine.")),
        "same_machine": str(_("It is the machine at which the collection began.")),
        "bench_free": str(_("No other order is being packed at the bench.")),
        "at_bench": str(_("This order's own packing session is open at a bench.")),
        "pack_window": str(_("Bag, shipper and seal are scanned in one movement of the hands.")),
        "manifest": str(_("Shipper, seal and contents are those of the shipment under way.")),
        "fresh_shipment": str(_("Shipper and seal are free: no open shipment, no used seal.")),
        "no_open_offer": str(_("Custody is not offered to anybody else.")),
        "offered_to_us": str(_("Custody was offered to this place, by another person.")),
        "condition": str(_("The temperature record shows that the range was kept.")),
        "trace_read": str(_("The logger's own record was read, and is in range over the whole way.")),
        "nothing_under_way": str(_("Nothing of the order is packed or held out to somebody.")),
        "slots_in_order": str(_("The booked days follow each other.")),
        "site_may_change": str(_("The other site treats, and no material lies at the one before.")),
    }


def _product() -> Mapping[str, str]:
    return {
        "certificate": str(_("The release certificate in force names exactly this container.")),
        "not_executor": str(_("Who releases did not make or test the batch.")),
        "qc_passed": str(_("Quality control passed.")),
        "samples_tested": str(_("The result stands on tested samples of this lot.")),
        "this_lot": str(_("What is used was made and labelled for this lot, not for one that failed before.")),
        "sample_of_lot": str(_("The sample is of this very lot.")),
        "lot_out_of_specification": str(_("Everybody who must has agreed to use a lot that did not pass.")),
        "expires_after_infusion": str(_("The product lasts beyond the planned day of infusion.")),
    }


def _bedside() -> Mapping[str, str]:
    return {
        "banded": str(_("Two persons bound our wristband to the hospital's own, at the site that treats now.")),
        "conditioned": str(_("A physician signed that conditioning may start, or that none is needed.")),
        "dose_complete": str(_("Every container of the certificate is here, none spoiled.")),
        "dose_together": str(_("All live bags of the certificate move together.")),
        "one_thawed": str(_("No other bag waits between thaw and infusion.")),
        "preflight": str(_("Everything that the next hour needs is green before anything thaws.")),
        "preflight_green": str(_("The preflight of this bag was green, at most half an hour ago.")),
        "thaw_clock": str(_("The time after the thaw is not over.")),
    }
