"""How do codes come in: as a signed scan, as a picture, or typed by two persons from a label that nothing reads?

* A scan is judged by what the server reads from its raw bytes; whether it counts as scanned is the device's signature.
* A picture is decoded here and comes back as scans, which the page signs and posts one by one like any other.
* Pasted codes and pictures never count in production.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace
from typing import TYPE_CHECKING

import flask
from flask import Blueprint, jsonify, request
from flask_babel import gettext as _
from pydantic import BaseModel, Field, ValidationError

from coi import identity, ledger, settings, web
from coi.custody import commands, keyed, proof_store, station, store, trust
from coi.custody.commands import Heard
from coi.custody.reading import Scanned
from coi.custody.station_answer import Answer, answer_with, deed_here, drawn, reply
from coi.errors import Conflict, Malformed, NotPermitted, Unavailable, Unknown
from coi.people import accounts, devices, scanner_checks
from scanners import guard
from scanners.picture import TooLarge
from scanners.scan import ScanError

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from coi.custody.deed import Deed
    from coi.custody.station import Work
    from scanners.scan import Scan

bp = Blueprint("scans", __name__, url_prefix="/station")


class ScanForm(BaseModel, frozen=True):
    """One scan as the station's page posts it."""

    data: str = Field(max_length=8_192)
    aim: str = Field(default="", max_length=3)
    source: str = Field(default="wedge", pattern=r"^[a-z_]{1,20}$")
    device: str | None = Field(default=None, max_length=40)
    nonce: str = Field(default="", max_length=100)
    signature: str = Field(default="", max_length=200)
    seen: str = Field(default="", max_length=60, pattern=r"^([a-z0-9./_-]{1,40} \d{1,3}/\d{1,3})?$")
    """The decoder, and in how many frames of how many it saw this; signed with the rest."""
    picture: str = Field(default="", max_length=400_000)
    """The frame behind a camera's read, a JPEG in base64."""

    @property
    def image(self) -> bytes:
        """Return the frame behind the read."""
        return unbase64(self.picture)

    @property
    def bytes(self) -> bytes:
        """Return the scanned bytes."""
        return unbase64(self.data)


@bp.post("/nonce")
def fresh_nonce() -> ResponseReturnValue:
    """Give a device a nonce, and say what the device counts as."""
    who, at = web.me(), web.now()
    wanted = str((request.get_json(silent=True) or {}).get("device", ""))

    def work(session: Session) -> dict[str, str]:
        known = devices.device(session, wanted)
        if known.site != who.site:
            raise Unknown("Expected a device of your site, seen another.")
        return {"nonce": devices.nonce(session, known.id, at=at), "device": known.state}

    return jsonify(web.deed(work))


@bp.post("/scan")
def scan() -> ResponseReturnValue:
    """Take one scan and answer with the station as it stands after it."""
    who, at, key = web.me(), web.now(), web.once()
    try:
        form = ScanForm.model_validate(request.get_json(silent=True) or {})
    except ValidationError as error:
        raise Malformed("Expected a scan as data, aim and source, seen something else.") from error
    data, digest = form.bytes, web.request_digest()

    def work(session: Session) -> Answer:
        if ledger.remembered(session, key, who.id, digest) is not None:
            doing = station.look(session, deed_here(session, who, at))
            return drawn(session, deed_here(session, who, at), Heard(doing), form.device)
        signed = devices.verify(
            session,
            form.device,
            form.nonce,
            data,
            form.aim,
            form.source,
            unbase64(form.signature),
            site=who.site,
            at=at,
            seen=form.seen,
        ).signed
        if signed:
            flask.session["device"] = form.device
        counts = signed and trust.counts(form.source, form.aim, production=web.wired().purpose == "production")
        assurance = "signed" if counts else "token" if who.via == "token" else "keyed"
        commitment, replayed = proof_store.keep(session, form.image, at, data) if form.picture else ("", False)
        against = scanner_checks.state(session, form.device, form.source, at) if signed else ""
        scanned = Scanned(data, form.aim, form.source, at, assurance, form.seen, against, commitment, replayed=replayed)
        deed = deed_here(session, who, at)
        answer = drawn(session, deed, take(session, deed, scanned), form.device)
        ledger.remember(session, key, who.id, digest, {"seen": True})
        return answer

    return reply(web.deed(work))


def take(session: Session, deed: Deed, scanned: Scanned) -> Heard:
    """Obey a command code, or take a scan."""
    word = station.command(scanned)
    if word is not None:
        return commands.obey(session, deed, word)
    doing = station.scan(session, deed, scanned)
    return Heard(doing, notice=str(_("Taken.")) if doing.verdict is None and doing.items else "")


@bp.post("/picture")
def picture() -> ResponseReturnValue:
    """Read the codes in a picture and give them back; nothing is judged yet."""
    who, at = web.me(), web.now()
    if web.wired().purpose == "production":
        raise NotPermitted("Expected a scanner: in production a picture is no scan.")
    sent = request.files.get("picture")
    if sent is None:
        raise Malformed("Expected a picture, seen none.")
    try:
        found = guard.read_upload(sent.read())
    except guard.Busy as busy:
        raise Unavailable("Expected a free reader of pictures, seen none.") from busy
    except ScanError as refused:
        return _no_picture(refused)
    doing = web.read(lambda session: _waits_for_bar(session, deed_here(session, who, at)))
    return jsonify(
        {
            "scans": [
                {"data": base64.b64encode(one.data).decode("ascii"), "aim": one.aim, "source": one.source}
                for one in _useful(found, bar=doing)
            ]
        }
    )


@bp.post("/keyed")
def type_code() -> ResponseReturnValue:
    """Take the number of a label that no scanner reads, as two persons typed it, with a photo of it."""
    form, who, at = request.form, web.me(), web.now()
    sent = request.files.get("photo")
    photo = b"" if sent is None else sent.read()
    try:
        seen = guard.read_upload(photo)
    except guard.Busy as busy:
        raise Unavailable("Expected a free reader of pictures, seen none.") from busy
    except ScanError:
        photo, seen = b"", []
    labels = {name for one in seen if (name := _label(one))}

    def work(session: Session, deed: Deed) -> Work:
        step = station.look(session, deed).checkpoint
        if step is None or not keyed.may_type(step, settings.of(session).typed_at):
            raise Conflict("Expected a step at which a code may be typed, seen another.")
        if not photo:
            raise Malformed("Expected a photo of the label, seen none.")
        piece = keyed.agreed(form.get("first", ""), form.get("again", ""), form.get("second", ""), labels)
        second = accounts.password_ok(session, form.get("login", ""), form.get("secret", ""), at)
        if second is None or second.id == who.id or who.site not in second.sites():
            raise Conflict("Expected a second person of this site with an own login and password, seen none.")
        commitment, replayed = proof_store.keep(session, photo, at, piece.wire)
        typed = Scanned(piece.wire, "", "keyed", at, trust.ATTESTED, "", "", commitment, replayed=replayed)
        return station.scan(session, deed, replace(typed, attested_by=second.id))

    return answer_with(work)


def _label(one: Scan) -> str:
    """Return the number of the label that a code names; nothing where it names none."""
    try:
        value = identity.read(one.data, one.aim)
        contents = None if isinstance(value, identity.Unreadable) else identity.summary(value)
    except Malformed:
        return ""
    return "" if contents is None or contents.piece is None else str(contents.piece)


def _no_picture(refused: ScanError) -> ResponseReturnValue:
    """Say why a picture is not looked at; the page that sent it hears as well that nothing was scanned."""
    status, slug = (413, "too-large") if isinstance(refused, TooLarge) else (422, "malformed")
    title = str(_("This is no picture that can be read"))
    nothing: tuple[str, list[str]] = ("scans", [])
    return web.reply(web.Problem(status, slug, title, str(refused), web.reference(), extra=(nothing,)))


def _waits_for_bar(session: Session, deed: Deed) -> bool:
    """Tell whether the step in hand wants the bar code beside the square one."""
    doing = store.work(session, deed.by.id, deed.site)
    if "checkpoint" not in doing:
        return False
    return any(slot.symbol == "linear" for slot in station.look(session, deed).waiting)


def _useful(scans: list[Scan], *, bar: bool) -> list[Scan]:
    """Return square codes first, and a bar code only if it says something else or the step wants it too."""
    square = [one for one in scans if not one.aim.startswith("]C")]
    told = {_piece(one) for one in square} - {""}
    return [*square, *(one for one in scans if one.aim.startswith("]C") and (bar or _piece(one) not in told))]


def _piece(one: Scan) -> str:
    """Return the piece that a code names, or the code itself where it names none."""
    try:
        value = identity.read(one.data, one.aim)
        contents = None if isinstance(value, identity.Unreadable) else identity.summary(value)
    except Malformed:
        return ""
    if contents is not None and contents.piece is not None:
        return str(contents.piece)
    return one.data.decode("ascii", "replace")


def unbase64(text: str) -> bytes:
    """Return the bytes of base64 text.

    Raises:
        Malformed: it is no base64.
    """
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("Expected base64, seen something else.") from None
