"""Orders, holds and entries as pages show them: views drawn from what the rooms know, nothing decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _

from coi import ledger, people
from coi.custody import effects, order_beside, order_boxes, order_notes, station_screen, steps, store, tasks, words
from coi.custody import protocol_register as protocols
from coi.custody import thing_words as things
from coi.custody.ledger_views import LedgerLine
from coi.custody.order_views import CustodyView, HoldView, MilestoneView, OrderLine, OrderView
from coi.errors import Unknown
from coi.quality import store as quality

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.custody.order import Order
    from coi.custody.protocol import Checkpoint
    from coi.ledger.entry import Entry
    from coi.person import Person
    from coi.quality.holds import Hold

SEE_ALL = ("inspector", "system_admin")
"""Roles that may look at every order of the installation."""


def may_see(person: Person, order: Order) -> bool:
    """Tell whether *person* works at a site of the order, or may look at all."""
    return bool(set(person.sites()) & set(dict(order.sites).values())) or sees_all(person)


def sees_all(person: Person) -> bool:
    """Tell whether *person* may look at every order."""
    return any(grant.role in SEE_ALL for grant in person.grants)


def seen_by(session: Session, person: Person, name: str) -> Order:
    """Return an order that *person* may see.

    Raises:
        Unknown: There is none, or it is not this person's; both in the same words.
    """
    try:
        order = store.load(session, name)
    except Unknown:
        order = None
    if order is None or not may_see(person, order):
        raise Unknown("Expected an order of one of your sites, seen none of that number.")
    return order


def visible(session: Session, person: Person) -> tuple[Order, ...]:
    """Return every order that *person* may see, the newest first."""
    sites = tuple(site.id for site in people.sites(session)) if sees_all(person) else person.sites()
    return store.at_sites(session, sites, open_only=False)


def lines(session: Session, person: Person) -> tuple[OrderLine, ...]:
    """Return the list of orders: open ones first, the soonest deadline first."""
    found = [_line(session, order) for order in visible(session, person)]
    return tuple(sorted(found, key=lambda one: (one.closed, one.due is None, one.due or one.since)))


def _line(session: Session, order: Order) -> OrderLine:
    protocol = protocols.pinned(order.protocol_sha256)
    dues = [tasks.due(order, step, protocol) for step in steps.open_for(protocol, order)]
    held = any(hold.is_open for hold in quality.of_order(session, order.id))
    return OrderLine(
        coi=order.coi or order.id,
        order=words.order_for_eyes(order),
        product=protocol.product["name"],
        state=things.state(order.state),
        where=_where(session, order),
        since=order.done[-1].at if order.done else order.opened_at,
        due=min(dues) if dues else None,
        hold=held,
        refusals=order.refused,
        closed=order.state == "RECONCILED",
    )


def _where(session: Session, order: Order) -> str:
    """Return where the cells are: every custody point that holds a live container."""
    points = [order_boxes.place(session, point) for point in order.custodians()]
    if points:
        return str(_(" and ")).join(points)
    return str(_("nothing left") if any(not held.live for held in order.containers) else _("not collected yet"))


def order_view(session: Session, person: Person, order: Order, at: datetime, site: str = "") -> OrderView:
    """Return one order whole, for a person who works at *site* now."""
    protocol = protocols.pinned(order.protocol_sha256)
    entries = ledger.entries(session, order.chain)
    holds = quality.of_order(session, order.id)
    held = any(hold.is_open for hold in holds)
    mine = tasks.of_order(order, person, held=held)
    head = ledger.head(session, order.chain)
    return OrderView(
        coi=order.coi or order.id,
        order=words.order_for_eyes(order),
        product=protocol.product["name"],
        protocol=order.protocol,
        state=things.state(order.state),
        chain=order.chain,
        head=head.seq,
        head_hash=head.hash,
        closed=order.state == "RECONCILED",
        facts=_facts(session, order),
        flags=_flags(order, held=held, at=at),
        notes=order_notes.notes(order),
        road=tuple(_stop(session, order, step, entries) for step in protocol.checkpoints if _on_the_road(order, step)),
        custody=_custody(session, order, entries),
        containers=order_boxes.containers(session, order, holds, entries),
        genealogy=order_boxes.genealogy(session, order),
        dose=order_boxes.dose(order),
        offers=order_beside.offers(session, order, person, site),
        shipments=order_beside.shipments(session, order, at),
        beside=order_beside.groups(session, order, person, site),
        entries=tuple(ledger_line(session, entry) for entry in reversed(entries)),
        holds=tuple(hold_view(session, hold, order) for hold in holds),
        tasks=tuple(station_screen.task(session, one) for one in mine),
    )


def hold_view(session: Session, hold: Hold, order: Order) -> HoldView:
    """Return one hold."""
    bags = {held.id: held for held in order.containers}
    scope = ", ".join(order_boxes.bag(session, bags[name], order) for name in hold.containers if name in bags)
    lifted = [
        entry
        for entry in (ledger.entries(session, order.chain) if hold.lifted_at else ())
        if entry.type == "hold.lifted" and entry.stmt["hold"] == hold.id
    ]
    return HoldView(
        id=hold.id,
        coi=order.coi or order.id,
        order=words.order_for_eyes(order),
        scope=scope or str(_("the whole order")),
        reason=words.reason(hold.reason),
        placed_at=hold.placed_at,
        placed_by=people.name_of(session, hold.site),
        owner=str(_("Quality at %(site)s", site=people.name_of(session, order.site("manufacturing")))),
        contact=str(_(hold.way_out)),
        lifted_at=hold.lifted_at,
        lifted_by=tuple(people.name_of(session, str(one["person"])) for entry in lifted for one in entry.sig),
    )


def ledger_line(session: Session, entry: Entry) -> LedgerLine:
    """Return one entry as a line."""
    stmt: Mapping[str, Any] = entry.stmt
    outcome = str(stmt.get("outcome", "noted"))
    return LedgerLine(
        chain=entry.chain,
        seq=entry.seq,
        type=entry.type,
        title=words.entry_title(entry.type, station_screen.order_titles()),
        at=entry.at,
        by=people.name_of(session, str(stmt.get("actor", ""))),
        site=people.name_of(session, str(stmt["site"])) if stmt.get("site") else "",
        outcome="blocked" if outcome == "blocked" else "noted" if outcome == "noted" else "accepted",
        hash=entry.hash,
        prev=entry.prev,
        reasons=tuple(dict.fromkeys(words.reason(one["code"]) for one in stmt.get("reasons", ()))),
        signers=tuple(people.name_of(session, str(one["person"])) for one in entry.sig),
    )


def _facts(session: Session, order: Order) -> tuple[tuple[str, str], ...]:
    parts = {
        "collection": _("Collection"),
        "manufacturing": _("Manufacturing"),
        "treatment": _("Treatment"),
        "courier": _("Courier"),
        "depot": _("Depot"),
    }
    sites = dict(order.sites)
    rows = [(str(words_), people.name_of(session, sites[part])) for part, words_ in parts.items() if sites.get(part)]
    rows += [(str(_("Patient")), order.patient), (str(_("Protocol")), order.protocol)]
    rows += [_collected(session, order), (str(_("Lot")), order.lot or str(_("none yet")))]
    planned = order.fact("slot_infusion")
    if planned:
        rows.append((str(_("Planned infusion")), planned))
    if order.certificate is not None:
        rows.append((str(_("Release certificate")), order.certificate.id))
    return tuple(rows)


def _collected(session: Session, order: Order) -> tuple[str, str]:
    """Return the number that stands for what was collected, under the scheme of its labels, or what it will be."""
    bags = order.of_kind("starting_material")
    for name, said in (("din", _("Donation number")), ("gtin", _("Article number of the bags"))):
        known = next((held.key(name) for held in bags if held.key(name)), None)
        if known is not None:
            return str(said), known
    scheme = effects.scheme_of(order.coi, people.site(session, order.site("collection")).scheme)
    if bags or scheme == "plain":
        return str(_("Collected under")), str(_("the chain of identity alone"))
    waits = {"isbt128": _("Donation number"), "gs1": _("Article number of the bags")}
    return str(waits[scheme]), str(_("none yet"))


def _flags(order: Order, *, held: bool, at: datetime) -> tuple[str, ...]:
    flags = [str(_("on hold"))] if held else []
    live = [held for held in order.containers if held.live]
    if any(one.expires is not None and one.expires <= at for one in live):
        flags.append(str(_("expired")))
    return tuple(flags)


def _on_the_road(order: Order, step: Checkpoint) -> bool:
    """Say whether the page's road shows a step: every step of the road, and one beside it that was done or refused."""
    return not step.side or order.did(step.id) is not None


def _stop(session: Session, order: Order, step: Checkpoint, entries: Sequence[Entry]) -> MilestoneView:
    """Return one stop of the road, with what was refused there."""
    done = order.did(step.id)
    refused = [e for e in entries if e.type == f"custody.{step.id}" and e.stmt.get("outcome") == "blocked"]
    note = ""
    if refused:
        reasons: Any = refused[-1].stmt["reasons"]
        why = words.reason(words.first([one["code"] for one in reasons]))
        note = str(_("refused %(times)s×: %(why)s", times=len(refused), why=why))
    title = str(_(step.title))
    if done is not None:
        by = " + ".join(people.name_of(session, person) for person in done.persons)
        site = people.name_of(session, order.site(step.site))
        return MilestoneView(step.handoff, title, "done", done.at, by, site, done.seq, note)
    is_next = steps.is_next(step, order)
    return MilestoneView(step.handoff, title, "now" if is_next else "ahead", note=note)


def _custody(session: Session, order: Order, entries: Sequence[Entry]) -> tuple[CustodyView, ...]:
    """Return who has had which cells, from the entries' own effects; whoever has some now comes first."""
    taken: list[tuple[str, tuple[str, ...], Entry]] = []
    newest: dict[str, int] = {}
    for entry in entries:
        effects: Any = entry.stmt.get("effects", ())
        for effect in effects:
            for point, containers in _given(effect):
                newest |= dict.fromkeys(containers, len(taken))
                taken.append((point, containers, entry))
    live = {held.id for held in order.containers if held.live}
    found = []
    for number, (point, moved, entry) in enumerate(taken):
        kept = [name for name in moved if newest[name] == number]
        later = [other.at for _point, others, other in taken[number + 1 :] if set(others) & set(moved)]
        site, _slash, unit = point.partition("/")
        found.append(
            CustodyView(
                custodian=people.name_of(session, site),
                unit=unit,
                person=people.name_of(session, str(entry.stmt["actor"])),
                what=_bags(order, moved),
                since=entry.at,
                until=None if kept else max(later),
                now=any(name in live for name in kept),
                seq=entry.seq,
            )
        )
    found.reverse()
    return tuple(sorted(found, key=lambda keeper: not keeper.now))


def _given(effect: Mapping[str, Any]) -> list[tuple[str, tuple[str, ...]]]:
    """Return to whom an effect gives custody, and of what: by taking it, or of what is made where one works."""
    match effect:
        case {"do": "custody", "to": to, "containers": containers}:
            return [(str(to), tuple(containers))]
        case {"do": "register", "custodian": str(to), "container": container}:
            return [(to, (container,))]
        case _:
            return []


def _bags(order: Order, names: Sequence[str]) -> str:
    """Say how many containers of which kind."""
    kinds: dict[str, int] = {}
    for name in names:
        held = order.container(name)
        if held is not None:
            kinds[held.kind] = kinds.get(held.kind, 0) + 1
    return ", ".join(f"{count} × {things.kind(kind)}" for kind, count in kinds.items())
