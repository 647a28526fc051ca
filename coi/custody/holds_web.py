"""Holds on orders as pages: those that stand, one placed by hand, one lifted by quality."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from coi import web
from coi.custody import actions, consequences, order_boxes, order_screen, words
from coi.custody import thing_words as things
from coi.custody.deed_frame import frame
from coi.custody.order import FINAL_CONTAINER
from coi.errors import Conflict, Malformed, NotAuthenticated, NotPermitted
from coi.people import accounts
from coi.quality import actions as quality_actions
from coi.quality import screen as quality_screen
from coi.quality import store as quality
from coi.quality import words as quality_words
from coi.quality.holds import BY_HAND

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from coi.custody.order_views import HoldView
    from coi.quality.screen import HoldCare

bp = Blueprint("holds", __name__)

LIFTERS = ("qa_reviewer", "qa_releaser")


@bp.get("/holds")
def page() -> ResponseReturnValue:
    """Show the holds on orders of the person's sites."""
    return _holds_page()


@bp.get("/orders/<name>/hold")
def new_hold(name: str) -> ResponseReturnValue:
    """Show the form of a hold placed by hand."""
    return _hold_form(name)


@bp.post("/orders/<name>/hold")
def place_hold(name: str) -> ResponseReturnValue:
    """Place a hold by hand: whoever is trained for work on cells here may, and only quality lifts it."""
    who, at, form = web.me(), web.now(), request.form

    def work(session: Session) -> None:
        order = order_screen.seen_by(session, who.person, name)
        if web.taken_before(session):
            return
        held = tuple(dict.fromkeys(form.getlist("container")))
        if not {box.id for box in order.containers} >= set(held):  # nothing ticked means all, so no tick may get lost
            raise Malformed("Expected containers of this order, seen another.")
        hold = quality_actions.place(
            session,
            order.chain,
            order.id,
            who.person,
            product=order.product,
            why=web.chosen(form, "why", _("Why")),
            containers=held,
            common=frame(session, who, at).common(),
        )
        consequences.alarm(session, frame(session, who, at), order, hold)

    try:
        web.deed(work)
    except (Malformed, Conflict, NotPermitted) as error:
        return _hold_form(name, str(error)), error.status
    flash(_("The hold is placed. Nothing that it names moves on until quality has signed."), "done")
    return redirect(url_for("holds.page"))


@bp.post("/holds/<hold>/lift")
def lift_hold(hold: str) -> ResponseReturnValue:
    """Lift a hold by the password of the quality reviewer who is signed in."""
    who, at, form = web.me(), web.now(), request.form

    def work(session: Session) -> None:
        if web.taken_before(session):
            return
        login = accounts.email_of(session, who.id) or ""
        deed = frame(session, who, at)
        second = (form.get("second_login", "").strip(), form.get("second_secret", ""))
        actions.lift_hold(
            session,
            deed,
            hold,
            web.chosen(form, "basis", _("Why it may be lifted")),
            login,
            form.get("secret", ""),
            second if second[0] else None,
        )

    try:
        web.deed(work)
    except (NotAuthenticated, Malformed, NotPermitted) as error:
        return _holds_page(str(error)), error.status
    flash(_("The hold is lifted. The cells may move on."), "done")
    return redirect(url_for("holds.page"))


def _may_lift(who: web.Who) -> bool:
    """Tell whether to offer the lift; the action decides."""
    return any(grant.role in LIFTERS and grant.site == who.site for grant in who.person.grants)


def _bases() -> list[tuple[str, str]]:
    """Return the grounds of a lift as value and words."""
    return [(basis, str(_(basis.replace("_", " ").capitalize()))) for basis in actions.BASES]


def _holds_page(error: str = "") -> str:
    """Draw the holds on orders of the person's sites: open ones by their deadline, then the lifted ones."""
    who, at = web.me(), web.now()

    def work(session: Session) -> tuple[list[tuple[HoldView, HoldCare]], list[HoldView]]:
        pairs, past = [], []
        for order in order_screen.visible(session, who.person):
            made_at, state, thawed = order.site("manufacturing"), order.state, order.thaw_began
            for hold in quality.of_order(session, order.id):
                view = order_screen.hold_view(session, hold, order)
                if not hold.is_open:
                    past.append(view)
                    continue
                care = quality_screen.care(session, hold, made_at=made_at, state=state, since=thawed, at=at)
                pairs.append((view, care))
        past.sort(key=lambda view: view.placed_at, reverse=True)
        return sorted(pairs, key=lambda pair: pair[1].deadline), past

    held, lifted = web.read(work)
    return render_template(
        "custody/holds.html", held=held, lifted=lifted, may_lift=_may_lift(who), lift_reasons=_bases(), error=error
    )


def _hold_form(name: str, error: str = "") -> str:
    """Draw the form of a hold placed by hand."""
    who = web.me()

    def work(session: Session) -> tuple[str, str, list[tuple[str, str]]]:
        order = order_screen.seen_by(session, who.person, name)
        boxes = [
            (
                box.id,
                " · ".join(
                    (order_boxes.bag(session, box, order), things.kind(box.kind), things.container_state(box.state))
                ),
            )
            for box in order.containers
            if box.state not in FINAL_CONTAINER
        ]
        return order.coi or order.id, words.order_for_eyes(order), boxes

    coi, number, boxes = web.read(work)
    return render_template(
        "custody/new_hold.html",
        coi=coi,
        number=number,
        boxes=boxes,
        whys=[(why, quality_words.by_hand(why)) for why in BY_HAND],
        typed=request.form,
        error=error,
    )
