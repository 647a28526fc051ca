"""Which labels does an order want, and who may have one printed again?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from coi import ledger
from coi.custody import protocol as protocols
from coi.custody import store
from coi.custody.order import FINAL_CONTAINER
from coi.errors import Malformed, NotPermitted
from coi.labelling import actions as labelling
from coi.labelling import store as pieces
from coi.labelling.drawing import LabelFacts

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from coi.custody.deed import Deed
    from coi.custody.order import Container, Order
    from coi.labelling.pieces import Piece
    from coi.ledger.entry import Entry


def intend(
    session: Session,
    deed: Deed,
    order_id: str,
    design: str,
    container: str | None,
    *,
    cause: Entry,
    replaces: str | None = None,
) -> str:
    """Queue one label of the order as it stands now."""
    order = store.load(session, order_id)
    held = None if container is None else order.container(container)
    keys = {} if held is None else dict(held.keys)
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
        copy="REPRINT" if replaces else "",
    )
    common = {**deed.common(), "outcome": "accepted", "cause": {"chain": cause.chain, "seq": cause.seq}}
    labelling.intend(
        session,
        order.chain,
        facts,
        order=order.id,
        container=container,
        site=deed.site,
        common=common,
        at=deed.at,
        replaces=replaces,
    )
    return facts.piece


REPRINTERS = ("collection_operator", "cell_lab", "mfg_supervisor", "mfg_operator", "pharmacist")
WHY_REPRINT = ("damaged", "unreadable", "lost", "never_printed")


def reprint(session: Session, deed: Deed, order_id: str, piece_id: str, why: str) -> Entry:
    """Void a piece and queue its successor: a new serial; the old one is dead from this commit on.

    Raises:
        NotPermitted: The person may not reprint at this site.
        Malformed: The reason is not of the list, or the piece is not of this order or already dead.
    """
    order = _opened(session, deed, order_id)
    grant = deed.by.grant(REPRINTERS, deed.site, order.product)
    if grant is None:
        raise NotPermitted(f"Expected one of {REPRINTERS} at {deed.site}, seen another role.")
    if why not in WHY_REPRINT:
        raise Malformed(f"Expected one of {WHY_REPRINT}, seen {why[:20]!r}.")
    piece = pieces.find(session, piece_id)
    if piece is None or piece.order != order.id or piece.state in {"voided", "spoiled"}:
        raise Malformed("Expected a piece of this order that is not dead yet, seen another.")
    held = None if piece.container is None else order.container(piece.container)
    if held is not None and held.state in FINAL_CONTAINER:
        raise Malformed(f"Expected a container that is still in use, seen one that is {held.state}.")
    _refuse_alone(order, piece, held, deed)
    common = {**deed.common(grant.role), "order": order.id}
    entry = labelling.void(session, order.chain, piece.id, common=common, why=why, at=deed.at)
    intend(session, deed, order.id, piece.design, piece.container, cause=entry, replaces=piece.id)
    return entry


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


def _opened(session: Session, deed: Deed, order_id: str) -> Order:
    """Lock the order's chain and load it, for a person of one of its sites."""
    order = store.load(session, order_id)
    if deed.site not in dict(order.sites).values():
        raise NotPermitted("Expected a site that takes part in this order, seen another.")
    store.lock(session, frozenset({order.id}))
    return store.load(session, order.id)
