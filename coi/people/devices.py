"""What is done about stations that sign their scans? One function a verb; entries on the chain of the device's site.

A device proves *where* a scan was made, never *who* made it. What does not verify is keyed, and says why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi import ledger, settings
from coi.errors import Conflict, NotPermitted, Unknown
from coi.ledger import instant
from coi.people import device_store, rules, stations, store
from coi.people.stations import SIGNED, Assurance, Device, Doubt

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.ledger import Json

__all__ = [
    "SIGNED",
    "Assurance",
    "Device",
    "Doubt",
    "by_key",
    "device",
    "devices",
    "nonce",
    "propose",
    "qualify",
    "qualify_in_demo",
    "retire",
    "suspend",
    "verify",
]

devices = device_store.devices


def propose(
    session: Session, site: str, public_key_jwk: Mapping[str, object], label: str, *, by: str, at: datetime
) -> Device:
    """Propose a station by its public key; anybody who works at the site may. The label is a store."""
    where = _site(session, site)
    known = store.person(session, by)
    if known is None or not known.active or not (site in known.sites() or rules.is_admin(known, site)):
        raise NotPermitted(f"Expected somebody who works at {site}, seen {by}.")
    key = stations.read_key(public_key_jwk)
    if device_store.by_thumbprint(session, key.thumbprint) is not None:
        raise Conflict("Expected a key that no device has yet, seen one that is enrolled or was retired.")
    fresh = Device(store.new_id("D"), site, "proposed", key, by)
    _record(session, where, "proposed", fresh, by, at, {"x": key.x, "y": key.y})
    store.keep_name(session, fresh.id, label)
    return fresh


def qualify(session: Session, device: str, *, by: str, at: datetime) -> Device:
    """Let a proposed or suspended device's signatures count; by an administrator who did not propose it."""
    return _step(session, device, "qualified", by, at)


def suspend(session: Session, device: str, *, by: str, at: datetime) -> Device:
    """Let a device's signatures not count until it is qualified again."""
    return _step(session, device, "suspended", by, at)


def retire(session: Session, device: str, *, by: str, at: datetime) -> Device:
    """Let a device's signatures never count again."""
    return _step(session, device, "retired", by, at)


def device(session: Session, device_id: str) -> Device:
    """Return a device.

    Raises:
        Unknown: There is no such device.
    """
    known = device_store.device(session, device_id)
    if known is None:
        raise Unknown(f"Expected a device of this installation, seen {device_id[:40]!r}.")
    return known


def by_key(session: Session, public_key_jwk: Mapping[str, object]) -> Device | None:
    """Return the device with that public key, so that a station's page finds itself again."""
    return device_store.by_thumbprint(session, stations.read_key(public_key_jwk).thumbprint)


def nonce(session: Session, device_id: str, *, at: datetime) -> str:
    """Give a device a nonce for its next scan; single use, short life."""
    return device_store.new_nonce(session, device(session, device_id).id, at, at + settings.of(session).nonce_life)


def verify(  # noqa: PLR0913  what was signed, by what, and where
    session: Session,
    device_id: str | None,
    nonce_text: str,
    data: bytes,
    aim: str,
    source: str,
    signature: bytes,
    *,
    site: str,
    at: datetime,
    seen: str = "",
) -> Assurance:
    """Tell whether a qualified device of *site* signed this scan just now; the nonce is used up either way."""
    if device_id is None or not signature:
        return Assurance(Doubt.UNSIGNED)
    known = device_store.device(session, device_id)
    doubt = device_store.use_nonce(session, device_id, nonce_text, at)
    return stations.judge(known, site, doubt, stations.message(nonce_text, data, aim, source, seen), signature)


def qualify_in_demo(session: Session, device_id: str, *, at: datetime) -> Device:
    """Qualify a device at once, which only a demo may: a newcomer's browser is nobody's station.

    Raises:
        NotPermitted: The installation is no demo.
    """
    if ledger.installation(session).purpose != "demo":
        raise NotPermitted("Expected a demo, where a browser counts as qualified, seen another installation.")
    where = _site(session, device(session, device_id).site)
    known = device(session, device_id)
    stations.check_step(known, "qualified", rules.CONSOLE, alone=True)
    _record(session, where, "qualified", known, rules.CONSOLE, at, {"basis": "demo"})
    return device(session, device_id)


def _step(session: Session, device_id: str, to: str, by: str, at: datetime) -> Device:
    """Bring a device to another state: one entry on its site's chain."""
    where = _site(session, device(session, device_id).site)
    known = device(session, device_id)
    actor = store.person(session, by)
    if actor is None or not rules.is_admin(actor, known.site):
        raise NotPermitted(f"Expected an administrator of {known.site}, seen {by}.")
    stations.check_step(known, to, by, alone=ledger.installation(session).purpose == "demo")
    _record(session, where, to, known, by, at, {})
    return device(session, device_id)


def _site(session: Session, site_id: str) -> rules.Site:
    """Return the site with its chain locked."""
    known = store.site(session, site_id)
    if known is None:
        raise Unknown(f"Expected a site of this installation, seen {site_id[:40]!r}.")
    ledger.lock(session, known.chain)
    return known


def _record(
    session: Session, site: rules.Site, what: str, known: Device, by: str, at: datetime, said: Mapping[str, Json]
) -> None:
    """Append one entry to the site's chain."""
    stmt: dict[str, Json] = {
        "id": ledger.new_id(),
        "actor": by,
        "at": instant(at),
        "site": site.id,
        "concerns": known.id,
        "outcome": "accepted",
        **said,
    }
    ledger.record(session, site.chain, f"people.device_{what}", stmt, at=at)
