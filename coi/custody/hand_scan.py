"""Is the label itself in somebody's hand? Only a scan that a qualified device signed says so.

What a square code says can be made up again by whoever knows the order; that a reader saw it can not. What was typed,
pasted or filled in by a program must still be the right code, but counts as no paper at hand.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from coi.custody import trust
from coi.custody.reading import Scanned
from coi.custody.trust import Read, Trust
from coi.people import devices, scanner_checks

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

FIELDS = ("data", "aim", "source", "device", "nonce", "signature", "seen")
"""What a page sends of a scan that its device signed, each as ``scan_…``; data and signature in base64."""


def typed(text: str, at: datetime) -> Scanned | None:
    """Return what somebody typed or a program filled in, or None for nothing."""
    return Scanned(text.encode(), "", "keyed", at, "keyed") if text else None


def of_form(session: Session, form: Mapping[str, str], *, site: str, at: datetime, production: bool) -> Scanned | None:
    """Return the scan that a page sends along, with what it is worth; without one, what was typed; or None."""
    data, aim, source, device, nonce, signature, seen = (form.get(f"scan_{name}", "") for name in FIELDS)
    try:
        read, signed_by = base64.b64decode(data, validate=True), base64.b64decode(signature, validate=True)
    except binascii.Error:
        read, signed_by = b"", b""
    if not read or not device:
        return typed(form.get("scanned", "").strip(), at)
    proof = devices.verify(session, device, nonce, read, aim, source, signed_by, site=site, at=at, seen=seen)
    good = proof.signed and trust.counts(source, aim, production=production)
    against = scanner_checks.state(session, device, source, at) if good else ""
    return Scanned(read, aim, source, at, "signed" if good else "keyed", seen, against)


def is_in_hand(scanned: Scanned) -> bool:
    """Say whether a scan proves that the label itself was before a reader: signed, and of its square code."""
    signed = scanned.assurance == "signed" and not scanned.replayed
    read = Read(scanned.aim, scanned.source, scanned.assurance, scanned.seen, scanned.scanner)
    return signed and trust.of(read) is Trust.FULL
