"""What went wrong, and how far is quality with it? Forms in, actions, pages out; no rule stands here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from coi import web
from coi.errors import CoiError, Conflict, Malformed, NotAuthenticated, NotPermitted
from coi.people import accounts
from coi.quality import actions, deviation_store, deviations, screen, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from coi.person import Person
    from coi.quality.screen import DeviationView, Words

bp = Blueprint("quality", __name__)


@dataclass(frozen=True, slots=True)
class DeviationTask:
    """One deviation that waits for this person, as My work shows it."""

    title: str
    due: datetime | None
    url: str
    order: str
    product: str
    checkpoint: str = "DEV"
    blocked: str = ""
    why: str = ""


def open_tasks(session: Session, person: Person, site: str, at: datetime) -> Iterable[DeviationTask]:  # noqa: ARG001  the registry's shape
    """Offer My work the deviations that nobody has yet, and those that are this person's."""
    if person.grant(deviations.QUALITY, site, None) is None:
        return []
    return [
        DeviationTask(
            title=str(_("Deviation: %(what)s", what=one.title)),
            due=one.due,
            url=url_for("quality.deviation_page", name=one.id),
            order=one.order or one.id,
            product=one.severity_words,
            why=one.next,
        )
        for known in deviation_store.at_sites(session, (site,))
        if known.state == "open" or (known.state == "taken" and known.taken_by == person.id)
        for one in [screen.line(session, known, _told())]
    ]


@bp.get("/deviations")
def deviations_page() -> ResponseReturnValue:
    """List the deviations of the person's sites."""
    return _list()


@bp.post("/deviations")
def report() -> ResponseReturnValue:
    """Open a deviation by hand, or show the form again with what is wrong in it."""
    who, at, form = web.me(), web.now(), request.form

    def work(session: Session) -> str | None:
        if web.taken_before(session):
            return None
        what = (
            web.chosen(form, "seen", _("What it was")),
            web.chosen(form, "severity", _("How bad it is")),
            form.get("text", ""),
        )
        return actions.report(session, who.person, who.site, *what, at=at)

    try:
        name = web.deed(work)
    except Malformed as error:
        return _list(str(error)), error.status
    if name is None:
        return redirect(url_for("quality.deviations_page"))
    flash(_("The deviation is open. Quality of this site sees it now."), "done")
    return redirect(url_for("quality.deviation_page", name=name))


@bp.get("/deviations/<name>")
def deviation_page(name: str) -> ResponseReturnValue:
    """Show one deviation whole."""
    return _page(name)


@bp.post("/deviations/<name>/texts")
def texts(name: str) -> ResponseReturnValue:
    """Open what was written, and show the page with it; the opening is logged."""
    who, at = web.me(), web.now()

    def work(session: Session) -> DeviationView:
        known = screen.seen_by(session, who.person, name)
        opened = actions.texts(session, known, who.person, at=at)
        return screen.view(session, known, who.person, _told(), at, opened)

    return _draw(web.deed(work))


@bp.post("/deviations/<name>/take")
def take(name: str) -> ResponseReturnValue:
    """Take a deviation on."""
    who, at = web.me(), web.now()
    return _change(name, lambda session: actions.take(session, name, who.person, at=at), str(_("It is yours now.")))


@bp.post("/deviations/<name>/notes")
def note(name: str) -> ResponseReturnValue:
    """Write down what was found out."""
    who, at, text = web.me(), web.now(), request.form.get("text", "")
    done = str(_("Written down. The words lie in the vault."))
    return _change(name, lambda session: actions.note(session, name, who.person, text, at=at), done)


@bp.post("/deviations/<name>/close")
def close(name: str) -> ResponseReturnValue:
    """Close a deviation by the password of who is signed in."""
    who, at, form = web.me(), web.now(), request.form

    def work(session: Session) -> object:
        return actions.close(
            session,
            name,
            who.person,
            root_cause=web.chosen(form, "root_cause", _("Why it happened")),
            impact=web.chosen(form, "impact", _("What it did")),
            text=form.get("conclusion", ""),
            sign=(accounts.email_of(session, who.id) or "", form.get("secret", "")),
            at=at,
        )

    return _change(name, work, str(_("The deviation is closed.")))


def _change(name: str, work: Callable[[Session], object], done: str) -> ResponseReturnValue:
    """Do one deed on a deviation that the person may see; show the page again with what was typed if it may not be."""
    who = web.me()

    def once(session: Session) -> None:
        screen.seen_by(session, who.person, name)
        if not web.taken_before(session):
            work(session)

    try:
        web.deed(once)
    except (Malformed, NotAuthenticated, NotPermitted, Conflict) as error:
        return _page(name, error)
    flash(done, "done")
    return redirect(url_for("quality.deviation_page", name=name))


def _list(error: str = "") -> str:
    """Draw the list with the form to report one."""
    who = web.me()
    found = web.read(lambda session: screen.lines(session, who.person, _told()))
    return render_template(
        "quality/deviations.html",
        deviations=found,
        error=error,
        typed=request.form,
        seen=[(code, words.seen(code)) for code in deviations.SEEN],
        severities=[(str(code), words.severity(code)) for code in deviations.RANK],
    )


def _page(name: str, error: CoiError | None = None) -> ResponseReturnValue:
    """Draw one deviation, with what was wrong if something was."""
    who, at = web.me(), web.now()

    def work(session: Session) -> DeviationView:
        known = screen.seen_by(session, who.person, name)
        return screen.view(session, known, who.person, _told(), at)

    return _draw(web.read(work), "" if error is None else str(error)), 200 if error is None else error.status


def _draw(view: DeviationView, error: str = "") -> str:
    """Draw the page of one deviation."""
    return render_template(
        "quality/deviation.html",
        view=view,
        error=error,
        typed=request.form,
        root_causes=[(code, words.root_cause(code)) for code in deviations.ROOT_CAUSES],
        impacts=[(code, words.impact(code)) for code in deviations.IMPACTS],
    )


def _told() -> Words:
    """Return the words of the rooms above, wired in ``coi.app``."""
    return cast("Words", current_app.extensions["coi_quality_words"])
