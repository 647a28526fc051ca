"""The page on which two persons destroy what tells who a patient is, and which says what stands against it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from coi import web
from coi.custody import erasure_actions, order_screen, words
from coi.custody.deed_frame import frame
from coi.errors import Conflict, Malformed, NotAuthenticated, NotPermitted
from coi.people import accounts

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from coi.custody.erasure_actions import Standing

bp = Blueprint("erasure", __name__)

ANSWERED = (NotAuthenticated, NotPermitted, Malformed, Conflict)


@bp.get("/orders/<name>/erasure")
def page(name: str) -> ResponseReturnValue:
    """Show what stands against it, or where to sign."""
    return _page(name)


@bp.post("/orders/<name>/erasure")
def erase(name: str) -> ResponseReturnValue:
    """Destroy the patient's data, signed by two."""
    who, at, form = web.me(), web.now(), request.form

    def work(session: Session) -> None:
        if web.taken_before(session):
            return
        order = order_screen.seen_by(session, who.person, name)
        auths = [
            (accounts.email_of(session, who.id) or "", form.get("secret", "")),
            (form.get("login", "").strip(), form.get("other", "")),
        ]
        erasure_actions.erase(session, frame(session, who, at), order, form.get("basis", ""), auths)

    try:
        web.deed(work)
    except ANSWERED as error:
        return _page(name, str(error)), error.status
    flash(_("Erased. Nothing here leads to this person any more; the ledger is as it was."), "done")
    return redirect(url_for("erasure.page", name=name))


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
        "custody/erasure.html", coi=coi, order=eyes, seen=seen, may=may, error=error, typed=request.form
    )
