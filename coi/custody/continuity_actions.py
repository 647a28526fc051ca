"""The paper for the hour without a computer: printed with a serial, entered by scanning it and the container."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from coi import identity, ledger, vault
from coi.custody import consequences, continuity, continuity_store, endings, store
from coi.errors import Malformed, NotPermitted
from coi.labelling import store as pieces
from coi.labelling.at_hand import is_at_hand
from coi.quality import store as quality

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.custody.continuity import Pack
    from coi.custody.deed import Deed
    from coi.custody.order import Order
    from coi.custody.reasons import Reason
    from coi.labelling.pieces import Piece
    from coi.ledger.entry import Entry
    from coi.people.signatures import Auth

KEEPERS = (*endings.TELLERS, "ward_nurse", "coordinator", "qa_reviewer")
"""Roles that keep the paper at their site, and enter what was done by it."""
MOST = 2_000
"""Characters of what people say was done."""


def print_pack(session: Session, deed: Deed, order_id: str) -> Entry:
    """Make a new pack for an order as it stands now; the one before it is void from this commit on.

    Raises:
        NotPermitted: The person keeps no paper at a site of this order.
        Malformed: The order has no identifier yet, or is closed: there is nothing to keep on paper.
    """
    order = endings.opened(session, deed, order_id)
    role = _role(order, deed)
    if order.coi is None or order.state == "RECONCILED":
        raise Malformed(f"Expected an order that is under way, seen one that is {order.state}.")
    before = [pack.code for pack in continuity_store.of_order(session, order.id) if pack.state == "current"]
    stmt: dict[str, Any] = {
        **deed.common(role),
        "id": ledger.new_id(),
        "order": order.id,
        "outcome": "accepted",
        "pack": str(identity.HouseCode.from_random("pack", secrets.token_bytes)),
        "expires": ledger.instant(deed.at + continuity.LIVES),
        "holds": sorted(hold.id for hold in quality.of_order(session, order.id) if hold.is_open),
        **({"replaces": before[0]} if before else {}),
    }
    return ledger.record(session, order.chain, "continuity.printed", stmt, at=deed.at)


def reenter(
    session: Session,
    deed: Deed,
    order_id: str,
    pack_code: str,
    label: str,
    *,
    began: datetime,
    did: str,
    auths: Sequence[Auth],
) -> tuple[Entry, tuple[Reason, ...]]:
    """Enter what was done on paper, by scanning the pack and the square code of the container's label.

    What was entered satisfies no gate: the next step still wants its own scans (hazards.md R12). Paper that does not
    fit is an entry as well, and what was scanned of this order goes on hold.

    Raises:
        NotPermitted: The person keeps no paper here, or the two signatures do not count.
        NotAuthenticated: A secret is wrong.
        Malformed: Nothing is said of what was done, or too much.
    """
    order = store.load(session, order_id)
    pack, piece = _read(session, pack_code, label)
    others = {found.order for found in (pack, piece) if found is not None}
    if deed.site not in dict(order.sites).values():
        raise NotPermitted("Expected a site that takes part in this order, seen another.")
    store.lock(session, frozenset({order.id, *others}))
    order = store.load(session, order.id)
    pack, piece = _read(session, pack_code, label)  # as they stand now that nobody else can change them
    role = _role(order, deed)
    if not 0 < len(did.strip()) <= MOST:
        raise Malformed(f"Expected what was done on paper, in 1 to {MOST} characters, seen {len(did.strip())}.")
    holds = quality.of_order(session, order.id)
    reasons = continuity.judge(pack, piece, order, holds, began=began, at=deed.at)
    own = piece if piece is not None and piece.order == order.id else None
    stmt: dict[str, Any] = {
        **deed.common(role),
        "id": ledger.new_id(),
        "order": order.id,
        "outcome": "blocked" if reasons else "accepted",
        "began": ledger.instant(began),
        "text": vault.put(session, None, "paper", did.strip(), at=deed.at),
        "reasons": [
            {"code": one.code, "slot": one.slot, "expected": one.expected, "seen": one.seen} for one in reasons
        ],
        **({"pack": pack.code} if pack is not None and pack.order == order.id else {}),
        **({"piece": own.id, "container": own.container} if own is not None else {}),
    }
    signers = (frozenset(KEEPERS), frozenset(KEEPERS))
    sig = endings.signed(session, deed, stmt, signers, ("performed", "witnessed"), order.product, auths)
    entry = ledger.record(session, order.chain, "continuity.reentered", stmt, at=deed.at, sig=sig)
    if reasons:
        held = () if own is None or own.container is None else (own.container,)
        consequences.place(session, deed, order, "identity", reasons[0].code, held, entry)
        for other in sorted(others - {order.id}):
            _tell(session, deed, other, entry)
    return entry, reasons


def _read(session: Session, pack_code: str, label: str) -> tuple[Pack | None, Piece | None]:
    """Return the pack of a code, and the piece whose square code *label* is; None for what nobody knows."""
    value = identity.read(pack_code.strip().encode(), None)
    pack = continuity_store.find(session, str(value)) if identity.classify(value) == "pack" else None
    for found in pieces.said_in(session, label):
        if is_at_hand(session, found, label):
            return pack, found
    return pack, None


def _role(order: Order, deed: Deed) -> str:
    grant = deed.by.grant(KEEPERS, deed.site, order.product)
    if grant is None:
        raise NotPermitted(f"Expected one of {KEEPERS} at {deed.site}, seen another role.")
    return grant.role


def _tell(session: Session, deed: Deed, order_id: str, cause: Entry) -> None:
    """Tell the other order that its paper or label was seen here."""
    stmt: dict[str, Any] = {
        **deed.common(),
        "id": ledger.new_id(),
        "order": order_id,
        "outcome": "noted",
        "class": "pack",
        "tail": "",
        "cause": {"chain": cause.chain, "seq": cause.seq},
    }
    ledger.record(session, store.load(session, order_id).chain, "custody.notice", stmt, at=deed.at)
