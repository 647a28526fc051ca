"""Orders, holds and entries as pages show them: views drawn from what the rooms know, nothing decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _

from coi import ledger, people
from coi.custody import protocol as protocols
from coi.custody import station_screen, steps, store, tasks, words
from coi.custody.views import (
    ContainerView,
    CustodyView,
    HoldView,
    LedgerLine,
    MilestoneView,
    OrderLine,
    OrderView,
    PieceView,
)
from coi.errors import Unknown
from coi.labelling import store as labelling
from coi.quality import store as quality

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.custody.order import Container, Order
    from coi.custody.protocol import Checkpoint
    from coi.labelling.pieces import Piece
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
        state=words.state(order.state),
        where=_place(session, order.custodian) if order.custodian else str(_("not collected yet")),
        since=order.done[-1].at if order.done else order.opened_at,
        due=min(dues) if dues else None,
        hold=held,
        refusals=order.refused,
        closed=order.state == "RECONCILED",
    )


def order_view(session: Session, person: Person, order: Order, at: datetime) -> OrderView:
    """Return one order whole."""
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
        state=words.state(order.state),
        chain=order.chain,
        head=head.seq,
        head_hash=head.hash,
        closed=order.state == "RECONCILED",
        facts=_facts(session, order),
        flags=_flags(order, held=held, at=at),
        road=tuple(_stop(session, order, step, entries) for step in protocol.checkpoints),
        custody=_custody(session, order, entries),
        containers=_containers(session, order, holds, entries),
        entries=tuple(ledger_line(session, entry) for entry in reversed(entries)),
        holds=tuple(hold_view(session, hold, order) for hold in holds),
        tasks=tuple(station_screen.task(session, one) for one in mine),
    )


def hold_view(session: Session, hold: Hold, order: Order) -> HoldView:
    """Return one hold."""
    bags = {held.id: held for held in order.containers}
    scope = ", ".join(bag(session, bags[name], order) for name in hold.containers if name in bags)
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


def _place(session: Session, point: str) -> str:
    """Return a custody point in words: the site, and the unit where it has one."""
    site, _slash, unit = point.partition("/")
    return people.name_of(session, site) + (f" · {unit}" if unit else "")


def _facts(session: Session, order: Order) -> tuple[tuple[str, str], ...]:
    parts = {
        "collection": _("Collection"),
        "manufacturing": _("Manufacturing"),
        "treatment": _("Treatment"),
        "courier": _("Courier"),
    }
    rows = [(str(parts[part]), people.name_of(session, order.site(part))) for part in parts]
    rows += [(str(_("Patient")), order.patient), (str(_("Protocol")), order.protocol)]
    din = next((held.key("din") for held in order.containers if held.key("din")), None)
    rows += [(str(_("Donation number")), din or str(_("none yet"))), (str(_("Lot")), order.lot or str(_("none yet")))]
    if order.certificate is not None:
        rows.append((str(_("Release certificate")), order.certificate.id))
    return tuple(rows)


def _flags(order: Order, *, held: bool, at: datetime) -> tuple[str, ...]:
    flags = [str(_("on hold"))] if held else []
    live = [held for held in order.containers if held.state not in {"consumed", "administered"}]
    if any(one.expires is not None and one.expires <= at for one in live):
        flags.append(str(_("expired")))
    return tuple(flags)


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
    """Return who had the cells, from the entries' own effects; the present custodian first."""
    taken: list[tuple[str, Entry]] = []
    for entry in entries:
        effects: Any = entry.stmt.get("effects", ())
        taken += [(str(effect["to"]), entry) for effect in effects if effect["do"] == "custody"]
    found = []
    for number, (point, entry) in enumerate(taken):
        site, _slash, unit = point.partition("/")
        until = taken[number + 1][1].at if number + 1 < len(taken) else None
        offer = order.offer if until is None else None
        found.append(
            CustodyView(
                custodian=people.name_of(session, site),
                unit=unit,
                person=people.name_of(session, str(entry.stmt["actor"])),
                since=entry.at,
                until=until,
                seq=entry.seq,
                offered_to=_place(session, offer.to) if offer else "",
            )
        )
    return tuple(reversed(found))


def _containers(
    session: Session, order: Order, holds: Sequence[Hold], entries: Sequence[Entry]
) -> tuple[ContainerView, ...]:
    """Return the order's containers with their labels, and the wristband as the first."""
    printed = {str(entry.stmt["piece"]): entry.at for entry in entries if entry.type == "label.printed"}
    pieces = labelling.of_order(session, order.id)
    blocked = {name for hold in holds if hold.is_open for name in hold.containers}
    whole = any(hold.is_open and not hold.containers for hold in holds)
    boxes = [
        ContainerView(
            human=bag(session, held, order),
            kind=words.kind(held.kind),
            state=held.state.replace("_", " "),
            place=people.name_of(session, held.location) if held.location else "",
            expires=held.expires,
            hold=str(_("on hold")) if whole or held.id in blocked else "",
            pieces=_pieces(pieces, held.id, printed),
        )
        for held in order.containers
    ]
    bands = _pieces(pieces, None, printed)
    if bands:
        boxes.insert(0, ContainerView(str(_("Wristband")), str(_("on the patient")), bands[0].state, pieces=bands))
    return tuple(boxes)


def _pieces(pieces: Sequence[Piece], container: str | None, printed: Mapping[str, datetime]) -> tuple[PieceView, ...]:
    order = {"applied": 0, "printed": 1, "intended": 2}
    mine = sorted((p for p in pieces if p.container == container), key=lambda p: order.get(p.state, 9))
    return tuple(
        PieceView(
            human=words.piece_for_eyes(piece.id),
            role=piece.design.replace("_", " "),
            state=piece.state,
            printed=printed.get(piece.id),
            copy=2 if piece.replaces else 1,
            alive=piece.alive,
            id=piece.id,
        )
        for piece in mine
    )


def bag(session: Session, held: Container, order: Order) -> str:
    """Return what people call a container: the number on its label, else the piece that it wears."""
    worn = [p for p in labelling.of_order(session, order.id) if p.container == held.id and p.state == "applied"]
    if worn:
        return words.piece_for_eyes(worn[0].id)
    return held.key("din") or held.key("serial") or held.id
