"""Whose telephone is it? The page where a person enrols one, and an administrator removes a lost one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from coi import people, web
from coi.errors import Conflict, NotAuthenticated, NotPermitted
from coi.people import accounts, factors
from coi.people.rules import is_admin

if TYPE_CHECKING:
    from datetime import datetime

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

bp = Blueprint("factor", __name__, url_prefix="/account/factor")


@bp.get("")
def page() -> ResponseReturnValue:
    """Show what is enrolled, or what the telephone must learn."""
    return _page(_myself())


@bp.post("/begin")
def begin() -> ResponseReturnValue:
    """Make a key for a telephone."""
    who, at = _myself(), web.now()
    web.deed(lambda session: factors.begin(session, who.id, at))
    return redirect(url_for("factor.page"))


@bp.post("/confirm")
def confirm() -> ResponseReturnValue:
    """Take the first code, and the word of an administrator or a code of the telephone before."""
    who, at, form = _myself(), web.now(), request.form

    def work(session: Session) -> None:
        witness = _witness(session, form.get("login", "").strip(), form.get("secret", ""), at)
        code, old = form.get("code", ""), form.get("old_code", "").strip()
        factors.confirm(session, who.id, code, at, old_code=old, approved_by=witness)

    try:
        web.deed(work)
    except (NotAuthenticated, NotPermitted, Conflict) as error:
        return _page(who, str(error)), error.status
    flash(_("The telephone is enrolled. Its codes sign from now on, each once."), "done")
    return redirect(url_for("factor.page"))


@bp.post("/remove")
def remove() -> ResponseReturnValue:
    """Make a lost telephone worthless."""
    who, at, person = _myself(), web.now(), request.form.get("person", "")
    web.deed(lambda session: factors.remove(session, person, by=who.id, at=at))
    flash(_("The telephone is removed. A new one needs an administrator again."), "done")
    return redirect(url_for("factor.page"))


def _myself() -> web.Who:
    """Return who asks, through a session.

    Raises:
        NotPermitted: It is a program.
    """
    who = web.me()
    if who.via != "session":
        raise NotPermitted("Expected a person at a screen, seen an API token.")
    return who


def _witness(session: Session, login: str, secret: str, at: datetime) -> str | None:
    """Return who authenticated as the administrator beside, or None where nobody tried.

    Raises:
        WrongSecret: Login and secret open no account now; counted.
    """
    if not login:
        return None
    known = accounts.password_ok(session, login, secret, at)
    if known is None:
        raise accounts.WrongSecret(accounts.WRONG)
    return known.id


def _page(who: web.Who, error: str = "") -> str:
    """Draw the page."""
    at = web.now()
    administers = any(is_admin(who.person, site) for site in (None, *who.person.sites()))

    def work(session: Session) -> dict[str, object]:
        held = factors.enrolled(session) if administers else []
        return {
            "enrolled": factors.is_enrolled(session, who.id),
            "setup": factors.pending(session, who.id, at),
            "holders": [(one.person, people.name_of(session, one.person)) for one in held],
        }

    return render_template("people/factor.html", error=error, administers=administers, **web.read(work))
