"""What became of a label that is on nothing any more, and who saw it?

* A fate is told once: spoiled, destroyed or returned. It is told before a successor is printed, never after.
* A signed scan of the label's own square code is proof that the paper is at hand; else a second person signs as well.
* It is told where the label lies, or may lie: where its thing is, where it was scanned last, or where it was printed.
* What nobody can find is spoiled by two persons, and looked into as a deviation (21 CFR 211.125 d).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coi import ledger, people
from coi.custody import hand_scan, sightings, store
from coi.errors import Conflict, Malformed, NotPermitted
from coi.labelling import fates
from coi.labelling import store as pieces
from coi.labelling.at_hand import is_at_hand
from coi.labelling.pieces import FATES
from coi.people import signatures
from coi.people.signatures import NotSigned
from coi.quality import actions as quality
from coi.quality import deviations, holds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from coi.custody.deed import Deed
    from coi.custody.order import Order
    from coi.custody.reading import Scanned
    from coi.labelling.pieces import Piece
    from coi.ledger.entry import Entry
    from coi.people.signatures import Auth

TELLERS = ("collection_operator", "cell_lab", "mfg_supervisor", "mfg_operator", "pharmacist")
"""Roles that print labels, and tell what became of them."""
WITNESSES = frozenset({*TELLERS, "ward_nurse", "qa_reviewer"})
"""Who may see with their own eyes what becomes of a label."""
WHY_ENDED = ("not_needed", "replaced", "damaged", "unreadable", "lost", "never_printed")
GONE = frozenset({"lost", "never_printed"})
"""Reasons for which there is no paper at hand: then the serial is spoiled, whoever finds it."""


def tell_fate(
    session: Session,
    deed: Deed,
    order_id: str,
    piece_id: str,
    why: str,
    fate: str,
    auths: Sequence[Auth],
    scanned: Scanned | None = None,
) -> Entry:
    """Tell what became of a label that is on nothing and is not wanted any more.

    By a signed scan of its own square code one person suffices: the paper was before a reader. By its serial, or by a
    code that was typed, a second person signs as well.

    Raises:
        NotPermitted: The person may not, or not here, or the signatures do not count.
        NotAuthenticated: A secret is wrong.
        Malformed: The reason or fate is not of the list, the piece is not of this order or on its thing, or what was
            scanned is not its square code.
        Conflict: Its fate is known already.
    """
    order = opened(session, deed, order_id)
    role = role_of(order, deed)
    if why not in WHY_ENDED:
        raise Malformed(f"Expected one of {WHY_ENDED}, seen {why[:20]!r}.")
    piece = next((one for one in pieces.of_order(session, order.id) if one.id == piece_id), None)
    if piece is None or piece.state == "applied":
        raise Malformed("Expected a piece of this order that is on nothing, seen another.")
    if piece.accounted:
        raise Conflict(f"Expected a label whose fate is not known yet, seen one that is {piece.state}.")
    here(session, deed, order, piece)
    how = "serial"
    if scanned is not None:
        if not is_at_hand(session, piece, scanned.data.decode("latin-1")):
            raise Malformed("Expected the square code of this very label, seen another.")
        how = "scanned" if hand_scan.is_in_hand(scanned) else "keyed"
    return end(session, deed, order, piece, (role, why, fate), auths, proof=how)


def here(session: Session, deed: Deed, order: Order, piece: Piece) -> None:
    """Refuse who tells of a label that lies at another site.

    Raises:
        NotPermitted: It lies elsewhere.
    """
    if deed.site not in lies_at(session, order, piece):
        raise NotPermitted("Expected the site where this label lies, seen another: ask somebody there.")


def lies_at(session: Session, order: Order, piece: Piece) -> frozenset[str]:
    """Return the sites where a label may be in somebody's hand.

    1. One that is on its thing: where the thing is, and nowhere else. While custody is offered, its holder and who it
       is held out to both stand before it.
    2. Any other: where it was printed, where it was scanned last, and where its thing is.
    """
    held = None if piece.container is None else order.container(piece.container)
    offer = None if held is None else order.offered(held.id)
    points = (held and held.custodian, offer and offer.to)
    thing = {point.partition("/")[0] for point in points if point}
    if piece.state == "applied" and thing:
        return frozenset(thing)
    seen = sightings.of(session, {piece.id}).get(piece.id)
    last = {piece.site} if seen is None else {seen[0]}
    return frozenset(last if piece.state == "applied" else {piece.site, *last, *thing})


def role_of(order: Order, deed: Deed) -> str:
    """Return the role in which the person of a deed tells the fate of labels, or refuse."""
    grant = deed.by.grant(TELLERS, deed.site, order.product)
    if grant is None:
        raise NotPermitted(f"Expected one of {TELLERS} at {deed.site}, seen another role.")
    return grant.role


def opened(session: Session, deed: Deed, order_id: str) -> Order:
    """Lock the order's chain and load it, for a person of one of its sites."""
    order = store.load(session, order_id)
    if deed.site not in dict(order.sites).values():
        raise NotPermitted("Expected a site that takes part in this order, seen another.")
    store.lock(session, frozenset({order.id}))
    return store.load(session, order.id)


def end(
    session: Session,
    deed: Deed,
    order: Order,
    piece: Piece,
    how: tuple[str, str, str],
    auths: Sequence[Auth],
    *,
    proof: str = "serial",
) -> Entry:
    """Record what became of a piece, signed by who does it and, unless it was itself scanned, by a second person.

    What was never sent to a printer is nowhere: it is voided. What has its fate keeps it; that it is replaced is told.
    """
    role, why, fate = how
    if fate not in FATES or (why in GONE and fate != "spoiled"):
        wanted = ("spoiled",) if why in GONE else FATES
        raise Malformed(f"Expected one of {wanted} as the fate of a label that is {why}, seen {fate[:20]!r}.")
    to = fate if piece.sent else "voided"
    said = {**deed.common(role), "order": order.id, "how": proof}
    if piece.accounted and piece.state != "applied":
        to = "replaced"
    stmt = fates.told(said, piece.id, why, deed.at)
    signers = (frozenset(TELLERS),) if proof == "scanned" else (frozenset(TELLERS), WITNESSES)
    meanings = ("performed", "witnessed")[: len(signers)]
    sig = signed(session, deed, stmt, signers, meanings, order.product, auths)
    if to == "replaced":  # a printer spoiled it already, and two persons say that it is so
        return ledger.record(session, order.chain, "label.replaced", stmt, at=deed.at, sig=sig)
    entry = fates.tell(session, to, stmt, at=deed.at, sig=sig)
    if why == "lost":
        _look_into(session, deed, order, entry)
    return entry


def signed(
    session: Session,
    deed: Deed,
    stmt: Mapping[str, Any],
    signers: Sequence[frozenset[str]],
    meanings: Sequence[str],
    product: str,
    auths: Sequence[Auth],
) -> tuple[Mapping[str, Any], ...]:
    """Return the signatures of a statement: of who does it, and of others."""
    prepared = signatures.prepare(session, stmt, meanings, signers, deed.at, product=product)
    given = auths[: len(signers)]
    judged = signatures.sign_all(session, prepared.id, given, deed.at)
    refused = [one.message for one in judged if isinstance(one, NotSigned)]
    persons = [one.person for one in judged if not isinstance(one, NotSigned)]
    if refused or len(persons) != len(signers) or persons[0] != deed.by.id:
        told = refused[0] if refused else f"seen {len(persons)}, or none of who does it."
        raise NotPermitted(f"Expected {len(signers)} signatures that count, the first of who does it: {told}")
    return signatures.collect(session, prepared.id, stmt, deed.at)


def _look_into(session: Session, deed: Deed, order: Order, entry: Entry) -> None:
    """Open a deviation for a label that nobody can find: it is looked into, and not only written off (211.125 d)."""
    scope = deviations.Scope(
        owner=holds.owner(deed.site, order.site("manufacturing"), people.sites_with(session, deviations.QUALITY)),
        order=order.id,
        product=order.product,
    )
    quality.open_deviation(
        session, order.chain, scope, severity=deviations.Severity.MINOR, reason="unaccounted_piece", cause=entry,
        common=deed.common(),
    )  # fmt: skip
