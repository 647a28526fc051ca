"""Templates as pages: the library, one version with its proofs, what it changes, and how it is approved and retired."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from coi import people, web
from coi.errors import Conflict, Malformed, NotAuthenticated, NotPermitted
from coi.labelling import template, template_actions, template_proofs, template_store
from coi.people import accounts

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from coi.labelling.template import Difference, Held

bp = Blueprint("templates", __name__)

ANSWERED = (NotAuthenticated, NotPermitted, Malformed, Conflict)
"""What is told beside the form that it concerns, with its status."""
READERS = ("qa_reviewer", "qa_releaser", "doc_control", "inspector", "system_admin", "site_admin")
"""Whose menu names the templates; whoever is signed in may read them: no patient is in them."""


@dataclass(frozen=True, slots=True)
class Line:
    """One version in the list."""

    held: Held
    standing: str
    drafted_by: str
    approved_by: str
    retired_by: str
    before: str
    """SHA-256 of the version before it; empty for the first."""


@bp.get("/templates")
def page_list() -> ResponseReturnValue:
    """List every version of every template."""
    return _list()


@bp.post("/templates")
def draft() -> ResponseReturnValue:
    """Take a template's file as a draft; what is wrong with it is told, and nothing is written."""
    who, at, file = web.me(), web.now(), request.files.get("file")
    data, why = (file.read() if file else b""), request.form.get("why", "")
    done: list[str] = []

    def work(session: Session) -> None:
        if not web.taken_before(session):
            done.append(template_actions.draft(session, who.person, who.site, data, why, at=at))

    try:
        web.deed(work)
    except ANSWERED as error:
        return _list(str(error)), error.status
    flash(_("Drafted. Draw its proofs and submit it."), "done")
    return redirect(url_for("templates.page_one", name=done[-1][:12]) if done else url_for("templates.page_list"))


@bp.post("/templates/shipped/<name>")
def draft_shipped(name: str) -> ResponseReturnValue:
    """Take a template that came with the software as a draft."""
    who, at = web.me(), web.now()
    done: list[str] = []

    def work(session: Session) -> None:
        if not web.taken_before(session):
            done.append(template_actions.draft_shipped(session, who.person, who.site, name, at=at))

    try:
        web.deed(work)
    except ANSWERED as error:
        return _list(str(error)), error.status
    flash(_("Drafted. Draw its proofs and submit it."), "done")
    return redirect(url_for("templates.page_one", name=done[-1][:12]) if done else url_for("templates.page_list"))


@bp.get("/templates/<name>")
def page_one(name: str) -> ResponseReturnValue:
    """Show one version with its proofs."""
    return _one(name)


@bp.post("/templates/<name>/submit")
def submit(name: str) -> ResponseReturnValue:
    """Draw the proofs of a draft, and hand it over to be read."""
    who, at = web.me(), web.now()
    done = str(_("Submitted. Another person now looks at every proof and signs."))
    return _done(name, done, lambda session, sha: template_actions.submit(session, who.person, who.site, sha, at=at))


@bp.post("/templates/<name>/back")
def send_back(name: str) -> ResponseReturnValue:
    """Send a version back to who wrote it."""
    who, at, why = web.me(), web.now(), request.form.get("why", "")
    done = str(_("Sent back. It is a draft again."))
    return _done(
        name, done, lambda session, sha: template_actions.send_back(session, who.person, who.site, sha, why, at=at)
    )


@bp.post("/templates/<name>/approve")
def approve(name: str) -> ResponseReturnValue:
    """Approve a version by the password of who is signed in."""
    who, at = web.me(), web.now()
    day = request.form.get("effective", "")

    def act(session: Session, sha256: str) -> object:
        auth = (accounts.email_of(session, who.id) or "", request.form.get("secret", ""))
        effective = _day(day, people.site(session, who.site).zone, at)
        return template_actions.approve(session, who.person, who.site, sha256, effective, auth, at=at)

    return _done(name, str(_("Approved. From its day on labels are printed by this version.")), act)


@bp.post("/templates/<name>/retire")
def retire(name: str) -> ResponseReturnValue:
    """Retire a version by the password of who is signed in."""
    who, at, why = web.me(), web.now(), request.form.get("why", "")

    def act(session: Session, sha256: str) -> object:
        auth = (accounts.email_of(session, who.id) or "", request.form.get("secret", ""))
        return template_actions.retire(session, who.person, who.site, sha256, why, auth, at=at)

    return _done(name, str(_("Retired. No label is ordered by it any more.")), act)


@bp.get("/templates/<name>/proofs/<int:dpi>/<case>.png")
def proof(name: str, dpi: int, case: str) -> ResponseReturnValue:
    """Draw one proof: a picture that says PROOF, and whose codes are no serial of any label."""
    web.me()
    held = web.read(lambda session: template_store.held(session, name))
    label = template_proofs.shown(held, template_store.read(held), f"{dpi}_{case}")
    return Response(label.png(), mimetype="image/png", headers={"Cache-Control": "private, max-age=86400"})


@bp.get("/templates/<name>/diff/<other>")
def page_diff(name: str, other: str) -> ResponseReturnValue:
    """Say what is different from one version to another."""
    web.me()

    def work(session: Session) -> tuple[Held, Held, tuple[Difference, ...]]:
        old, new = template_store.held(session, name), template_store.held(session, other)
        return old, new, template.differences(template_store.read(old).to_json(), template_store.read(new).to_json())

    old, new, changes = web.read(work)
    return render_template("labelling/template_diff.html", old=old, new=new, changes=changes)


def _done(name: str, said: str, act: Callable[[Session, str], object]) -> ResponseReturnValue:
    """Do a deed on a version, or show its page again with what is wrong."""

    def work(session: Session) -> None:
        if not web.taken_before(session):
            act(session, template_store.held(session, name).sha256)

    try:
        web.deed(work)
    except ANSWERED as error:
        return _one(name, str(error)), error.status
    flash(said, "done")
    return redirect(url_for("templates.page_one", name=name))


def _day(text: str, zone: str, at: datetime) -> datetime:
    """Return the beginning of a day by the clock of the site; of today, and of no day, it is now."""
    if not text:
        return at
    try:
        day = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    except ValueError:
        raise Malformed("Expected the day from which on it is used, as 2026-11-21, seen another text.") from None
    return at if day.date() == at.astimezone(ZoneInfo(zone)).date() else day


def _list(error: str = "") -> str:
    who, at = web.me(), web.now()

    def work(session: Session) -> dict[str, object]:
        known = template_store.all_(session)
        lines = [_line(session, held, known, at) for held in known]
        return {"lines": lines, "offered": template_actions.not_here(session)}

    may = template_actions.may_write(who.person, who.site)
    return render_template(
        "labelling/templates.html", **web.read(work), may=may, why=_whys(template.WHY_CHANGED), error=error
    )


def _line(session: Session, held: Held, known: tuple[Held, ...], at: datetime) -> Line:
    drafter, approver, retirer = (
        people.name_of(session, by) if by else "" for by in (held.drafted_by, held.approved_by, held.retired_by)
    )
    before = next((one.sha256 for one in known if one.name == held.name and one.version < held.version), "")
    return Line(held, template.standing(held, known, at), drafter, approver, retirer, before)


def _one(name: str, error: str = "") -> str:
    who, at = web.me(), web.now()

    def work(session: Session) -> Line:
        held = template_store.held(session, name)
        return _line(session, held, template_store.of_name(session, held.name), at)

    line = web.read(work)
    read = template_store.read(line.held)
    writes = template_actions.may_write(who.person, who.site)
    wrote = who.id in {line.held.drafted_by, line.held.submitted_by}
    return render_template(
        "labelling/template.html",
        line=line,
        label=read,
        fields=[
            (key, f"{kind.kind}, {kind.most}" + (f", {_('required')}" if kind.required else ""))
            for key, kind in read.fields.items()
        ],
        proofs=[(int(dpi), case) for dpi, case in (key.split("_", 1) for key in line.held.proofs)],
        may_submit=writes and line.held.state == "draft",
        may_approve=writes and line.held.state == "in_review" and not wrote,
        may_send_back=writes and line.held.state == "in_review",
        may_retire=writes and line.held.state in {"draft", "in_review", "approved"},
        why_back=_whys(template.WHY_SENT_BACK),
        why_retired=_whys(template.WHY_RETIRED),
        error=error,
    )


def _whys(codes: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return reasons as value and words."""
    told = {
        "first": _("the first version"),
        "layout": _("the layout"),
        "words": _("the words"),
        "law": _("what law or standard asks for"),
        "stock": _("another stock"),
        "symbol": _("its codes"),
        "fault": _("a fault"),
        "proofs": _("a proof is not right"),
        "not_needed": _("it is not needed"),
        "faulty": _("it has a fault"),
        "withdrawn": _("it is withdrawn"),
        "replaced": _("another takes its place"),
        "stock_ended": _("its stock is used up"),
    }
    return [(code, str(told[code])) for code in codes]
