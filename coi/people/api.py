"""Who am I, and which stations does my site have? For programs; the actions are those of the screens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from coi import ledger, people, web
from coi.errors import Unknown
from coi.people import devices
from coi.people.api_models import DeviceDone, DeviceOut, Devices, GrantOut, Me, NewDevice, Nonce
from coi.web import api, openapi

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from flask import Response
    from sqlalchemy.orm import Session

    from coi.people.stations import Device

    Change = Callable[..., Device]

bp = api.blueprint("people", "People and stations")


@bp.get("/me")
@bp.output(Me)
@bp.doc(operation_id="me", responses=api.told())
def me() -> Me:
    """Say who asks, with every role that counts here."""
    who, wiring = web.me(), web.wired()
    return Me.model_validate(
        {
            "person": who.id,
            "name": who.name,
            "site": who.site,
            "zone": who.zone,
            "via": who.via,
            "purpose": wiring.purpose,
            "log": wiring.log,
            "grants": [GrantOut.model_validate(held) for held in who.person.grants],
        }
    )


@bp.get("/devices")
@bp.output(Devices)
@bp.doc(operation_id="list_devices", responses=api.told())
def list_devices() -> Devices:
    """List the stations of the site."""
    who = web.me()
    found = web.read(lambda session: devices.devices(session, who.site))
    return Devices(devices=[DeviceOut.model_validate(one) for one in found])


@bp.post("/devices")
@bp.input(NewDevice, arg_name="asked")
@bp.output(DeviceDone, status_code=201)
@bp.doc(
    operation_id="propose_device",
    responses=api.told(403, 409, 413, 415, 422, 428),
    extensions=openapi.KEYED,
)
def propose(asked: NewDevice) -> Response:
    """Propose a station of the site by its public key; somebody else qualifies it."""

    def work(session: Session, who: web.Who, at: datetime) -> api.Reply:
        key = asked.key.model_dump(exclude_none=True)
        known = devices.propose(session, who.site, key, asked.label, by=who.id, at=at)
        return _done(session, known, 201)

    return api.deed(asked, work)


@bp.post("/devices/<device>/nonces")
@bp.output(Nonce, status_code=201)
@bp.doc(operation_id="new_nonce", responses=api.told(403, 404, 415))
def nonce(device: str) -> tuple[Nonce, int]:
    """Give a station of the site a nonce for its next scan; no deed, so no key."""
    who, at = web.me(), web.now()

    def work(session: Session) -> Nonce:
        known = _of_site(session, who, device)
        return Nonce.model_validate({"nonce": devices.nonce(session, known.id, at=at), "state": known.state})

    return web.deed(work), 201


_STEP: Final = api.told(403, 404, 409, 415, 422, 428)


@bp.post("/devices/<device>/qualify")
@bp.output(DeviceDone)
@bp.doc(operation_id="qualify_device", responses=_STEP, extensions=openapi.KEYED)
def qualify(device: str) -> Response:
    """Let a station's signatures count; by an administrator who did not propose it."""
    return _step(device, devices.qualify)


@bp.post("/devices/<device>/suspend")
@bp.output(DeviceDone)
@bp.doc(operation_id="suspend_device", responses=_STEP, extensions=openapi.KEYED)
def suspend(device: str) -> Response:
    """Let a station's signatures not count until it is qualified again."""
    return _step(device, devices.suspend)


@bp.post("/devices/<device>/retire")
@bp.output(DeviceDone)
@bp.doc(operation_id="retire_device", responses=_STEP, extensions=openapi.KEYED)
def retire(device: str) -> Response:
    """Let a station's signatures never count again."""
    return _step(device, devices.retire)


def _step(device: str, change: Change) -> Response:
    def work(session: Session, who: web.Who, at: datetime) -> api.Reply:
        known = _of_site(session, who, device)
        return _done(session, change(session, known.id, by=who.id, at=at), 200)

    return api.deed(None, work)


def _of_site(session: Session, who: web.Who, device: str) -> Device:
    """Return a station of the site where *who* works.

    Raises:
        Unknown: there is none, or it is another site's; both in the same words.
    """
    try:
        known = devices.device(session, device)
    except Unknown:
        known = None
    if known is None or known.site != who.site:
        raise Unknown("Expected a station of your site, seen none of that number.")
    return known


def _done(session: Session, known: Device, status: int) -> api.Reply:
    head = ledger.head(session, people.site(session, known.site).chain)
    receipt = api.Receipt.of(head)
    return api.Reply(status, DeviceDone(id=known.id, site=known.site, state=known.state, receipt=receipt))
