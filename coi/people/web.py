"""Who comes in, at which site, and which screens speak for that site? Forms and routes; the judgement is elsewhere.

* A badge stands in place of the login name, never of the password.
* A person with roles at several sites works at one at a time and says which.
* A screen that nobody used for some minutes is locked (``idle``): the same person comes back to what was in hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import flask
from flask import Blueprint, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from pydantic import BaseModel, Field, ValidationError

from coi import ledger, people, settings, web
from coi.errors import CoiError, Malformed, Unknown
from coi.identity.badge import Badge
from coi.people import devices, idle, store, wiring
from coi.people.accounts import WRONG
from coi.people.rules import is_admin

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from coi.people.devices import Device
    from coi.person import Person

bp = Blueprint("people", __name__, static_folder=None)

VERBS = {
    "qualify": (devices.qualify, ("proposed", "suspended")),
    "suspend": (devices.suspend, ("qualified",)),
    "retire": (devices.retire, ("proposed", "qualified", "suspended")),
}
"""What may be done with a device, and from which states."""


@dataclass(frozen=True, slots=True)
class DeviceView:
    """One device as its line shows it."""

    id: str
    label: str
    state: str
    at: datetime | None
    by: str
    verbs: tuple[tuple[str, str], ...]
    site: str


class DeviceForm(BaseModel, frozen=True):
    """What a station's page sends when it proposes itself."""

    label: str = Field(min_length=1, max_length=60)
    key: dict[str, str]


def identify() -> web.Who | None:
    """Return who is asking: the owner of a bearer token, or the person of the session; wired into the web's hook."""
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        at = web.now()
        return web.read(lambda session: _by_token(session, secret.strip(), at))
    signed_in = wiring.signed_in()
    if signed_in is None or idle.is_idle(web.now()):
        return None
    if idle.by_hand():
        idle.use(web.now())
    return web.read(lambda session: _by_session(session, signed_in))


def _by_token(session: Session, secret: str, at: datetime) -> web.Who:
    person, token = people.by_token(session, secret, at=at)
    return _who(session, person, token.site, via="token")


def _by_session(session: Session, person_id: str) -> web.Who | None:
    person = people.person(session, person_id)
    sites = person.sites()
    if not person.active or not sites:
        return None
    chosen = flask.session.get("site")
    return _who(session, person, chosen if chosen in sites else sites[0])


def _who(session: Session, person: Person, site: str, *, via: Literal["session", "token"] = "session") -> web.Who:
    where = people.site(session, site)
    names = people.names_of(session, person.id, site, *person.sites())
    others = tuple((one, names[one]) for one in person.sites())
    return web.Who(person, names[person.id], site, names[site], where.zone, via, others)


@bp.get("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Show the door."""
    if web.somebody() is not None:
        return redirect(url_for("work.home"))
    return _door()


@bp.post("/sign-in")
def come_in() -> ResponseReturnValue:
    """Let somebody in, or say once more where the door is."""
    form = request.form
    try:
        badge = Badge.parse(form["badge"]) if form.get("badge") else None
    except CoiError:
        return _door(WRONG), 401
    before = wiring.signed_in()
    now_in = wiring.enter(form.get("login", ""), form.get("password", ""), badge)
    if now_in is None:
        return _door(WRONG), 401
    flask.session.permanent = True
    idle.use(web.now())
    if now_in != before:  # who unlocks the own screen stays at the site and the device of before
        flask.session.pop("site", None)
        flask.session.pop("device", None)
    return redirect(_inside(form.get("next")) or url_for("work.home"))


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """Close the session."""
    wiring.leave()
    flask.session.clear()
    return redirect(url_for("people.sign_in"))


@bp.post("/lock")
def lock() -> ResponseReturnValue:
    """Lock the screen until its person is back; what is in hand stays."""
    idle.lock()
    return redirect(url_for("people.sign_in", next=_inside(request.form.get("next"))))


@bp.post("/still-here")
def still_here() -> ResponseReturnValue:
    """Hear from a page that its person typed or touched, so that nobody is locked out over a long form."""
    web.me()
    idle.use(web.now())
    return "", 204


@bp.app_context_processor
def _idle_words() -> dict[str, object]:
    """Tell every page after how many seconds it locks, and how many milliseconds it waits for the answer to a scan."""
    knobs = settings.of_engine(web.wired().database.engine)
    return {"idle_lock": idle.seconds(), "patience": knobs.station_patience_ms}


@bp.post("/site")
def work_at() -> ResponseReturnValue:
    """Work at another of the person's own sites."""
    wanted = request.form.get("site", "")
    if wanted not in web.me().person.sites():
        raise Unknown("Expected one of your own sites, seen another.")
    flask.session["site"] = wanted
    flask.session.pop("device", None)
    return redirect(url_for("work.home"))


@bp.get("/devices")
def devices_page() -> ResponseReturnValue:
    """Show the devices of the site."""
    who = web.me()
    return render_template("people/devices.html", devices=web.read(lambda session: _views(session, who)))


@bp.post("/devices")
def propose_device() -> ResponseReturnValue:
    """Propose the browser that asks, by its public key."""
    who, at = web.me(), web.now()
    try:
        form = DeviceForm.model_validate(request.get_json(silent=True) or {})
    except ValidationError as error:
        raise Malformed("Expected a name of 1 to 60 characters and a public key, seen something else.") from error
    known = web.deed(lambda session: _proposed(session, form, who.site, who.id, at))
    return jsonify({"id": known.id, "state": known.state}), 201


def _proposed(session: Session, form: DeviceForm, site: str, by: str, at: datetime) -> devices.Device:
    """Return the device of a key, proposed now if it is new; in a demo it is qualified at once."""
    known = devices.by_key(session, form.key)
    if known is not None:
        return known
    fresh = devices.propose(session, site, form.key, form.label, by=by, at=at)
    if web.wired().purpose == "demo":
        return devices.qualify_in_demo(session, fresh.id, at=at)
    return fresh


@bp.post("/devices/<device>/<verb>")
def change_device(device: str, verb: str) -> ResponseReturnValue:
    """Qualify, suspend or retire a device."""
    who, at = web.me(), web.now()
    if verb not in VERBS:
        raise Unknown(f"Expected one of {', '.join(VERBS)}, seen another verb.")
    change: Callable[..., Device] = VERBS[verb][0]
    changed = web.deed(lambda session: change(session, device, by=who.id, at=at))
    flash(_("The device is now %(state)s.", state=changed.state), "done")
    return redirect(url_for("people.devices_page"))


def _door(error: str = "") -> str:
    """Draw the sign-in page."""
    printed: Callable[[], Sequence[object]] = current_app.extensions.get("coi_logins", tuple)
    who = wiring.signed_in()
    name, login = ("", "") if who is None else web.read(lambda session: _known_here(session, who))
    return render_template(
        "people/sign_in.html",
        error=error,
        login=request.form.get("login", login),
        locked=name,
        next=_inside(request.values.get("next")),
        demo_logins=printed() if web.wired().purpose == "demo" else (),
    )


def _known_here(session: Session, person: str) -> tuple[str, str]:
    """Return name and login of who locked this screen."""
    return people.name_of(session, person), people.accounts.email_of(session, person) or ""


def _inside(address: str | None) -> str | None:
    """Return an address of this very house, or None: nobody is sent elsewhere after signing in."""
    parts = urlsplit(address or "")
    if not address or parts.scheme or parts.netloc or not address.startswith("/") or address.startswith(("//", "/\\")):
        return None
    return address


def _views(session: Session, who: web.Who) -> tuple[DeviceView, ...]:
    """Return the site's devices as lines, with what this person may do to each; who administers all sees all."""
    shown = [site for site in people.sites(session) if site.id == who.site or is_admin(who.person, site.id)]
    words = {"qualify": _("Qualify"), "suspend": _("Suspend"), "retire": _("Retire")}
    began = {
        str(entry.stmt["concerns"]): entry.at
        for site in shown
        for entry in ledger.entries(session, site.chain)
        if entry.type == "people.device_proposed"
    }
    return tuple(
        DeviceView(
            one.id,
            store.name(session, one.id) or one.id,
            one.state,
            began.get(one.id),
            people.name_of(session, one.proposed_by),
            tuple(
                (verb, words[verb])
                for verb, (_do, states) in VERBS.items()
                if one.state in states and is_admin(who.person, site.id)
            ),
            people.name_of(session, site.id),
        )
        for site in shown
        for one in devices.devices(session, site.id)
    )
