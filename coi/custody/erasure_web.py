"""The page on which two persons destroy what tells who a patient is, or keep it, and which says what stands against."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from coi import web
from coi.custody import erased_again, erasure_actions, order_screen, words
from coi.custody.deed_frame import frame
from coi.errors import Conflict, Malformed, NotAuthenticated, NotPermitted, Unavailable
from coi.people import accounts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from coi.custody.deed import Deed
    from coi.custody.erasure_actions import Standing
    from coi.custody.order import Order
    from coi.people.signatures import Auth

bp = Blueprint("erasure", __name__)

ANSWERED = (NotAuthenticated, NotPermitted, Malformed, Conflict)


@bp.get("/orders/<name>/erasure")
def page(name: str) -> ResponseReturnValue:
    """Show what stands against it, or where to sign."""
    return _page(name)


@bp.post("/orders/<name>/erasure")
def erase(name: str) -> ResponseReturnValue:
    """Destroy the patient's data, signed by two."""

    def work(session: Session, deed: Deed, order: Order, auths: Sequence[Auth]) -> None:
        erasure_actions.erase(session, deed, order, request.form.get("basis", ""), auths)

    done = _signed(name, work, _("Erased. Nothing here leads to this person any more; the ledger is as it was."))
    try:
        erased_again.remember(web.wired().database)
    except Unavailable as fault:
        flash(str(fault), "fault")
    return done


@bp.post("/orders/<name>/erasure/hold")
def place(name: str) -> ResponseReturnValue:
    """Keep the patient's data whoever asks for their erasure, signed by quality."""

    def work(session: Session, deed: Deed, order: Order, auths: Sequence[Auth]) -> None:
        erasure_actions.place_legal_hold(session, deed, order, request.form.get("why", ""), auths)

    return _signed(name, work, _("Kept. Nobody erases these data until the legal hold is lifted."))


@bp.post("/orders/<name>/erasure/hold/<hold>")
def lift(name: str, hold: str) -> ResponseReturnValue:
    """Lift a legal hold, signed by two."""

    def work(session: Session, deed: Deed, order: Order, auths: Sequence[Auth]) -> None:
        erasure_actions.lift_legal_hold(session, deed, order, hold, auths)

    return _signed(name, work, _("Lifted. What stands against an erasure still, if anything, is told here."))


def _signed(name: str, act: Callable[[Session, Deed, Order, Sequence[Auth]], None], told: str) -> ResponseReturnValue:
    """Do one signed deed of the page, and show the page again."""
    who, at, form = web.me(), web.now(), request.form

    def work(session: Session) -> None:
        if web.taken_before(session):
            return
        order = order_screen.seen_by(session, who.person, name)
        auths = [
            (accounts.email_of(session, who.id) or "", form.get("secret", "")),
            (form.get("login", "").strip(), form.get("other", "")),
        ]
        act(session, frame(session, who, at), order, auths)

    try:
        web.deed(work)
    except ANSWERED as error:
        return _page(name, str(error)), error.status
    flash(told, "done")
    return redirect(url_for("erasure.page", name=name))


def _why() -> dict[str, str]:
    """Return the words of what a legal hold rests on."""
    return {
        "claim": _("A claim before a court"),
        "authority": _("An authority asks for them"),
        "inquiry": _("An inquiry into what happened"),
    }


def _page(name: str, error: str = "") -> str:
    who, at = web.me(), web.now()

    def work(session: Session) -> tuple[str, str, Standing, bool]:
        order = order_screen.seen_by(session, who.person, name)
        seen = erasure_actions.standing(session, order, frame(session, who, at))
        here = who.site == order.site("treatment")
        may = here and who.person.grant(erasure_actions.FIRST, who.site, order.product) is not None
        return order.coi or order.id, words.order_for_eyes(order), seen, may

    coi, eyes, seen, may = web.read(work)
    return render_template(
        "custody/erasure.html", coi=coi, order=eyes, seen=seen, may=may, error=error, typed=request.form, why=_why()
    )
