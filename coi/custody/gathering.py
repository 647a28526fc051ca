"""What must be known before a step is judged? Every fact is loaded here, under the lock; the rules look nothing up."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from coi import ledger, people, settings
from coi.custody import lease_store, numbers, orders, reading, sightings, store
from coi.custody.asked import Asked, Facts
from coi.custody.effects import NEEDS_FRESH, bag_scheme, count_of, numbered
from coi.custody.protocol import COMPARED
from coi.labelling import actions as labelling
from coi.labelling import store as pieces
from coi.labelling import template_store
from coi.quality import store as quality
from coi.shipping import store as shipping
from coi.shipping import trace_store, traces

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.custody.asked import Item
    from coi.custody.deed import Deed
    from coi.custody.order import Order
    from coi.custody.orders import PatientFacts
    from coi.custody.protocol import Checkpoint, Protocol
    from coi.custody.reading import Scanned


def stated(
    session: Session,
    deed: Deed,
    order: Order,
    step: Checkpoint,
    values: Mapping[str, str],
    patient: PatientFacts | None,
) -> dict[str, str]:
    """Return the values with every vault comparison answered by us; a client's own answer to one is dropped."""
    compared = {value.name: value for value in step.values if value.type in COMPARED}
    said = {name: text for name, text in values.items() if name not in compared}
    for name, value in compared.items():
        if value.type == "spoken" and values.get(name) == "cannot_speak":
            said[name] = "cannot_speak"
        elif patient is not None and value.type == "spoken":
            twins = store.has_twin(session, order.id)
            said[name] = "yes" if orders.spoken_agrees(session, deed, order, patient, third=twins) else "no"
        elif patient is not None:
            said[name] = "yes" if orders.identity_agrees(session, deed, order, patient) else "no"
    return said


def ask(
    session: Session,
    deed: Deed,
    order: Order,
    protocol: Protocol,
    step: Checkpoint,
    scans: Sequence[Scanned],
    values: Mapping[str, str],
) -> Asked:
    """Return the question as it stands now: what was scanned, made sense of, and every fact that the rules look at."""
    items = tuple(reading.make_sense(session, order, scan) for scan in scans)
    codes = {
        klass: tuple(item.code for item in items if item.klass == klass and item.code)
        for klass in ("seal", "shipper", "location")
    }
    collecting = people.site(session, order.site("collection"))
    facts = Facts(
        items=items,
        holds=quality.of_order(session, order.id),
        pieces=pieces.of_order(session, order.id),
        values=dict(values),
        used_seals=shipping.used_seals(session, codes["seal"]) if codes["seal"] else frozenset(),
        busy_shippers=shipping.busy_shippers(session, codes["shipper"]) if codes["shipper"] else frozenset(),
        suites=store.suites(session, codes["location"]) if codes["location"] else {},
        claims=_claims(session, order, items),
        conditions={
            one.id: traces.verdict_of(session, one.id, one.received_at or deed.at)
            for one in order.shipments
            if one.logger and trace_store.of_shipment(session, one.id)
        },
        known_sites=_sites(session, step),
        twins=step.patient_card and store.has_twin(session, order.id),
        unprintable=_unprintable(session, deed, step),
        leased=_leased(session, deed, items),
        lent=lent(session, order, deed.at) if "missing_named" in step.checks else frozenset(),
        unleased="preflight_green" in step.checks and _unleased(session, deed, items),
        may_type=step.id in settings.of(session).typed_at,
        sightings=_sightings(session, items),
        hurried=ledger.installation(session).purpose != "production",
        device_site=deed.device_site,
        device_state=deed.device_state,
        site=deed.site,
        zone=people.site(session, order.site(step.site)).zone,
        scheme=collecting.scheme,
        gtin=collecting.gtin or "",
    )
    return Asked(step, order, protocol, facts, deed.by, deed.at)


def _claims(session: Session, order: Order, items: Sequence[Item]) -> dict[str, str]:
    """Return which order has the benches and machines that were scanned, and the bench where this one is packed."""
    names = {"location": "bench", "equipment": "machine"}
    scanned = {f"{names[item.klass]} {item.code}" for item in items if item.klass in names}
    bench = order.fact("bench")
    things = scanned | ({f"bench {bench}"} if bench else set())
    return store.claims(session, tuple(sorted(things))) if things else {}


def _sightings(session: Session, items: Sequence[Item]) -> dict[str, tuple[str, datetime]]:
    """Return where the order's own labels that were scanned here had been scanned before."""
    pieces = {item.piece.id for item in items if item.piece is not None and item.whose == "own"}
    return sightings.of(session, pieces) if pieces else {}


def _sites(session: Session, step: Checkpoint) -> dict[str, str]:
    """Return the installation's sites with their kinds, where a step asks for one."""
    if not any(value.type == "site" for value in step.values):
        return {}
    return {site.id: site.kind for site in people.sites(session)}


def _unprintable(session: Session, deed: Deed, step: Checkpoint) -> tuple[str, ...]:
    """Return the labels that a step prints and for which no template is in force; altered text is none."""
    designs = [str(effect["design"]) for effect in step.effects if effect["do"] == "print"]
    return tuple(design for design in designs if template_store.for_design(session, design, deed.site, deed.at) is None)


def _leased(session: Session, deed: Deed, items: Sequence[Item]) -> str:
    """Return the other station that holds a bag scanned here, or nothing."""
    for item in items:
        if item.container is not None:
            lease = lease_store.live(session, item.container.id, deed.at)
            if lease is not None and lease.device != deed.device:
                return lease.device
    return ""


def lent(session: Session, order: Order, at: datetime) -> frozenset[str]:
    """Return the order's containers with a live lease: a station may be giving one right now, and out of our reach."""
    return frozenset(held.id for held in order.containers if lease_store.live(session, held.id, at) is not None)


def _unleased(session: Session, deed: Deed, items: Sequence[Item]) -> bool:
    """Say whether a bag scanned here has no lease; asked in production alone, where cells are a patient's (R3)."""
    if ledger.installation(session).purpose != "production":
        return False
    bags = {item.container.id for item in items if item.whose == "own" and item.container is not None}
    return any(lease_store.live(session, bag, deed.at) is None for bag in bags)


def fresh(session: Session, step: Checkpoint, asked: Asked, *, decided: bool) -> dict[str, str]:
    """Allocate the identifiers that the effects want: only once the answer is yes.

    So that no refusal burns a number.
    """
    wanted = {name: name for plan in step.effects for name in NEEDS_FRESH.get(plan["do"], ())}
    if bag_scheme(asked) != "isbt128":
        wanted.pop("din", None)
    for plan in step.effects:
        if plan["do"] == "register":
            more = range(2, count_of(asked, plan) + 1)
            wanted |= {numbered(name, n): name for n in more for name in ("container", "serial")}
    if not decided:
        return dict.fromkeys(wanted, "")
    makers: dict[str, Callable[[], str]] = {
        "coi": lambda: numbers.chain_of_identity(session, asked.order.site("collection"), asked.at),
        "din": lambda: numbers.donation(session, asked.order.site("collection"), asked.at),
        "lot": lambda: f"L{asked.at:%y%m}-{store.take_number(session, f'lot {asked.at:%y%m}'):05d}",
        "container": lambda: f"C-{labelling.new_piece()}",
        "serial": lambda: f"S{secrets.randbelow(10**10):010d}",
        "shipment": lambda: f"SH-{secrets.token_hex(6)}",
        "certificate": lambda: f"RC-{asked.at:%Y}-{store.take_number(session, f'certificate {asked.at:%Y}'):05d}",
    }
    return {name: makers[wanted[name]]() for name in sorted(wanted)}
