"""Where a page meets the scanner station that it is bound to: it asks each second, and takes scan by scan.

* A page is told numbers, never bytes: the server opens what the station signed, and judges it as any scan.
* The page learns where the station's program listens while this server is away, by a token that only this session gets.
* The station's manifest for that time is signed here.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import flask
from flask import Blueprint, jsonify, request
from flask_babel import gettext as _
from pydantic import BaseModel, Field, ValidationError

from coi import ledger, people, settings, web
from coi.custody import lease_reader, manifest, station
from coi.custody.commands import Heard
from coi.custody.reading import Scanned
from coi.custody.scan_web import take
from coi.custody.station_answer import Answer, deed_here, drawn, reply
from coi.errors import Conflict, Malformed, NotAuthenticated
from coi.people import challenge, device_store, scanner_checks, station_api, station_events, station_intake
from coi.people.challenge import Fault
from coi.web.pages import POLICY
from scanners.station import manifest as manifests

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Response
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from coi.custody.deed import Deed
    from coi.people.stations import Device
    from scanners.events import ScanEvent

bp = Blueprint("inbox", __name__)

_TO_BRIDGE = "connect-src 'self' http://127.0.0.1:*"
PAGES = frozenset({"station.page", "lease.alone"})
"""Pages that may ask a program on their own machine."""


class ScanForm(BaseModel, frozen=True):
    """Which scan of the bound station the page takes."""

    seq: int = Field(ge=1, le=2**31 - 1)


class BindForm(BaseModel, frozen=True):
    """Which station the page binds itself to; empty lets it go."""

    device: str = Field(default="", max_length=40)


@bp.get("/station/inbox")
def inbox() -> ResponseReturnValue:
    """Say which scans of the bound station wait, in order; unbound, which stations there are to choose from."""
    who, at = web.me(), web.now()
    bound = bound_to()
    try:
        after = int(request.args.get("after", "0"))
    except ValueError:
        raise Malformed("Expected after as a whole number, seen something else.") from None

    def work(session: Session) -> dict[str, Any]:
        found = None if bound is None else station_intake.offered(session, *bound, after, at)
        if bound is None or found is None:
            there = station_intake.present(session, who.site, at)
            lines = [{"device": one.id, "label": _label(session, one)} for one in there]
            return {"bound": None, "stations": lines}
        waiting, door = found
        return {
            "bound": bound[0],
            "label": _label(session, device_store.device(session, bound[0])),
            "scans": [{"seq": one.seq} for one in waiting],
            "leases": station_intake.held_by(session, bound[0]),
            "door": json.loads(door) if door else None,
        }

    return jsonify(web.read(work))


@bp.post("/station/inbox/bind")
def bind() -> ResponseReturnValue:
    """Bind this session to a station's program, or let it go; another page that was bound to it is bound no more."""
    who, at = web.me(), web.now()
    try:
        form = BindForm.model_validate(request.get_json(silent=True) or {})
    except ValidationError as error:
        raise Malformed("Expected the number of a station, seen something else.") from error
    flask.session.pop("inbox", None)
    if form.device:
        mark = web.deed(lambda session: station_intake.bind(session, form.device, who.site, by=who.id, at=at))
        flask.session["inbox"] = [form.device, mark, who.id]
    return jsonify({"bound": form.device or None})


@bp.post("/station/inbox/scan")
def scan() -> ResponseReturnValue:
    """Take one scan of the bound station, and answer with the page's station as it stands after it."""
    who, at, key, digest = web.me(), web.now(), web.once(), web.request_digest()
    bound = bound_to()
    try:
        form = ScanForm.model_validate(request.get_json(silent=True) or {})
    except ValidationError as error:
        raise Malformed("Expected the number of a scan, seen something else.") from error
    if bound is None or who.via == "token":
        raise NotAuthenticated("Expected a page that is bound to a scanner station, seen another.")

    def work(session: Session) -> Answer:
        deed = deed_here(session, who, at)
        if ledger.remembered(session, key, who.id, digest) is not None:
            return drawn(session, deed, Heard(station.look(session, deed)), None)
        try:
            event = station_intake.take(session, *bound, form.seq, who.site, by=who.id, at=at)
        except Conflict as late:  # too old, or taken: nothing is judged, and the page says why
            return drawn(session, deed, Heard(station.look(session, deed), notice=str(late)), None)
        if "device" not in flask.session:
            flask.session["device"] = bound[0]
            deed = deed_here(session, who, at)
        ledger.remember(session, key, who.id, digest, {"station": bound[0], "seq": form.seq})
        return drawn(session, deed, _heard(session, deed, event), None)

    return reply(web.deed(work))


def _heard(session: Session, deed: Deed, event: ScanEvent) -> Heard:
    """Judge an event that the person took, or say why it is no scan."""
    notice = _no_scan(session, deed, event)
    if notice is not None:
        return Heard(station.look(session, deed), notice=notice)
    return take(session, deed, _scanned(session, event, deed.at))


def _no_scan(session: Session, deed: Deed, event: ScanEvent) -> str | None:
    """Say why an event is judged by no gate (perhaps nothing need be said), or None.

    1. It was scanned before the answer that stood here last: nobody scanned it knowing what is asked now.
    2. It repeats the one before it: a trigger pulled twice.
    3. It is a code of the challenge card.
    """
    if station.is_of_before(session, deed, station_events.scanned_at(event)):
        return str(_("This was scanned before the last answer stood here: scan it again."))
    if station_intake.is_again(session, event, by=deed.by.id, at=deed.at):
        return ""
    told = _checked(session, event, deed.by.id, deed.at)
    return None if told is None else _of_check(told)


def _checked(session: Session, event: ScanEvent, by: str, at: datetime) -> scanner_checks.Outcome | None:
    """Take a code of the challenge card for the check that this session has begun; None where it is none."""
    card = _of_card(event, tuple(flask.session.get("card", ())))
    flask.session["card"] = list(card)
    if not card:
        return None
    told = scanner_checks.by_station(session, event.device_id, event.source_class, card, by=by, at=at)
    if told.fault is not None or told.passed:
        flask.session.pop("card")
    return told


def _scanned(session: Session, event: ScanEvent, at: datetime) -> Scanned:
    """Return what a station scanned, with what it is worth."""
    against = scanner_checks.state(session, event.device_id, event.source_class, at)
    seen = f"{event.decoder.name}/{event.decoder.version} {event.frames.agree}/{event.frames.seen}"
    when = min(at, station_events.scanned_at(event))  # windows run from scan to scan, not from answer to answer
    worth = "signed" if event.aim or web.wired().purpose != "production" else "keyed"
    return Scanned(event.data, event.aim, event.source_class, when, worth, seen, against)


def _of_card(event: ScanEvent, begun: tuple[str, ...]) -> tuple[str, ...]:
    """Return the codes of the challenge card that are scanned with this one; none where it is no code of the card."""
    raw = event.aim + event.data.decode("latin-1")
    if event.source_class not in scanner_checks.SOURCES:
        return ()
    for codes in ((*begun, raw), (raw,)):
        if challenge.judge(len(codes) - 1, raw) is not Fault.DIFFERS:
            return codes
    return ()


def _of_check(told: scanner_checks.Outcome) -> str:
    """Say how the check of the station's scanner stands."""
    if told.fault is not None:
        return str(
            _(
                "The scanner failed its check at code %(number)s of the card: see the page Scanners.",
                number=told.right + 1,
            )
        )
    if told.passed:
        return str(_("The scanner is checked: every code of the card came right."))
    wanted = len(challenge.PAYLOADS)
    return str(_("Challenge card: %(right)s of %(wanted)s codes came right.", right=told.right, wanted=wanted))


@bp.get("/api/station/manifest")
def offline_manifest() -> ResponseReturnValue:
    """Give a station's program what it may show while this server is away, signed by this installation's key."""

    def work(session: Session, device: Device, at: datetime) -> dict[str, Any]:
        lease_reader.take_back(session, device.id, at)
        said = manifest.made(session, device.site, device.id, at)
        text, signature = manifests.written(said, station_api.server_key(settings.of(session)))
        return {"manifest": text.decode("utf-8"), "signature": signature.hex()}

    return station_api.signed(work)


@bp.after_app_request
def let_pages_ask_the_bridge(response: Response) -> Response:
    """Let the station's pages, and no others, ask a program on their own machine."""
    if request.endpoint in PAGES:
        policy = POLICY.replace("connect-src 'self'", _TO_BRIDGE)
        response.headers.setdefault("Content-Security-Policy", policy)
    return response


def bound_to() -> tuple[str, str] | None:
    """Return the station of this session and the page's mark; who comes in after another is bound to none."""
    found = flask.session.get("inbox")
    return (str(found[0]), str(found[1])) if found and found[2:] == [web.me().id] else None


def _label(session: Session, device: Device | None) -> str:
    return str(_("no station")) if device is None else people.name_of(session, device.id)
