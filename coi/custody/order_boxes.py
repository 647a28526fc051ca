"""The containers of an order as its page shows them: what each is called, where it is, what became of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from flask_babel import gettext as _

from coi import people
from coi.custody import protocol_register as protocols
from coi.custody import thing_words as things
from coi.custody import words
from coi.custody.order_views import ContainerView, DoseView, Node, PieceView
from coi.equipment import store as equipment
from coi.labelling import store as labelling
from coi.labelling.reconcile import nth_copy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.custody.order import Container, Order
    from coi.custody.thing_words import Symbol
    from coi.labelling.pieces import Piece
    from coi.ledger.entry import Entry
    from coi.quality.holds import Hold

GIVEN = frozenset({"administered", "partly_administered"})
SYMBOLS: Mapping[str, Symbol] = {"intermediate": "vessel", "sample": "sample"}


def containers(
    session: Session, order: Order, holds: Sequence[Hold], entries: Sequence[Entry]
) -> tuple[ContainerView, ...]:
    """Return the order's containers with their labels, and the wristband as the first."""
    printed = {str(entry.stmt["piece"]): entry.at for entry in entries if entry.type == "label.printed"}
    pieces = labelling.of_order(session, order.id)
    blocked = {name for hold in holds if hold.is_open for name in hold.containers}
    whole = any(hold.is_open and not hold.containers for hold in holds)
    thaw = timedelta(minutes=protocols.pinned(order.protocol_sha256).limits["thaw_to_infusion_min"])
    boxes = [
        ContainerView(
            human=bag(session, held, order),
            kind=things.kind(held.kind),
            state=things.container_state(held.state),
            symbol=SYMBOLS.get(held.kind, "bag"),
            custodian=place(session, held.custodian) if held.custodian else "",
            place=called(session, held.location) if held.location else "",
            expires=held.expires,
            thaw_ends=held.thaw_began + thaw if held.thaw_began is not None and held.live else None,
            hold=str(_("on hold")) if whole or held.id in blocked else "",
            live=held.live,
            pieces=_pieces(pieces, held.id, printed),
        )
        for held in order.containers
    ]
    bands = _pieces(pieces, None, printed)
    if bands:
        band = str(_("Wristband"))
        boxes.insert(0, ContainerView(band, str(_("on the patient")), bands[0].state, symbol="wristband", pieces=bands))
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
            copy=nth_copy(piece, pieces),
            alive=piece.alive,
            id=piece.id,
        )
        for piece in mine
    )


def genealogy(session: Session, order: Order) -> tuple[Node, ...]:
    """Return what was made of what: each container once, beneath its first parent."""
    names = {held.id: bag(session, held, order) for held in order.containers}

    def node(held: Container) -> Node:
        made = [other for other in order.containers if other.parents[:1] == (held.id,)]
        return Node(
            human=names[held.id],
            kind=things.kind(held.kind),
            state=things.container_state(held.state),
            symbol=SYMBOLS.get(held.kind, "bag"),
            also=tuple(names[parent] for parent in dict.fromkeys(held.parents[1:]) if parent != held.parents[0]),
            made=tuple(node(other) for other in made),
        )

    return tuple(node(held) for held in order.containers if not held.parents)


def dose(order: Order) -> DoseView | None:
    """Return how much of the dose has been given, once a certificate says what the dose is."""
    bags = order.dose()
    if order.certificate is None or not bags:
        return None
    return DoseView(sum(held.state in GIVEN for held in bags), len(bags), order.certificate.id)


def bag(session: Session, held: Container, order: Order) -> str:
    """Return what people call a container: the number on its label, else the piece that it wears."""
    worn = [
        piece
        for piece in labelling.of_order(session, order.id)
        if piece.container == held.id and piece.state == "applied" and piece.role == "container"
    ]
    if worn:
        return words.piece_for_eyes(worn[0].id)
    return held.key("serial") or held.key("din") or held.id


def called(session: Session, code: str) -> str:
    """Return what people call a thing of the house; its code where nobody named it."""
    known = equipment.find(session, code)
    return code if known is None else known.label


def place(session: Session, point: str) -> str:
    """Return a custody point in words: the site, and the unit where it has one."""
    site, _slash, unit = point.partition("/")
    return people.name_of(session, site) + (f" · {unit}" if unit else "")
