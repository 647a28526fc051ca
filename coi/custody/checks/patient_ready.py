"""May the patient be prepared, and may the cells be thawed? The points from which nothing leads back.

* No conditioning without cells (hazards.md R4).
* Thaw only when everything the next hour needs is green (hazards.md R3).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from coi.custody.checks.role import acting_as
from coi.custody.checks.values import is_date
from coi.custody.reasons import Reason
from coi.ledger.entry import moment

if TYPE_CHECKING:
    from coi.custody.asked import Asked

PREFLIGHT_MIN = 30
"""How old a preflight may be when the thaw begins, in minutes."""
AT_HAND = frozenset({"stored", "retrieved", "thawed", "issued", "received"})


def dose_complete(asked: Asked) -> tuple[Reason, ...]:
    """Demand every container of the certificate at the treatment site, none missing, none spoiled."""
    dose, site = asked.order.dose(), asked.order.site("treatment")
    there = [c for c in dose if c.state in AT_HAND and (c.custodian or "").split("/")[0] == site]
    if dose and len(there) == len(dose):
        return ()
    return (Reason("dose_incomplete", slot="drug_product", expected=f"{len(dose) or 1} here", seen=str(len(there))),)


def expires_after_infusion(asked: Asked) -> tuple[Reason, ...]:
    """Demand an expiry beyond the planned day of infusion; no day planned is not "any day"."""
    day = asked.order.fact("slot_infusion") or ""
    if not is_date(day):
        return (Reason("expires_first", slot="slot_infusion", expected="a planned day of infusion", seen="none"),)
    ends = moment(f"{day}T23:59:00.000000Z")
    return tuple(
        Reason("expires_first", slot=c.kind, expected=f"after {day}", seen=_day(c.expires))
        for c in asked.order.dose()
        if c.expires is None or c.expires < ends
    )


def _day(at: datetime | None) -> str:
    return "no expiry" if at is None else f"{at:%Y-%m-%d}"


def conditioned(asked: Asked) -> tuple[Reason, ...]:
    """Demand the signed word that conditioning may start, or that this product needs none."""
    if asked.order.fact("conditioning"):
        return ()
    return (Reason("not_conditioned", expected="lymphodepletion signed", seen="nothing"),)


def banded(asked: Asked) -> tuple[Reason, ...]:
    """Demand that two persons bound our wristband to the hospital's own, at the site that treats now (R6)."""
    if asked.order.fact("band"):
        return ()
    return (Reason("not_banded", slot="wristband", expected="a wristband bound by two persons here", seen="none"),)


def preflight(asked: Asked) -> tuple[Reason, ...]:
    """Judge, before anything thaws, that the whole window will be green.

    1. A bag of the dose was retrieved and waits.
    2. Its expiry lies beyond the window.
    3. Training of everybody who acts or signs counts until the window's end.
    """
    window = timedelta(minutes=asked.protocol.limits["thaw_to_infusion_min"] + PREFLIGHT_MIN)
    until = asked.at + window
    waiting = asked.order.next_bags()
    reasons: list[Reason] = []
    if not waiting:
        reasons.append(Reason("no_preflight", slot="drug_product", expected="a bag that waits for it", seen="none"))
    reasons += [
        Reason("expired", slot=held.kind, expected=f"after {until:%Y-%m-%d %H:%M} UTC", seen=_day(held.expires))
        for held in waiting
        if held.expires is None or held.expires <= until
    ]
    site, step = asked.order.site(asked.checkpoint.site), asked.checkpoint
    for person in dict.fromkeys((asked.by, *asked.facts.signers)):
        grant = acting_as(person, step.roles, site, asked.order.product, asked.at)
        if grant is None or grant.trained_until is None or grant.trained_until <= until:
            reasons.append(Reason("untrained", slot="preflight", expected="training for the whole window", seen="less"))
    return tuple(reasons)


def preflight_green(asked: Asked) -> tuple[Reason, ...]:
    """Demand that a bag may be thawed even if everything fails in the hour after it (hazards.md R3).

    1. A preflight of this very bag's turn, not older than half an hour.
    2. In production, that a station holds the lease of the bag: fetched before, it goes on without the server.
    """
    at, reasons = asked.order.fact("preflight"), []
    if not at or asked.at - moment(at) > timedelta(minutes=PREFLIGHT_MIN):
        reasons.append(Reason("no_preflight", expected=f"a preflight within {PREFLIGHT_MIN} min", seen=at or "none"))
    if asked.facts.unleased:
        reasons.append(Reason("no_lease", slot="product", expected="a station with the lease of this bag", seen="none"))
    return tuple(reasons)


def dose_together(asked: Asked) -> tuple[Reason, ...]:
    """Demand that all live bags of the certificate are moved together: half a dose does not travel."""
    dose = {held.id for held in asked.order.dose() if held.live}
    moved = {held.id for held in asked.containers()}
    if dose <= moved:
        return ()
    return (Reason("dose_incomplete", slot="drug_product", expected=f"{len(dose)} bags", seen=f"{len(dose & moved)}"),)


def one_thawed(asked: Asked) -> tuple[Reason, ...]:
    """Refuse to take up the next bag while another waits between thaw and infusion: its clock runs."""
    moved = {held.id for held in asked.containers()}
    others = [c for c in asked.order.dose() if c.state in {"thawed", "issued"} and c.id not in moved]
    return tuple(Reason("bag_waiting", slot=c.kind, expected="no other bag under way", seen=c.state) for c in others)


def leased(asked: Asked) -> tuple[Reason, ...]:
    """Refuse everybody but the station that has the exclusive lease of a bag in thaw (hazards.md R3 and 32)."""
    if not asked.facts.leased:
        return ()
    return (Reason("leased", slot="product", expected="the station that has the lease", seen="another station"),)
