"""Where somebody of the site proposes a station's program by its public key, as ``coi-station enrol`` prints it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from coi import web
from coi.errors import CoiError
from coi.people import devices

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

LONGEST = 60

bp = Blueprint("programs", __name__, static_folder=None)


@bp.get("/devices/program")
def page() -> ResponseReturnValue:
    """Show the form."""
    web.me()
    return render_template("people/program.html", error="", label="", key="")


@bp.post("/devices/program")
def propose() -> ResponseReturnValue:
    """Propose the program of that key; what is wrong with it is said beside the form."""
    who, at = web.me(), web.now()
    label, key = request.form.get("label", "").strip(), request.form.get("key", "").strip()
    if not label or len(label) > LONGEST:
        return _again(str(_("Give the station a name of 1 to 60 characters.")), label, key)
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": key}
    try:
        known = web.deed(lambda session: devices.propose(session, who.site, jwk, label, by=who.id, at=at))
    except CoiError as wrong:
        return _again(str(wrong), label, key)
    flash(
        _("The station %(name)s is proposed: %(id)s. Now run coi-station enrol again.", name=label, id=known.id), "done"
    )
    return redirect(url_for("people.devices_page"), 303)


def _again(error: str, label: str, key: str) -> ResponseReturnValue:
    return render_template("people/program.html", error=error, label=label, key=key), 422
