"""Who is on call at this site, and who puts them there? Forms and routes; the judgement is elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from coi import people, web
from coi.errors import Conflict, Malformed, NotPermitted, Unknown
from coi.people import on_call_actions, on_call_store
from coi.people.on_call_rules import LONGEST, QUALITY
from coi.people.rules import is_admin
from coi.person import ROLES

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from coi.people import ToCall

bp = Blueprint("on_call", __name__)


@dataclass(frozen=True, slots=True)
class DutyView:
    """One line of the list."""

    id: str
    name: str
    role: str
    begins: datetime
    ends: datetime
    contact: str
    now: bool


@dataclass(frozen=True, slots=True)
class OnCallView:
    """The list of one site."""

    duties: tuple[DutyView, ...]
    calls: tuple[ToCall, ...]
    """Whom of quality to call now."""
    able: tuple[tuple[str, str], ...]
    """Person and role, as ``person/role``, with words: who could be put on the list."""


@bp.get("/on-call")
def on_call_page() -> ResponseReturnValue:
    """Show who is on call at the site."""
    return _list()


@bp.post("/on-call")
def put_on_call() -> ResponseReturnValue:
    """Put somebody on call, or show the form again with what is wrong in it."""
    who, at, form = web.me(), web.now(), request.form
    person, _slash, role = form.get("who", "").partition("/")
    try:
        span = (_local(form.get("begins", ""), who.tz), _local(form.get("ends", ""), who.tz))

        def work(session: Session) -> None:
            if not web.taken_before(session):
                contact = form.get("contact", "")
                on_call_actions.put_on_call(session, who.site, person, role, span, contact, by=who.id, at=at)

        web.deed(work)
    except (Malformed, Unknown, NotPermitted, Conflict) as error:
        return _list(str(error)), error.status
    flash(_("The list is changed. Screens name this person from the begin on."), "done")
    return redirect(url_for("on_call.on_call_page"))


@bp.post("/on-call/<duty>/remove")
def take_off_call(duty: str) -> ResponseReturnValue:
    """Take somebody off call."""
    who, at = web.me(), web.now()

    def work(session: Session) -> None:
        if not web.taken_before(session):
            on_call_actions.take_off_call(session, duty, by=who.id, at=at)

    web.deed(work)
    flash(_("The list is changed."), "done")
    return redirect(url_for("on_call.on_call_page"))


def _local(text: str, zone: ZoneInfo) -> datetime:
    """Read what a field for a date and a time holds, by the clock of the site."""
    try:
        typed = datetime.fromisoformat(text)
    except ValueError as error:
        raise Malformed("Expected a day and a time such as 2026-11-21T08:00, seen something else.") from error
    return typed if typed.tzinfo is not None else typed.replace(tzinfo=zone)


def _list(error: str = "") -> str:
    """Draw the list."""
    who, at = web.me(), web.now()

    def work(session: Session) -> OnCallView:
        duties = tuple(
            DutyView(
                one.id,
                people.name_of(session, one.person),
                web.role_words(one.role),
                one.begins,
                one.ends,
                on_call_store.contact(session, one.person),
                one.covers(at),
            )
            for one in on_call_store.duties(session, who.site, at)
        )
        return OnCallView(duties, people.who_to_call(session, who.site, at), _able(session, who.site))

    return render_template(
        "people/on_call.html",
        view=web.read(work),
        may_edit=is_admin(who.person, who.site),
        longest=LONGEST.days,
        typed=request.form,
        error=error,
    )


def _able(session: Session, site: str) -> tuple[tuple[str, str], ...]:
    """Return who works at the site and as what, quality first."""
    found = [
        (role not in QUALITY, people.name_of(session, person), role, person)
        for role in ROLES
        for person in people.at_site(session, site, frozenset({role}))
    ]
    return tuple(
        (f"{person}/{role}", f"{name} · {web.role_words(role)}") for _rest, name, role, person in sorted(found)
    )
