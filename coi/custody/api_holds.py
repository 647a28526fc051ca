"""Holds for programs: which there are, who looks after them, how they end, and what another system proposes.

A program may bring a proposal about a patient's identity with a token of any scope, for it moves nothing: it holds.
Only quality's own signatures lift a hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi import ledger, web
from coi.custody import actions, api_drawn, identity_review, order_screen
from coi.custody import api as gates
from coi.custody import api_answers as a
from coi.custody import api_models as said
from coi.custody import api_pictures as m
from coi.custody.deed_frame import frame
from coi.errors import Unknown
from coi.quality import store as quality
from coi.web import api, openapi

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Response
    from sqlalchemy.orm import Session

    from coi.custody.order import Order
    from coi.person import Person
    from coi.quality.holds import Hold

bp = api.blueprint("holds", "Holds")

_DEED = (403, 404, 409, 412, 413, 415, 422, 428)


@bp.get("/holds")
@bp.input(said.HoldsAsked, location="query", arg_name="asked")
@bp.output(m.Holds)
@bp.doc(operation_id="list_holds", responses=api.told(422))
def list_holds(asked: said.HoldsAsked) -> m.Holds:
    """List the holds on orders of the sites of who asks, the oldest first."""
    who, at = web.me(), web.now()

    def work(session: Session) -> m.Holds:
        found = [
            (hold, order)
            for order in order_screen.visible(session, who.person)
            for hold in quality.of_order(session, order.id)
            if hold.is_open or not asked.only_open
        ]
        found.sort(key=lambda pair: (pair[0].placed_at, pair[0].id))
        return m.Holds(holds=[api_drawn.hold(session, hold, order, at) for hold, order in found])

    return web.read(work)


@bp.get("/holds/<hold>")
@bp.output(m.HoldOut)
@bp.doc(operation_id="show_hold", responses=api.told(404))
def show_hold(hold: str) -> m.HoldOut:
    """Show one hold with its deadline, who is called about it now, and how many sign its end."""
    who, at = web.me(), web.now()

    def work(session: Session) -> m.HoldOut:
        known, order = _seen(session, who.person, hold)
        return api_drawn.hold(session, known, order, at)

    return web.read(work)


@bp.post("/holds/<hold>/lift")
@bp.input(said.Lift, arg_name="asked")
@bp.output(a.Recorded, status_code=201)
@bp.doc(operation_id="lift_hold", responses=api.told(*_DEED), extensions=openapi.MATCHED)
def lift(hold: str, asked: said.Lift) -> Response:
    """Lift a hold by the signature of quality, or by two where the hold says so."""

    def work(session: Session, who: web.Who, at: datetime) -> api.Reply:
        known, found = _seen(session, who.person, hold)
        api.match(session, found.chain)
        second = None if asked.second is None else (asked.second.login, asked.second.secret.get_secret_value())
        entry = actions.lift_hold(
            session,
            frame(session, who, at),
            known.id,
            asked.basis,
            asked.login,
            asked.secret.get_secret_value(),
            second,
        )
        return gates.recorded(session, found, entry)

    return api.deed(asked, work)


@bp.post("/orders/<order>/identity-review")
@bp.input(said.IdentityReview, arg_name="asked")
@bp.output(a.Reviewed, status_code=201)
@bp.doc(operation_id="review_identity", responses=api.told(*_DEED), extensions=openapi.MATCHED)
def review_identity(order: str, asked: said.IdentityReview) -> Response:
    """Propose that a patient was merged, split, linked or renamed elsewhere: the order is held, and nobody is moved."""

    def work(session: Session, who: web.Who, at: datetime) -> api.Reply:
        found = order_screen.seen_by(session, who.person, order)
        api.match(session, found.chain)
        entry, hold = identity_review.propose(session, frame(session, who, at), found.id, asked.change)
        body = a.Reviewed(order=found.id, receipt=api.Receipt.of(entry), hold=hold)
        return api.Reply(201, body, api.etag(ledger.head(session, found.chain)))

    return api.deed(asked, work)


def _seen(session: Session, person: Person, name: str) -> tuple[Hold, Order]:
    """Return a hold with its order, where *person* may see it.

    Raises:
        Unknown: There is none, or it is not this person's; both in the same words.
    """
    try:
        known = quality.hold(session, name)
        return known, order_screen.seen_by(session, person, known.order)
    except Unknown:
        raise Unknown("Expected a hold on an order of one of your sites, seen none of that number.") from None
