"""The page on which two persons destroy what tells who a patient is, or keep it, and which says what stands against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from coi import vault, web
from coi.custody import erased_again, erasure_actions, order_screen, store, words
from coi.custody.deed_frame import frame
from coi.errors import Conflict, Malformed, NotAuthenticated, NotPermitted, Unavailable
from coi.people import accounts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from coi.custody.deed import Deed
    from coi.custody.erased_again import Looked
    from coi.custody.erasure_actions import Standing
    from coi.custody.order import Order
    from coi.people.signatures import Auth
    from coi.person import Person

bp = Blueprint("erasure", __name__)

ANSWERED = (NotAuthenticated, NotPermitted, Malformed, Conflict)


@dataclass(frozen=True, slots=True)
class ErasureTask:
    """What the last start of the server could not destroy or read, as My work shows it."""

    title: str
    due: datetime | None
    url: str
    order: str = ""
    product: str = ""
    checkpoint: str = "ERA"
    blocked: str = ""
    why: str = ""


def open_tasks(looked: Looked, session: Session, person: Person, site: str, at: datetime) -> Iterator[ErasureTask]:
    """Offer quality's My work what the start of the server found of the list of the erased, and could not do."""
    if not any(person.grant((role,), site, None) for role in erasure_actions.FIRST):
        return
    told = [looked.fault] if looked.fault else []
    if looked.strange:
        told.append(_("%(n)s lines were not written by this installation and count for nothing.", n=looked.strange))
    if told:
        title = _("Have the list of the erased looked after")
        yield ErasureTask(title, at, url_for("quality.deviations_page"), blocked=" ".join(told))
    for patient in looked.waiting:
        for order in store.of_patient(session, patient) if vault.is_kept(session, patient) else ():
            if order.site("treatment") == site:
                yield ErasureTask(
                    _("Erased before, and back with a backup"),
                    at,
                    url_for("erasure.page", name=order.id),
                    order.coi or order.id,
                    blocked=_("Only the list of the erased says so, and something stands against it here."),
                )


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
    if isinstance(done, tuple):
        return done  # refused: nobody was erased
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
