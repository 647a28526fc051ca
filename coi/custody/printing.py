"""Which labels does an order want, and who may have one printed again?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from coi import ledger
from coi.custody import endings, store
from coi.custody import protocol_register as protocols
from coi.custody.order import FINAL_CONTAINER
from coi.errors import Conflict, Malformed, NotPermitted
from coi.labelling import actions as labelling
from coi.labelling import store as pieces
from coi.labelling import template_store
from coi.labelling.drawing import LabelFacts
from coi.labelling.pieces import DEAD
from coi.labelling.reconcile import nth_copy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from coi.custody.deed import Deed
    from coi.custody.order import Container, Order
    from coi.labelling.pieces import Piece
    from coi.ledger.entry import Entry
    from coi.people.signatures import Auth


def intend(
    session: Session,
    deed: Deed,
    order_id: str,
    design: str,
    container: str | None,
    *,
    cause: Entry,
    replaces: str | None = None,
    number: int = 0,
) -> str:
    """Queue one label of the order as it stands now."""
    order = store.load(session, order_id)
    held = None if container is None else order.container(container)
    keys = {} if held is None else dict(held.keys)
    template = template_store.for_design(session, design, deed.site, deed.at)
    if template is None:
        raise Conflict(f"Expected an approved template in force for {design}, seen none: quality approves one.")
    facts = LabelFacts(
        design=design,
        coi=order.coi or "",
        piece=labelling.new_piece(),
        container=container or "",
        din=keys.get("din", ""),
        product_code=keys.get("product_code", ""),
        gtin=keys.get("gtin", ""),
        serial=keys.get("serial", ""),
        lot=keys.get("lot", ""),
        expires=None if held is None else held.expires,
        product_name="" if held is None else protocols.pinned(order.protocol_sha256).product["label"],
        mark=""
        if ledger.installation(session).purpose == "production"
        else ledger.installation(session).purpose.upper(),
        copy=f"REPRINT {number}" if number else "",
        template_sha256=template.sha256,
    )
    common = {**deed.common(), "outcome": "accepted", "cause": {"chain": cause.chain, "seq": cause.seq}}
    labelling.intend(
        session,
        order.chain,
        facts,
        template=template,
        order=order.id,
        container=container,
        site=deed.site,
        common=common,
        at=deed.at,
        replaces=replaces,
    )
    return facts.piece


REPRINTERS = endings.TELLERS
WHY_REPRINT = ("damaged", "unreadable", "lost", "never_printed")


def reprint(
    session: Session, deed: Deed, order_id: str, piece_id: str, why: str, fate: str, auths: Sequence[Auth]
) -> Entry:
    """Tell the fate of a piece, signed by two persons, and queue its successor: a new serial, a copy that says so.

    Raises:
        NotPermitted: The person may not reprint at this site, the label lies at another one, or the two signatures do
            not count.
        NotAuthenticated: A secret is wrong.
        Malformed: The reason or fate is not of the list, or the piece is not of this order or has its successor.
    """
    order = endings.opened(session, deed, order_id)
    role = endings.role_of(order, deed)
    if why not in WHY_REPRINT:
        raise Malformed(f"Expected one of {WHY_REPRINT}, seen {why[:20]!r}.")
    known = pieces.of_order(session, order.id)
    piece = next((one for one in known if one.id == piece_id), None)
    if piece is None or not wants_successor(piece, known):
        raise Malformed("Expected a piece of this order that is not dead yet, seen another.")
    held = None if piece.container is None else order.container(piece.container)
    if held is not None and held.state in FINAL_CONTAINER:
        raise Malformed(f"Expected a container that is still in use, seen one that is {held.state}.")
    endings.here(session, deed, order, piece)
    _refuse_alone(order, piece, held, deed)
    entry = endings.end(session, deed, order, piece, (role, why, fate), auths)
    number = nth_copy(piece, known)
    intend(session, deed, order.id, piece.design, piece.container, cause=entry, replaces=piece.id, number=number)
    return entry


def wants_successor(piece: Piece, known: Sequence[Piece]) -> bool:
    """Say whether another label may take a piece's place: it is not dead, or nothing has taken its place yet."""
    if piece.state not in DEAD:
        return True
    others = [one for one in known if (one.role, one.container) == (piece.role, piece.container)]
    return not any(one.state not in DEAD for one in others)


def reprintable(session: Session, order: Order) -> frozenset[str]:
    """Return the labels of an order that another may take the place of."""
    known = pieces.of_order(session, order.id)
    used = {held.id for held in order.containers if held.state in FINAL_CONTAINER}
    return frozenset(one.id for one in known if wants_successor(one, known) and one.container not in used)


FILLED = frozenset({"retrieved", "received", "thawed", "issued", "infusing", "interrupted"})
"""States of a final bag in which its label is the last proof of whose it is."""
RE_ESTABLISHED_MIN = 30
"""How long two blind keyings and quality's signature stand for a new label, in minutes."""


def _refuse_alone(order: Order, piece: Piece, held: Container | None, deed: Deed) -> None:
    """Refuse a new label on a final bag near its patient unless its identity was established again (hazards.md R9)."""
    if held is None or held.kind != "drug_product" or held.state not in FILLED or piece.role != "container":
        return
    done = [deed for deed in order.done if deed.checkpoint.startswith("r9_")]
    fresh = bool(done) and deed.at - done[-1].at <= timedelta(minutes=RE_ESTABLISHED_MIN)
    if order.fact("re_established") != piece.id or not fresh:
        raise NotPermitted(
            "Expected two persons and quality to establish this bag's identity again first, seen a reprint."
        )
