"""Protocols as pages: read as people read them, compared, approved and retired, and orders migrated to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from coi import people, web
from coi.custody import order_screen, protocol_actions, protocol_store, protocol_told
from coi.custody.deed_frame import frame
from coi.custody.protocol_drawing import drawn
from coi.custody.protocol_migration import may_migrate
from coi.errors import Conflict, Malformed, NotAuthenticated, NotPermitted
from coi.people import accounts

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from coi.custody.protocol_store import Held

bp = Blueprint("protocols", __name__)

ANSWERED = (NotAuthenticated, NotPermitted, Malformed, Conflict)
"""What is told beside the form that it concerns, with its status."""
READERS = ("qa_reviewer", "qa_releaser", "doc_control", "physician", "inspector", "system_admin")
"""Whose menu names the protocols; whoever is signed in may read them: no patient is in them."""


@dataclass(frozen=True, slots=True)
class Line:
    """One version in the list."""

    held: Held
    proposed_by: str
    approved_by: str
    retired_by: str
    before: str
    """SHA-256 of the version before it; empty for the first."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One version that an order might go on by, and what stands against it."""

    held: Held
    against: tuple[str, ...]


@bp.get("/protocols")
def page_list() -> ResponseReturnValue:
    """List every version of every protocol."""
    return _list()


@bp.post("/protocols")
def propose() -> ResponseReturnValue:
    """Take a protocol's file; what is wrong with it is told line by line, and nothing is written."""
    who, at, file = web.me(), web.now(), request.files.get("file")
    data = file.read() if file else b""
    done: list[str] = []

    def work(session: Session) -> None:
        if not web.taken_before(session):
            done.append(protocol_actions.propose(session, frame(session, who, at), data))

    try:
        web.deed(work)
    except ANSWERED as error:
        return _list(str(error)), error.status
    flash(_("Proposed. Another person now reads it and signs."), "done")
    return redirect(url_for("protocols.page_one", name=done[-1][:12]) if done else url_for("protocols.page_list"))


@bp.get("/protocols/<name>")
def page_one(name: str) -> ResponseReturnValue:
    """Draw one protocol."""
    return _one(name)


@bp.post("/protocols/<name>/approve")
def approve(name: str) -> ResponseReturnValue:
    """Approve a protocol by the password of who is signed in."""
    return _signed(
        name, str(_("Approved. New orders of its product are opened by this version.")), protocol_actions.approve
    )


@bp.post("/protocols/<name>/retire")
def retire(name: str) -> ResponseReturnValue:
    """Retire a protocol by the password of who is signed in."""
    why = request.form.get("why", "")
    return _signed(
        name,
        str(_("Retired. No order is opened by it any more; those that run go on.")),
        lambda session, deed, sha256, login, secret: protocol_actions.retire(session, deed, sha256, why, login, secret),
    )


@bp.get("/protocols/<name>/diff/<other>")
def page_diff(name: str, other: str) -> ResponseReturnValue:
    """Say what is different from one version to another."""
    web.me()

    def work(session: Session) -> tuple[Held, Held, tuple[protocol_told.Place, ...]]:
        old, new = protocol_store.held(session, name), protocol_store.held(session, other)
        told = protocol_told.told(protocol_store.read(old), protocol_store.read(new))
        return old, new, told

    old, new, places = web.read(work)
    return render_template("custody/protocol_diff.html", old=old, new=new, places=places)


@bp.get("/orders/<name>/protocol")
def page_order(name: str) -> ResponseReturnValue:
    """Show by which version an order goes, and which others it might go on by."""
    return _order(name)


@bp.post("/orders/<name>/protocol")
def migrate(name: str) -> ResponseReturnValue:
    """Let an order go on by another version, signed by two."""
    who, at, form = web.me(), web.now(), request.form

    def work(session: Session) -> None:
        if web.taken_before(session):
            return
        order = order_screen.seen_by(session, who.person, name)
        own = (accounts.email_of(session, who.id) or "", form.get("secret", ""))
        auths = [own, (form.get("login", ""), form.get("other", ""))]
        protocol_actions.migrate(session, frame(session, who, at), order.id, form.get("sha256", ""), auths)

    try:
        web.deed(work)
    except ANSWERED as error:
        return _order(name, str(error)), error.status
    flash(_("The order goes on by the version that two persons have signed."), "done")
    return redirect(url_for("protocols.page_order", name=name))


def _signed(name: str, done: str, act: Callable[..., object]) -> ResponseReturnValue:
    """Do a deed by the signature of who is signed in, or show the page again with what is wrong."""
    who, at, form = web.me(), web.now(), request.form

    def work(session: Session) -> None:
        if not web.taken_before(session):
            login = accounts.email_of(session, who.id) or ""
            sha256 = protocol_store.held(session, name).sha256
            act(session, frame(session, who, at), sha256, login, form.get("secret", ""))

    try:
        web.deed(work)
    except ANSWERED as error:
        return _one(name, str(error)), error.status
    flash(done, "done")
    return redirect(url_for("protocols.page_one", name=name))


def _list(error: str = "") -> str:
    who = web.me()
    lines = web.read(_lines)
    may = protocol_actions.may_write(who.person, who.site, None)
    return render_template("custody/protocols.html", lines=lines, may_propose=may, faults=error.splitlines())


def _lines(session: Session) -> tuple[Line, ...]:
    known = protocol_store.all_(session)
    return tuple(_line(session, held, known) for held in known)


def _line(session: Session, held: Held, known: tuple[Held, ...]) -> Line:
    proposer, approver, retirer = (
        people.name_of(session, by) if by else "" for by in (held.proposed_by, held.approved_by, held.retired_by)
    )
    before = next((one.sha256 for one in known if one.id == held.id and one.version < held.version), "")
    return Line(held, proposer, approver, retirer, before)


def _one(name: str, error: str = "") -> str:
    who = web.me()

    def work(session: Session) -> Line:
        held = protocol_store.held(session, name)
        return _line(session, held, protocol_store.all_(session))

    line = web.read(work)
    writes = protocol_actions.may_write(who.person, who.site, line.held.product)
    reasons = {
        "faulty": _("it has a fault"),
        "withdrawn": _("it is withdrawn"),
        "replaced": _("another takes its place"),
        "product_ended": _("the product is not made any more"),
    }
    return render_template(
        "custody/protocol.html",
        line=line,
        drawing=drawn(protocol_store.read(line.held)),
        may_approve=writes and line.held.state == "proposed" and line.held.proposed_by != who.id,
        may_retire=writes and line.held.state != "retired",
        why=[(code, reasons[code]) for code in protocol_actions.WHY_RETIRED],
        error=error,
    )


def _order(name: str, error: str = "") -> str:
    who, at = web.me(), web.now()

    def work(session: Session) -> dict[str, object]:
        order = order_screen.seen_by(session, who.person, name)
        own = protocol_store.held(session, order.protocol_sha256)
        old = protocol_store.read(own)
        others = [
            held
            for held in protocol_store.all_(session)
            if held.state == "approved" and held.id == own.id and held.sha256 != own.sha256
        ]
        choices = [Choice(held, may_migrate(order, old, protocol_store.read(held))) for held in others]
        view = order_screen.order_view(session, who.person, order, at)
        return {"view": view, "own": own, "choices": choices, "may": _may_sign(who, order.site("treatment"))}

    return render_template("custody/protocol_order.html", error=error, **web.read(work))


def _may_sign(who: web.Who, site: str) -> bool:
    """Tell whether to offer the form: the action decides."""
    return any(who.person.grant(tuple(roles), site, None) is not None for roles in protocol_actions.MIGRATORS)
