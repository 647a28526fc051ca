"""Is the scanner in my hand set up right? The page of this station's scanners, the challenge card, and its check."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from pydantic import BaseModel, Field, ValidationError

from coi import web
from coi.errors import Malformed, Unknown
from coi.people import challenge, challenge_card, devices, scanner_checks
from coi.people.challenge import Fault
from coi.people.scanner_profiles import HONEYWELL, PROFILES
from coi.web.pages import when

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

bp = Blueprint("scanners", __name__, url_prefix="/scanners")


class CheckForm(BaseModel, frozen=True):
    """The codes of a card as a station's page heard them, signed by its key."""

    source: str = Field(pattern=r"^[a-z_]{1,20}$")
    codes: list[str] = Field(min_length=1, max_length=5)
    device: str = Field(max_length=40)
    nonce: str = Field(max_length=100)
    signature: str = Field(max_length=200)


class SourceForm(BaseModel, frozen=True):
    """A scanner of a station."""

    source: str = Field(pattern=r"^[a-z_]{1,20}$")
    device: str = Field(max_length=40)


@bp.get("")
def page() -> ResponseReturnValue:
    """Show how a scanner is set up and checked."""
    web.me()
    return render_template("people/scanners.html", profiles=PROFILES, faults=_words(), wanted=_wanted())


@bp.get("/card")
def new_card() -> ResponseReturnValue:
    """Make a card with a number of its own."""
    web.me()
    return redirect(url_for("scanners.card", card=challenge_card.new_number()))


@bp.get("/card/<card>")
def card(card: str) -> ResponseReturnValue:
    """Show a card, to be printed and hung up at a station."""
    web.me()
    return render_template("people/challenge_card.html", card=_number(card), names=_wanted())


@bp.get("/card/<card>/<int:number>.svg")
def code(card: str, number: int) -> ResponseReturnValue:
    """Give one code of a card as a picture."""
    web.me()
    if not 1 <= number <= len(challenge.PAYLOADS):
        raise Unknown(f"Expected a code from 1 to {len(challenge.PAYLOADS)}, seen another.")
    return Response(challenge_card.svg(number - 1, _number(card)), mimetype="image/svg+xml")


@bp.get("/setup")
def setup() -> ResponseReturnValue:
    """Show codes that set a scanner up, to be scanned by it once."""
    web.me()
    return render_template("people/scanner_setup.html", codes=HONEYWELL, words=_setup_words())


@bp.get("/setup/<int:number>.svg")
def setup_code(number: int) -> ResponseReturnValue:
    """Give one set-up code as a picture."""
    web.me()
    if not 1 <= number <= len(HONEYWELL):
        raise Unknown(f"Expected a set-up code from 1 to {len(HONEYWELL)}, seen another.")
    return Response(challenge_card.setup_svg(HONEYWELL[number - 1].command), mimetype="image/svg+xml")


@bp.get("/state/<device>")
def state(device: str) -> ResponseReturnValue:
    """Say how this station's scanners stand."""
    who = web.me()

    def read(session: Session) -> list[dict[str, str]]:
        known = devices.device(session, device)
        if known.site != who.site:
            raise Unknown("Expected a station of your site, seen another.")
        return [
            {"source": one.source, "state": one.state, "fault": one.fault, "when": when(one.at)}
            for one in scanner_checks.scanners(session, known.id)
        ]

    return jsonify({"scanners": web.read(read)})


@bp.post("/check")
def check() -> ResponseReturnValue:
    """Judge the codes of a card; what came wrong, or a whole card, is an entry."""
    who, at = web.me(), web.now()
    try:
        form = CheckForm.model_validate(request.get_json(silent=True) or {})
    except ValidationError as error:
        raise Malformed("Expected the codes of a card, seen something else.") from error
    raws = scanner_checks.unbase64(form.codes)
    signed = scanner_checks.Signed(form.device, form.nonce, _signature(form.signature))
    outcome = web.deed(
        lambda session: scanner_checks.check(session, form.source, raws, signed, by=who.id, site=who.site, at=at)
    )
    words = {} if outcome.fault is None else _words()[outcome.fault]
    return jsonify({"right": outcome.right, "passed": outcome.passed, "fault": outcome.fault or "", **words})


@bp.post("/reconnected")
def reconnected() -> ResponseReturnValue:
    """Hear that a scanner came back after it was unplugged."""
    who, at = web.me(), web.now()
    try:
        form = SourceForm.model_validate(request.get_json(silent=True) or {})
    except ValidationError as error:
        raise Malformed("Expected a scanner of a station, seen something else.") from error
    web.deed(
        lambda session: scanner_checks.reconnected(session, form.device, form.source, by=who.id, site=who.site, at=at)
    )
    return "", 204


def _number(text: str) -> str:
    if not challenge.CARD.fullmatch(text):
        raise Unknown("Expected the number of a card, six digits, seen something else.")
    return text


def _signature(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("Expected a signature in base64, seen something else.") from None


def _wanted() -> tuple[tuple[str, str], ...]:
    """Return the card's codes as name and AIM identifier."""
    names = {
        "code128": _("Bar code"),
        "gs1code128": _("Bar code of GS1"),
        "datamatrix": _("Square code"),
        "gs1datamatrix": _("Square code of GS1"),
        "qrcode": _("QR code"),
    }
    return tuple((str(names[one.symbology]), one.aim) for one in challenge.PAYLOADS)


def _setup_words() -> dict[str, str]:
    return {
        "keyboard": str(_("Keyboard country: United States (QWERTY)")),
        "aim": str(_("AIM identifier before the data of every code")),
        "enter": str(_("Enter after the data of every code")),
    }


def _words() -> dict[Fault, dict[str, str]]:
    """Say of each fault what it is and what puts it right."""
    german, french = (
        _("The scanner types as on a German keyboard: Y and Z change places."),
        _("The scanner types as on a French keyboard: A and Q, W and Z change places."),
    )
    layout = _("Set the scanner's keyboard country to United States (QWERTY), then check again.")
    said = {
        Fault.LAYOUT_GERMAN: (german, layout),
        Fault.LAYOUT_FRENCH: (french, layout),
        Fault.CAPS_LOCK: (
            _("Capitals and small letters are exchanged."),
            _("Switch Caps Lock off, and the scanner's own Caps Lock correction too, then check again."),
        ),
        Fault.NO_AIM: (
            _("The scanner sends no symbology identifier."),
            _("Let the scanner send the AIM identifier before the data of every code."),
        ),
        Fault.WRONG_AIM: (
            _("The scanner sends the wrong symbology identifier."),
            _("Let the scanner send the AIM identifier of ISO/IEC 15424, not its maker's own code id."),
        ),
        Fault.GS_STRIPPED: (
            _("The scanner leaves out the separator of GS1 codes."),
            _("Let the scanner send the separator (GS, ASCII 29) as Ctrl+] or as Alt+029."),
        ),
        Fault.GS_REPLACED: (
            _("The scanner replaces the separator of GS1 codes by something else."),
            _("Let the scanner send the separator (GS, ASCII 29) as it is: as Ctrl+] or as Alt+029."),
        ),
        Fault.TRUNCATED: (
            _("The scanner cuts long codes off."),
            _("Set the longest length of every symbology to its largest value."),
        ),
        Fault.DIFFERS: (
            _("The code came otherwise than it is printed."),
            _("Set the scanner back to the factory's settings, set it up as this page says, and check again."),
        ),
        Fault.ANOTHER_CARD: (
            _("The codes came from two different cards."),
            _("Scan the five codes of one card."),
        ),
    }
    return {fault: {"what": str(what), "fix": str(fix)} for fault, (what, fix) in said.items()}
