"""Where a station asks for its lease before the thaw, hands in what it did alone, and finds the thaw clock.

* A lease is asked for with a wristband scan that this very station signed, and the sign-in of everybody who is needed.
* The packet that a station keeps holds no patient: pseudonyms, hashes, and the names of who signed in.
* The page that serves without the server is the same for everybody and holds nothing; its worker is served here so that
  its scope is the station and nothing else.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import flask
from flask import Blueprint, jsonify, render_template, request
from pydantic import BaseModel, Field, ValidationError

from coi import people, web
from coi.custody import (
    actions,
    inbox_web,
    lease_actions,
    lease_intake,
    lease_reader,
    lease_screen,
    lease_store,
    order_screen,
    trust,
)
from coi.custody.deed_frame import frame
from coi.custody.reading import Scanned
from coi.custody.scan_web import ScanForm, unbase64
from coi.errors import Malformed, NotAuthenticated
from coi.people import devices, scanner_checks

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from coi.custody.deed import Deed, Outcome
    from coi.custody.lease import Lease
    from coi.custody.lease_packet import Sent
    from coi.ledger.entry import Entry
    from coi.people.signatures import Auth

Form = TypeVar("Form", bound=BaseModel)

bp = Blueprint("lease", __name__)

WORKER = Path(__file__).resolve().parent.parent / "static" / "lease_worker.js"
MOST_PERSONS = 6
MOST_RECORDS = 50


class PersonForm(BaseModel, frozen=True):
    """What one person gives to sign in at the preflight."""

    login: str = Field(max_length=200)
    secret: str = Field(max_length=200)
    code: str = Field(default="", max_length=20)

    @property
    def auth(self) -> Auth:
        """Return it as signatures take it."""
        return (
            (self.login.strip(), self.secret, self.code.strip())
            if self.code.strip()
            else (self.login.strip(), self.secret)
        )


class AskForm(BaseModel, frozen=True):
    """What a station sends to get a lease."""

    order: str = Field(max_length=40)
    container: str = Field(default="", max_length=40)
    scan: ScanForm | None = None
    persons: tuple[PersonForm, ...] = Field(default=(), max_length=MOST_PERSONS)


class RecordForm(BaseModel, frozen=True):
    """One record of what was done alone, with the station's signature over its text."""

    text: str = Field(max_length=70_000)
    signature: str = Field(max_length=200)


class HandInForm(BaseModel, frozen=True):
    """The queue of one lease, or a part of it."""

    lease: str = Field(max_length=40)
    records: tuple[RecordForm, ...] = Field(min_length=1, max_length=MOST_RECORDS)


class HolderForm(BaseModel, frozen=True):
    """The signature by which a station proves that it holds a lease, and how many records it made by it."""

    device: str = Field(max_length=40)
    nonce: str = Field(max_length=100)
    signature: str = Field(max_length=200)
    sent: int = Field(default=0, ge=0)


class LostForm(BaseModel, frozen=True):
    """Who declares a station lost."""

    persons: tuple[PersonForm, ...] = Field(default=(), max_length=MOST_PERSONS)


@bp.get("/station/preflight")
def preflight_page() -> ResponseReturnValue:
    """Show the checklist before a thaw, and the places to sign in."""
    who, at = web.me(), web.now()
    name, bag = request.args.get("order", ""), request.args.get("container", "")

    def work(session: Session) -> tuple[lease_screen.PreflightView, Lease | None]:
        deed = frame(session, who, at, flask.session.get("device"))
        found = lease_actions.look(session, deed, name, bag)
        return lease_screen.preflight(found), lease_store.live(session, found.container, at)

    view, lease = web.read(work)
    return render_template("custody/preflight.html", view=view, lease=lease)


@bp.post("/station/lease")
def ask_lease() -> ResponseReturnValue:
    """Give this station a lease when everything is green; else answer with the checklist as it is."""
    who, at = web.me(), web.now()
    form = _form(AskForm)
    auths = [person.auth for person in form.persons if person.login.strip()]

    def work(session: Session) -> tuple[lease_actions.Preflight, dict[str, Any] | None]:
        deed, scanned = _signed(session, frame(session, who, at, None), form.scan)
        if web.taken_before(session):
            raise Malformed("Expected a new preflight, seen one that was answered before.")
        found = lease_actions.issue(session, deed, form.order, form.container, auths, scanned)
        if found.lease is None:
            return found, None
        lease_reader.lend(session, deed, found.lease, inbox_web.bound_to())
        return found, lease_screen.packet(session, found.lease, found.order, at)

    try:
        found, packet = web.deed(work)
    except NotAuthenticated as error:
        return jsonify({"packet": None, "error": str(error)})  # who asks is signed in: another's secret was wrong
    html = render_template("custody/_checklist.html", view=lease_screen.preflight(found))
    return jsonify({"packet": packet, "html": html}), 200 if packet else 409


@bp.post("/station/lease/<lease>")
def renew(lease: str) -> ResponseReturnValue:
    """Tell the holder its lease as the server knows it now: the thaw clock, and what was done."""
    who, at, form = web.me(), web.now(), _form(HolderForm)

    def work(session: Session) -> dict[str, Any]:
        deed = _holder(session, frame(session, who, at), form, lease)
        known, order = lease_actions.held_by(session, deed, lease)
        lease_reader.lend(session, deed, known, inbox_web.bound_to())
        return lease_screen.packet(session, known, order, at)

    return jsonify({"packet": web.deed(work)})


@bp.post("/station/lease/<lease>/end")
def end(lease: str) -> ResponseReturnValue:
    """Give a lease back, when all that was done by it has come in."""
    who, at, form = web.me(), web.now(), _form(HolderForm)

    def work(session: Session) -> Entry:
        deed = _holder(session, frame(session, who, at), form, lease)
        return lease_actions.give_back(session, deed, lease, form.sent)

    return jsonify({"receipt": _receipt(web.deed(work))})


@bp.post("/station/lease/<lease>/lost")
def lost(lease: str) -> ResponseReturnValue:
    """Declare the station of a lease lost, by two who signed in at its preflight."""
    who, at, form = web.me(), web.now(), _form(LostForm)
    auths = [person.auth for person in form.persons if person.login.strip()]
    try:
        entry = web.deed(lambda session: lease_actions.declare_lost(session, frame(session, who, at), lease, auths))
    except NotAuthenticated as error:
        return jsonify({"receipt": None, "error": str(error)})
    return jsonify({"receipt": _receipt(entry)})


@bp.post("/station/provisional")
def hand_in() -> ResponseReturnValue:
    """Take in what a station did alone; what was taken before is answered the same and not taken twice."""
    who, at, form = web.me(), web.now(), _form(HandInForm)
    records = [(one.text, unbase64(one.signature)) for one in form.records]
    taken = web.deed(
        lambda session: lease_intake.take_in(session, frame(session, who, at), form.lease, records, judge_again)
    )
    return jsonify(
        {
            "taken": [
                {"number": one.number, "outcome": one.outcome, "holds": list(one.holds), "receipt": _receipt(one.entry)}
                for one in taken
            ]
        }
    )


@bp.get("/station/alone")
def alone() -> ResponseReturnValue:
    """Show the page that serves without the server: the same for everybody, with nothing in it."""
    web.me()
    return render_template("custody/alone.html", me=None)


@bp.get("/station/worker.js")
def worker() -> ResponseReturnValue:
    """Give the worker that keeps that page, for the station's addresses and no others."""
    web.me()
    headers = {"Service-Worker-Allowed": "/station"}
    return flask.Response(WORKER.read_text(encoding="utf-8"), mimetype="text/javascript", headers=headers)


@bp.get("/orders/<name>/clock")
def clock_page(name: str) -> ResponseReturnValue:
    """Show the thaw clock of an order, for a wall."""
    who, at = web.me(), web.now()
    view = web.read(lambda session: lease_screen.clock(order_screen.seen_by(session, who.person, name)))
    if web.wants_json():
        return jsonify(
            {
                "ends_at": None if view.ends_at is None else view.ends_at.isoformat(),
                "state": view.state,
                "now": at.isoformat(),
            }
        )
    return render_template("custody/clock.html", view=view, now=at)


def judge_again(session: Session, deed: Deed, lease: Lease, one: Sent, scans: tuple[Scanned, ...]) -> Outcome:
    """Judge a deed by its own gate again, as of the instant when it was done."""
    done = one.record.attempt
    return actions.by_lease(
        session,
        deed,
        lease.order,
        done.deed,
        scans,
        dict(done.values),
        signers=[people.person(session, name) for name in done.persons],
        lease=lease.id,
        recorded_at=web.now(),
    )


def _signed(session: Session, deed: Deed, form: ScanForm | None) -> tuple[Deed, Scanned | None]:
    """Return the deed through the station that signed the scan, and the scan with what it is worth."""
    if form is None:
        return deed, None
    data = form.bytes
    signed = devices.verify(
        session, form.device, form.nonce, data, form.aim, form.source, unbase64(form.signature),
        site=deed.site, at=deed.at, seen=form.seen,
    ).signed  # fmt: skip
    counts = signed and trust.counts(form.source, form.aim, production=web.wired().purpose == "production")
    against = scanner_checks.state(session, form.device, form.source, deed.at) if signed else ""
    worth = "signed" if counts else "keyed"
    scanned = Scanned(data, form.aim, form.source, deed.at, worth, form.seen, against)
    if not signed or form.device is None:
        return deed, scanned
    flask.session["device"] = form.device
    known = devices.device(session, form.device)
    return replace(deed, device=known.id, device_site=known.site, device_state=known.state), scanned


def _holder(session: Session, deed: Deed, form: HolderForm, lease: str) -> Deed:
    """Return the deed through the station that just signed the lease's name over a fresh nonce; else through none."""
    signature = unbase64(form.signature)
    proven = devices.verify(
        session, form.device, form.nonce, lease.encode("utf-8"), "", "lease", signature, site=deed.site, at=deed.at
    )
    return replace(deed, device=form.device) if proven.signed else deed


def _form(kind: type[Form]) -> Form:
    """Return what was sent, in its shape.

    Raises:
        Malformed: It has another.
    """
    try:
        return kind.model_validate(request.get_json(silent=True) or {})
    except ValidationError as error:
        raise Malformed("Expected what this address asks for, seen something else.") from error


def _receipt(entry: Entry) -> dict[str, Any]:
    return {"chain": entry.chain, "seq": entry.seq, "hash": entry.hash}
