"""Labels as pages: do they add up, what became of each, and how is one printed again?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from coi import ledger, people, web
from coi.custody import endings, hand_scan, labels_view, order_screen, printing, words
from coi.custody import protocol_register as protocols
from coi.custody.deed_frame import frame
from coi.errors import Conflict, Malformed, NotAuthenticated, NotPermitted, Unknown
from coi.labelling import archive, count_store
from coi.labelling import store as pieces
from coi.labelling import words as print_words
from coi.labelling.reconcile import count
from coi.people import accounts

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from coi.custody.labels_view import PieceLine, Reconciliation

bp = Blueprint("labels", __name__)

ANSWERED = (NotAuthenticated, NotPermitted, Malformed, Conflict)
"""What is told beside the form that it concerns, with its status."""


@bp.get("/labels")
def page_site() -> ResponseReturnValue:
    """Show whether the labels of this site add up: by day and printer, and by order."""
    who = web.me()

    def work(session: Session) -> dict[str, object]:
        printed = count_store.at_site(session, who.site)
        lines = []
        for order in order_screen.visible(session, who.person):
            mine = [one.piece for one in printed if one.piece.order == order.id]
            if mine and not count(mine).may_close:
                coi, number = order.coi or order.id, words.order_for_eyes(order)
                lines.append(labels_view.SiteLine(coi, number, count(mine)))
        return {
            "site": people.name_of(session, who.site),
            "days": labels_view.days(session, who.site),
            "lines": lines,
            "total": count(one.piece for one in printed),
        }

    return render_template("custody/labels_site.html", **web.read(work))


@bp.get("/orders/<name>/labels")
def page_order(name: str) -> ResponseReturnValue:
    """Show every label of an order, what became of it, and whether they add up."""
    view = _view(name)
    return render_template("custody/labels_order.html", view=view, may=_may())


@bp.get("/orders/<name>/labels/<piece>/specimen.png")
def specimen(name: str, piece: str) -> ResponseReturnValue:
    """Draw what a label looked like, without its codes: for the batch record, and never for a thing."""
    who = web.me()

    def work(session: Session) -> bytes:
        order = order_screen.seen_by(session, who.person, name)
        if all(one.id != piece for one in pieces.of_order(session, order.id)):
            raise Unknown("Expected a label of this order, seen none of that number.")
        return archive.specimen(session, piece).png()

    return Response(web.read(work), mimetype="image/png")


@bp.get("/orders/<name>/labels/<piece>/fate")
def page_fate(name: str, piece: str) -> ResponseReturnValue:
    """Ask what became of a label."""
    return _dialogue(name, piece, "fate")


@bp.post("/orders/<name>/labels/<piece>/fate")
def tell_fate(name: str, piece: str) -> ResponseReturnValue:
    """Take what became of a label, signed."""
    who, at, form = web.me(), web.now(), request.form

    def work(session: Session) -> None:
        if web.taken_before(session):
            return
        order = order_screen.seen_by(session, who.person, name)
        why, fate, production = form.get("why", ""), form.get("fate", ""), web.wired().purpose == "production"
        deed, auths = frame(session, who, at), _auths(session)
        scanned = hand_scan.of_form(session, form, site=who.site, at=at, production=production)
        endings.tell_fate(session, deed, order.id, piece, why, fate, auths, scanned)

    try:
        web.deed(work)
    except ANSWERED as error:
        return _dialogue(name, piece, "fate", str(error), error.status), error.status
    flash(_("Told. Whoever scans this label from now on is stopped."), "done")
    return redirect(url_for("labels.page_order", name=name))


@bp.get("/orders/<name>/labels/<piece>/reprint")
def page_reprint(name: str, piece: str) -> ResponseReturnValue:
    """Ask why a label is printed again, and what became of it."""
    return _dialogue(name, piece, "reprint")


@bp.post("/orders/<name>/labels/<piece>/reprint")
def reprint(name: str, piece: str) -> ResponseReturnValue:
    """Take the fate of a label, signed by two, and print its successor."""
    who, at, form = web.me(), web.now(), request.form

    def work(session: Session) -> None:
        if web.taken_before(session):
            return
        order = order_screen.seen_by(session, who.person, name)
        why, fate = form.get("why", ""), form.get("fate", "")
        printing.reprint(session, frame(session, who, at), order.id, piece, why, fate, _auths(session))

    try:
        web.deed(work)
    except ANSWERED as error:
        return _dialogue(name, piece, "reprint", str(error), error.status), error.status
    flash(_("The old label is dead. Put the new one on and scan it back at the station."), "done")
    return redirect(url_for("labels.page_order", name=name))


def _auths(session: Session) -> list[tuple[str, str]]:
    """Return the login and secret of who is signed in, and of the second person where one is given."""
    form = request.form
    own = (accounts.email_of(session, web.me().id) or "", form.get("secret", ""))
    other = (form.get("login", "").strip(), form.get("other", ""))
    return [own, other] if other[0] else [own]


def _may() -> bool:
    """Tell whether to offer the dialogues; the action decides."""
    who = web.me()
    return any(grant.role in endings.TELLERS and grant.site == who.site for grant in who.person.grants)


def _view(name: str) -> Reconciliation:
    who = web.me()

    def work(session: Session) -> Reconciliation:
        order = order_screen.seen_by(session, who.person, name)
        product = str(protocols.pinned(order.protocol_sha256).product["name"])
        return labels_view.of_order(session, order, product, ledger.entries(session, order.chain), who.site)

    return web.read(work)


def _dialogue(name: str, piece: str, what: str, error: str = "", status: int = 200) -> str:
    view = _view(name)
    line: PieceLine | None = next((one for one in view.lines if one.id == piece), None)
    if line is None:
        raise Unknown("Expected a label of this order, seen none of that number.")
    if not (line.may_reprint if what == "reprint" else line.may_end) and not error:
        raise Conflict(f"Expected a label that is not ended yet, seen one that is {line.state}.")
    whys = printing.WHY_REPRINT if what == "reprint" else endings.WHY_ENDED
    return render_template(
        "custody/label_end.html",
        view=view,
        line=line,
        what=what,
        whys=labels_view.why_words(whys),
        fates=labels_view.fate_words(),
        typed=request.form,
        may=_may() and line.here,
        error=error,
        next_thing=print_words.next_thing(status) if error else "",
    )
