"""The station's own addresses: each answers with the drawn station, so that the page shows what the server keeps.

* A scan is judged by what the server reads from its raw bytes; whether it counts as scanned is the device's signature.
* A picture is decoded here and comes back as scans, which the page signs and posts one by one like any other.
* Pasted codes and pictures never count in production.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, replace
from string import ascii_letters, digits
from typing import TYPE_CHECKING, Any

import flask
from flask import Blueprint, jsonify, render_template, request
from flask_babel import gettext as _
from pydantic import BaseModel, Field, ValidationError

from coi import identity, ledger, settings, web
from coi.custody import (
    commands,
    keyed,
    proof_store,
    station,
    station_fields,
    station_screen,
    store,
    trust,
    verdict_screen,
)
from coi.custody.commands import Heard
from coi.custody.deed_frame import frame
from coi.custody.orders import PatientFacts
from coi.custody.reading import Scanned
from coi.errors import Conflict, Malformed, NotAuthenticated, NotPermitted, Unavailable, Unknown
from coi.identity import checked
from coi.people import accounts, devices, scanner_checks
from scanners import guard, symbology, vote, wedge
from scanners.picture import TooLarge
from scanners.scan import ScanError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from coi.custody.deed import Deed
    from coi.custody.station import Work
    from coi.custody.station_views import StationView
    from scanners.scan import Scan

bp = Blueprint("station", __name__, url_prefix="/station")


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
        return _unbase64(self.picture)

    @property
    def bytes(self) -> bytes:
        """Return the scanned bytes."""
        return _unbase64(self.data)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one transaction says: the station, and the nonce for its next scan."""

    view: StationView
    nonce: str = ""
    device: str = ""
    press: str = ""
    """What a command asks the page to press in its own form."""
    done: dict[str, Any] | None = None
    """The deed that was just done, for a station that holds a lease: it is used up."""


@bp.get("")
def page() -> ResponseReturnValue:
    """Show the station; a task of My work is opened by its address."""
    who, at = web.me(), web.now()
    wanted = (request.args.get("order"), request.args.get("step"))

    def work(session: Session) -> Answer:
        deed = _deed(session, who, at)
        doing = station.look(session, deed)
        order, step = wanted
        if (order and step and doing.verdict is None) or (order and step and doing.acknowledged):
            doing = _open(session, deed, doing, store.load(session, order).id, step)
        return Answer(station_screen.station(session, deed, doing, answered=False))

    answer = web.deed(work)
    patience = settings.of_engine(web.wired().database.engine).station_patience_ms
    return render_template(
        "custody/station.html", view=answer.view, unverified=verdict_screen.unverified(), patience=patience
    )


def _open(session: Session, deed: Deed, doing: Work, order: str, step: str) -> Work:
    """Open a step, unless it is the very one in hand."""
    if doing.order is not None and doing.order.id == order and doing.checkpoint and doing.checkpoint.id == step:
        return doing
    return station.begin(session, deed, order, step)


@bp.get("/state")
def state() -> ResponseReturnValue:
    """Say what the server keeps, for a page that lost an answer: the last verdict too."""
    return _answer(station.look, answered=True)


@bp.get("/wedge.json")
def wedge_tables() -> ResponseReturnValue:
    """Give the tables by which keystrokes are told from scans; the door needs them too, so everybody may read them."""
    return jsonify(wedge.tables())


@bp.get("/light.json")
def light() -> ResponseReturnValue:
    """Give the rules by which a page's camera reads and votes: those of ``scanners``, so that both read alike."""
    letters = {letter: symbology.family_of(f"]{letter}0") for letter in ascii_letters}
    return jsonify(
        {
            "size": vote.WINDOW,
            "linear": vote.AGREE_LINEAR,
            "matrix": vote.AGREE_LIVE,
            "repeat_s": vote.REPEAT_SECONDS,
            "forget_s": vote.FORGET_SECONDS,
            "families": {letter: family for letter, family in letters.items() if family != "other"},
            "formats": FORMATS,
            "patient_formats": [*FORMATS, "Aztec", "PDF417"],
            "names": {aim: symbology.name_of(aim) for aim in _aims()},
            "own_bars": f"^[{checked.ALPHABET}]{{{checked.LENGTH}}}$",
            "decoder": "zxing-wasm/3.1.4",
        }
    )


FORMATS = ("DataMatrix", "Code128", "QRCodeModel2")
"""What a camera looks for, by zxing's names: the symbologies of our own labels."""


def _aims() -> list[str]:
    """Return every AIM identifier that may have a name of its own, and each letter for the rest of its family."""
    return [f"]{letter}{digit}" for letter in ascii_letters for digit in ("", *digits)]


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
            doing = station.look(session, _deed(session, who, at))
            return _drawn(session, _deed(session, who, at), Heard(doing), form.device)
        signed = devices.verify(
            session,
            form.device,
            form.nonce,
            data,
            form.aim,
            form.source,
            _unbase64(form.signature),
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
        deed = _deed(session, who, at)
        answer = _drawn(session, deed, _take(session, deed, scanned), form.device)
        ledger.remember(session, key, who.id, digest, {"seen": True})
        return answer

    return _reply(web.deed(work))


def _take(session: Session, deed: Deed, scanned: Scanned) -> Heard:
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
    doing = web.read(lambda session: _waits_for_bar(session, _deed(session, who, at)))
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

    return _answer(work)


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


@bp.post("/begin")
def begin() -> ResponseReturnValue:
    """Open a step from the list of what waits."""
    form = request.form
    return _answer(
        lambda session, deed: station.begin(
            session, deed, store.load(session, form.get("coi", "")).id, form.get("step", "")
        )
    )


@bp.post("/confirm")
def confirm() -> ResponseReturnValue:
    """Take what was stated at a step, or its bare confirmation, and judge."""
    form = request.form
    blind = station_fields.PATIENT_FIELDS
    facts = PatientFacts(*(form.get(name, "") for name in blind)) if any(form.get(name) for name in blind) else None
    ours = {"csrf_token", "once", *blind}
    values = {name: text.strip() for name, text in form.items() if name not in ours and text.strip()}
    return _answer(lambda session, deed: station.state(session, deed, values, facts))


@bp.post("/sign")
def sign() -> ResponseReturnValue:
    """Take the signatures of all signers at once; a wrong secret leaves the statement waiting."""
    form, who = request.form, web.me()
    numbers = sorted(int(name.removeprefix("secret-")) for name in form if name.removeprefix("secret-").isdigit())

    def work(session: Session, deed: Deed) -> Work:
        own = accounts.email_of(session, who.id) or ""
        logins = [own if n == 1 else form.get(f"login-{n}", "").strip() for n in numbers]
        auths = [
            (login, form.get(f"secret-{n}", ""), form.get(f"code-{n}", ""))
            for n, login in zip(numbers, logins, strict=True)
        ]
        return station.sign(session, deed, auths)

    try:
        return _answer(work)
    except NotAuthenticated as error:
        return _answer(station.look, error=str(error))


@bp.post("/acknowledge")
def acknowledge() -> ResponseReturnValue:
    """Take note that a person has read the verdict."""
    return _answer(station.acknowledge)


@bp.post("/cancel")
def cancel() -> ResponseReturnValue:
    """Put down what was half done."""
    return _answer(station.cancel)


def _answer(work: Callable[[Session, Deed], Work], *, answered: bool = True, error: str = "") -> ResponseReturnValue:
    """Do *work* in one transaction and answer with the station after its commit."""
    who, at = web.me(), web.now()

    def whole(session: Session) -> Answer:
        deed = _deed(session, who, at)
        try:
            again = "once" in request.form and web.taken_before(session)
            doing = station.look(session, deed) if again else work(session, deed)
        except (Conflict, Malformed) as out_of_step:  # an older picture, or a slip of the keyboard: nothing is judged
            doing = station.look(session, deed)
            view = station_screen.station(session, deed, doing, answered=answered, notice=str(out_of_step))
            return Answer(view)
        view = station_screen.station(session, deed, doing, answered=answered, error=error)
        return Answer(view, done=_done(doing))

    return _reply(web.deed(whole))


def _drawn(session: Session, deed: Deed, heard: Heard, device: str | None) -> Answer:
    """Draw the station after a scan, and give the device its next nonce."""
    doing = heard.work
    view = station_screen.station(session, deed, doing, answered=True, notice=heard.notice)
    answer = Answer(view, press=heard.press, done=_done(doing))
    if device is None:
        return answer
    try:
        known = devices.device(session, device)
    except Unknown:
        return answer
    return replace(answer, nonce=devices.nonce(session, device, at=deed.at), device=known.state)


def _done(doing: Work) -> dict[str, Any] | None:
    """Return what the newest verdict did, if it did anything: the deed, who, with which containers, since when."""
    if doing.verdict is None or doing.verdict.stmt["outcome"] not in {"accepted", "quarantined"}:
        return None
    stmt: Mapping[str, Any] = doing.verdict.stmt
    return {
        "order": stmt["order"],
        "deed": stmt["checkpoint"],
        "by": stmt["actor"],
        "containers": sorted({effect["container"] for effect in stmt["effects"] if "container" in effect}),
        "thaw": next((effect["began"] for effect in stmt["effects"] if effect["do"] == "thaw_clock"), None),
    }


def _reply(answer: Answer) -> ResponseReturnValue:
    """Return the drawn station as the page's script wants it, or send a browser without script back to the page."""
    if not web.wants_json():
        return flask.redirect(flask.url_for("station.page"), 303)
    verdict = answer.view.verdict
    reply: dict[str, Any] = {
        "html": render_template("custody/_station.html", view=answer.view),
        "word": None if verdict is None else verdict.word,
        "notice": answer.view.notice,
    }
    if answer.done:
        reply["done"] = answer.done
    if answer.press:
        reply["press"] = answer.press
    if answer.nonce:
        reply |= {"nonce": answer.nonce, "device": answer.device}
    return jsonify(reply)


def _deed(session: Session, who: web.Who, at: datetime) -> Deed:
    """Return the frame of a deed at this station: through the device that last signed in this session."""
    return frame(session, who, at, flask.session.get("device"))


def _unbase64(text: str) -> bytes:
    """Return the bytes of base64 text.

    Raises:
        Malformed: it is no base64.
    """
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("Expected base64, seen something else.") from None
