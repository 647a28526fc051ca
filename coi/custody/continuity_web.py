"""The paper for the hour without a computer, as pages: printed, kept, and entered again afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from coi import people, web
from coi.custody import continuity_actions, continuity_store, order_boxes, order_screen, steps, words
from coi.custody import protocol_register as protocols
from coi.custody import thing_words as things
from coi.custody.deed_frame import frame
from coi.errors import Conflict, Malformed, NotAuthenticated, NotPermitted, Unknown
from coi.labelling.tags import tag
from coi.people import accounts
from coi.quality import store as quality

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from coi.custody.continuity import Pack
    from coi.custody.order import Order

bp = Blueprint("continuity", __name__)

ANSWERED = (NotAuthenticated, NotPermitted, Malformed, Conflict)


@dataclass(frozen=True, slots=True)
class PaperStep:
    """One step as the paper lists it."""

    handoff: str
    title: str
    who: str
    compare: tuple[str, ...]
    signatures: int


@bp.get("/orders/<name>/paper")
def page(name: str) -> ResponseReturnValue:
    """Show which pack is in force, and the form that enters what was done on paper."""
    return _page(name)


@bp.post("/orders/<name>/paper")
def print_pack(name: str) -> ResponseReturnValue:
    """Make a new pack; the one before it is void."""
    who, at = web.me(), web.now()

    def work(session: Session) -> None:
        order = order_screen.seen_by(session, who.person, name)
        if not web.taken_before(session):
            continuity_actions.print_pack(session, frame(session, who, at), order.id)

    try:
        web.deed(work)
    except ANSWERED as error:
        return _page(name, str(error)), error.status
    flash(_("A new pack is in force. Print it now, and tear up the one before."), "done")
    return redirect(url_for("continuity.page", name=name))


@bp.get("/orders/<name>/paper/<pack>")
def sheet(name: str, pack: str) -> ResponseReturnValue:
    """Show a pack as the sheet that is printed."""
    who, at = web.me(), web.now()

    def work(session: Session) -> dict[str, object]:
        order, found = _found(session, who, name, pack)
        protocol = protocols.pinned(order.protocol_sha256)
        ahead = [
            PaperStep(
                step.handoff,
                str(_(step.title)),
                str(_(" or ")).join(things.role(role) for role in step.roles),
                tuple(str(_(slot.say)) for slot in step.slots),
                1 if step.sign is None else len(step.sign.by),
            )
            for step in steps.open_for(protocol, order)
            if not step.side
        ]
        holds = [hold for hold in quality.of_order(session, order.id) if hold.id in found.holds]
        return {
            "view": order_screen.order_view(session, who.person, order, at, who.site),
            "coi": words.coi_for_eyes(order.coi or ""),
            "pack": found,
            "site": people.name_of(session, found.site),
            "zone": ZoneInfo(people.site(session, found.site).zone),
            "holds": [order_screen.hold_view(session, hold, order) for hold in holds],
            "steps": ahead,
            "bags": [
                (order_boxes.bag(session, held, order), things.kind(held.kind), things.container_state(held.state))
                for held in order.containers
                if held.live
            ],
        }

    return render_template("custody/paper_sheet.html", **web.read(work))


@bp.get("/orders/<name>/paper/<pack>/code.png")
def code(name: str, pack: str) -> ResponseReturnValue:
    """Draw the code of a pack: it stands for the paper and for nothing else."""
    who = web.me()
    found = web.read(lambda session: _found(session, who, name, pack)[1])
    return Response(tag(found.code, _("Paper, not a label"), "NOT A LABEL").png(), mimetype="image/png")


@bp.post("/orders/<name>/paper/enter")
def enter(name: str) -> ResponseReturnValue:
    """Enter what was done on paper: pack and container scanned, two persons signed."""
    who, at, form = web.me(), web.now(), request.form
    answer: list[bool] = []

    def work(session: Session) -> None:
        order = order_screen.seen_by(session, who.person, name)
        if web.taken_before(session):
            return
        own = (accounts.email_of(session, who.id) or "", form.get("secret", ""))
        began = _instant(form.get("began", ""), people.site(session, who.site).zone)
        _entry, reasons = continuity_actions.reenter(
            session,
            frame(session, who, at),
            order.id,
            form.get("pack", ""),
            form.get("label", "").strip(),
            began=began,
            did=form.get("did", ""),
            auths=[own, (form.get("login", "").strip(), form.get("other", ""))],
        )
        answer.append(not reasons)

    try:
        web.deed(work)
    except ANSWERED as error:
        return _page(name, str(error)), error.status
    if answer == [False]:
        return _page(
            name, str(_("STOP. The paper does not fit. It is recorded, and a hold is placed: call quality."))
        ), 409
    flash(_("Entered. The next step still wants its own scans."), "done")
    return redirect(url_for("continuity.page", name=name))


def _instant(text: str, zone: str) -> datetime:
    """Return the instant that a form says by the clock of the site."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    except ValueError:
        raise Malformed("Expected date and time at which the work on paper began, seen neither.") from None


def _found(session: Session, who: web.Who, name: str, code_: str) -> tuple[Order, Pack]:
    order = order_screen.seen_by(session, who.person, name)
    found = continuity_store.find(session, code_)
    if found is None or found.order != order.id:
        raise Unknown("Expected a pack of this order, seen none of that number.")
    return order, found


def _page(name: str, error: str = "") -> str:
    who = web.me()

    def work(session: Session) -> dict[str, object]:
        order = order_screen.seen_by(session, who.person, name)
        packs = continuity_store.of_order(session, order.id)
        keeps = who.person.grant(continuity_actions.KEEPERS, who.site, order.product) is not None
        return {
            "coi": order.coi or order.id,
            "order": words.order_for_eyes(order),
            "packs": [(pack, people.name_of(session, pack.site)) for pack in packs],
            "may": keeps and order.coi is not None and order.state != "RECONCILED",
        }

    return render_template("custody/paper.html", typed=request.form, error=error, **web.read(work))
