"""Where a station's program hands in its events and finds itself in the register: signed requests, no session."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Blueprint, jsonify, request
from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field, ValidationError

from coi import settings, web
from coi.errors import Malformed, NotAuthenticated, Unknown
from coi.people import device_store, station_intake
from coi.people.station_events import HEADING, Flaw, Sent
from coi.people.station_intake import Says
from scanners.events import instant

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from coi.people.stations import Device
    from coi.settings import Settings

bp = Blueprint("station_api", __name__, url_prefix="/api/station")

STATUS = {Flaw.BAD_SIGNATURE: 401, Flaw.UNKNOWN_DEVICE: 401, Flaw.NOT_A_PROGRAM: 401}
"""What an unproven caller gets; every other flaw is a judgement: 409."""


LEASES: Final = 200
"""So many of a program's leases are heard."""


def _first(said: object) -> object:
    """Return no more of a list than is heard."""
    return said[:LEASES] if isinstance(said, list) else said


class EventForm(BaseModel, frozen=True):
    """One event with its signature."""

    event: str = Field(max_length=20_000)
    signature: str = Field(max_length=100)


class DoorForm(BaseModel, frozen=True):
    """Where the bound page may ask while this server is away."""

    ports: list[int] = Field(default=[], max_length=3)
    token: str = Field(default="", max_length=100, pattern=r"^[0-9a-f]*$")
    until: str = Field(default="", max_length=30)
    page: str = Field(default="", max_length=16)
    """Which binding the token is for, by the name that the last answer gave it."""


class OutboxForm(BaseModel, frozen=True):
    """What a program has that it was told of no receipt for, with this request's events."""

    newest: int = Field(ge=1, le=2**31 - 1)
    oldest_at: AwareDatetime


class HandInForm(BaseModel, frozen=True):
    """What a program hands in: events in order, perhaps none, and how it stands."""

    events: list[EventForm] = Field(max_length=station_intake.MOST)
    door: DoorForm = DoorForm()
    outbox: OutboxForm | None = None
    unplugged: list[Literal["serial", "evdev"]] = Field(default=[], max_length=2)
    """Scanners that were pulled out since it was last heard."""
    leases: Annotated[list[Annotated[str, Field(pattern=r"^LS-[0-9a-f]{12}$")]], BeforeValidator(_first)] = []
    """The leases that it has on its disk; what is over the most is left out, since no list may stop its events."""


@bp.get("/enrolment/<thumbprint>")
def enrolment(thumbprint: str) -> ResponseReturnValue:
    """Tell a program what the register says of its key, which nobody else can name."""
    at = web.now()
    known = web.read(lambda session: device_store.by_thumbprint(session, thumbprint))
    if known is None or not known.key.is_program:
        raise Unknown("Expected the key of a station that was proposed, seen none of that name.")
    return jsonify(
        {
            "device": known.id,
            "site": known.site,
            "state": known.state,
            "server_key": public_key(settings.of_engine(web.wired().database.engine)),
            "now": instant(at),
        }
    )


@bp.post("/events")
def events() -> ResponseReturnValue:
    """Take in events, in order, each once; answer with the newest that is kept."""
    try:
        form = HandInForm.model_validate_json(request.get_data(cache=True))
    except ValidationError as error:
        raise Malformed("Expected events with their signatures, seen something else.") from error
    sent = [Sent(one.event, unbase64(one.signature)) for one in form.events]
    door = json.dumps(form.door.model_dump()) if form.door.token else ""

    says = Says(door, form.door.page, holds=tuple(form.leases))
    if form.outbox is not None:
        says = replace(says, newest=form.outbox.newest, oldest_at=form.outbox.oldest_at)

    def work(session: Session, device: Device, at: datetime) -> dict[str, Any]:
        unplugged = station_intake.unplugged(session, device, form.unplugged, at=at)
        taken = station_intake.take_in(session, device, sent, says, at=at)
        refused = None if taken.flaw is None else {"code": taken.flaw.value, "seq": taken.seq}
        head = {"seq": taken.head.seq, "sha256": taken.head.sha256}
        page = station_intake.page_of(session, device.id)
        return {
            "head": head,
            "refused": refused,
            "now": instant(at),
            "state": device.state,
            "page": page,
            "unplugged": unplugged,
            "leases": station_intake.leases_of(session, device.id),
        }

    return signed(work)


def signed(work: Callable[[Session, Device, datetime], dict[str, Any]]) -> ResponseReturnValue:
    """Do *work* for the program that signed this request; any other is told why not.

    Raises:
        Malformed: The request does not say who asks, and when.
    """
    at = web.now()
    device, when = request.headers.get("X-Station-Device", ""), request.headers.get("X-Station-At", "")
    signature = unbase64(request.headers.get("X-Station-Signature", ""))
    try:
        asked_at = datetime.fromisoformat(when)
    except ValueError:
        raise NotAuthenticated("Expected a request that a station signed, seen none.") from None
    if asked_at.tzinfo is None:
        raise Malformed("Expected the time of the request with its zone, seen none.")
    digest = hashlib.sha256(request.get_data(cache=True)).hexdigest()
    text = HEADING + f"{request.method}\n{request.path}\n{when}\n{digest}".encode()

    def whole(session: Session) -> tuple[dict[str, Any], int]:
        known, flaw = station_intake.caller(session, device[:40], text, signature, asked_at, at=at)
        if known is None or flaw is not None:
            code = flaw or Flaw.UNKNOWN_DEVICE
            return {"refused": {"code": code.value, "seq": 0}, "now": instant(at)}, STATUS.get(code, 409)
        return work(session, known, at), 200

    told, status = web.deed(whole)
    return jsonify(told), status


def server_key(knobs: Settings) -> Ed25519PrivateKey:
    """Return the key with which this installation signs what stations may show while it is away."""
    return Ed25519PrivateKey.from_private_bytes(knobs.key("station"))


def public_key(knobs: Settings) -> str:
    """Return its public half as a station keeps it."""
    raw = server_key(knobs).public_key().public_bytes_raw()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def unbase64(text: str) -> bytes:
    """Return the bytes of base64 text.

    Raises:
        Malformed: It is no base64.
    """
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("Expected base64, seen something else.") from None
