"""Protocols as governed data: proposed by one person, approved by another's signature, retired, and migrated to.

* What is proposed is sound: every fault is named and nothing is written (``protocol_check``).
* Who proposed a protocol cannot approve it; with the next version's approval the one before is superseded.
* Orders that run keep the version they were opened with, until two persons sign that this one goes on by another.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from coi import ledger
from coi.custody import protocol_store, store
from coi.custody.protocol_check import faults_of
from coi.custody.protocol_migration import may_migrate
from coi.custody.protocol_reading import BadProtocol
from coi.errors import Conflict, Malformed, NotPermitted
from coi.people import CONSOLE, signatures
from coi.people.signatures import NotSigned

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.custody.deed import Deed
    from coi.custody.protocol_store import Held
    from coi.ledger.entry import Entry
    from coi.person import Grant, Person

WRITERS = ("doc_control", "qa_reviewer")
"""Roles that may propose, approve and retire; never one person for both sides of a version."""
MIGRATORS = (frozenset({"qa_reviewer"}), frozenset({"physician", "coordinator"}))
"""Who signs that a running order goes on by another version: quality, and who answers for the patient."""
WHY_RETIRED = ("faulty", "withdrawn", "replaced", "product_ended")
PART = 7_000
"""Bytes of text in one entry: with every character escaped it still fits."""
WIDEST = 4
"""Bytes of the longest character in UTF-8."""
NAMES: Mapping[str, int] = {"id": 60, "title": 200, "product": 40}
"""How long what is listed may be."""


def propose(session: Session, deed: Deed, data: bytes) -> str:
    """Propose a protocol by its bytes; return its SHA-256.

    Raises:
        NotPermitted: The person neither controls documents nor reviews quality here.
        BadProtocol: It has faults; the text names every one.
        Conflict: These bytes, or this or a later version of this protocol, are known already.
    """
    grant = _writer(deed, None)
    return _propose(session, data, deed.at, deed.common(grant.role))


def propose_at_console(session: Session, data: bytes, at: datetime) -> str:
    """Propose a protocol at the server's console: it opens nothing until a person has signed it."""
    return _propose(session, data, at, {"actor": CONSOLE, "at": ledger.instant(at), "basis": "console"})


def approve(session: Session, deed: Deed, sha256: str, login: str, secret: str) -> Entry:
    """Approve a proposed protocol by the signature of somebody who did not propose it.

    Raises:
        NotPermitted: The person may not, or proposed it.
        NotAuthenticated: The secret is wrong.
        Conflict: It does not wait for approval, has faults by the rules of today, comes after a later version, or
            another protocol serves its product.
    """
    _lock(session)
    held = protocol_store.held(session, sha256)
    grant = _writer(deed, held.product)
    if held.proposed_by == deed.by.id:
        raise NotPermitted("Expected another person than who proposed it, seen the same.")
    if held.state != "proposed":
        raise Conflict(f"Expected a protocol that waits for approval, seen one that is {held.state}.")
    found = faults_of(held.body.encode("utf-8"))
    if found:
        raise Conflict(f"Expected a protocol without faults, seen {len(found)}: {found[0]}")
    known = protocol_store.all_(session)
    later = [
        other.name for other in known if other.id == held.id and other.version > held.version and other.approved_by
    ]
    if later:
        raise Conflict(f"Expected a version after those that were approved, seen {', '.join(later)}: propose it anew.")
    others = {
        other.name
        for other in known
        if other.state == "approved" and other.product == held.product and other.id != held.id
    }
    if others:
        raise Conflict(f"Expected one protocol for {held.product}, seen {', '.join(others)} in force: retire it first.")
    return _sign(session, deed, grant, "protocol.approved", _about(held), (login, secret))


def retire(session: Session, deed: Deed, sha256: str, why: str, login: str, secret: str) -> Entry:
    """Retire a protocol by signature: no order is opened by it any more; those that run go on.

    Raises:
        NotPermitted: The person may not.
        NotAuthenticated: The secret is wrong.
        Malformed: The reason is not of the list.
        Conflict: It is retired already.
    """
    _lock(session)
    held = protocol_store.held(session, sha256)
    grant = _writer(deed, held.product)
    if why not in WHY_RETIRED:
        raise Malformed(f"Expected one of {WHY_RETIRED}, seen {why[:20]!r}.")
    if held.state == "retired":
        raise Conflict("Expected a protocol that is not retired, seen one that is.")
    return _sign(session, deed, grant, "protocol.retired", {**_about(held), "reason": why}, (login, secret))


def migrate(session: Session, deed: Deed, order_id: str, sha256: str, auths: Sequence[tuple[str, str]]) -> Entry:
    """Let a running order go on by another version, signed by quality and by who answers for the patient.

    The roles are those of the site that treats. The entry stands on the order's chain and names the version.

    Raises:
        NotPermitted: The site has no part in the order, or a signature does not count.
        NotAuthenticated: A secret is wrong.
        Conflict: The version is not approved, or something stands against the change; the text names all of it.
    """
    order = store.load(session, order_id)
    if deed.site not in dict(order.sites).values():
        raise NotPermitted("Expected a site that takes part in this order, seen another.")
    store.lock(session, frozenset({order.id}))
    order = store.load(session, order.id)
    held = protocol_store.held(session, sha256)
    if held.state != "approved":
        raise Conflict(f"Expected a version that is approved, seen one that is {held.state}.")
    old, new = protocol_store.by_sha(session, order.protocol_sha256), protocol_store.by_sha(session, held.sha256)
    against = may_migrate(order, old, new)
    if against:
        raise Conflict(" ".join(against))
    stmt = {
        **deed.common(),
        "id": ledger.new_id(),
        "order": order.id,
        "outcome": "accepted",
        "protocol": held.name,
        "protocol_sha256": held.sha256,
        "before": order.protocol,
        "before_sha256": order.protocol_sha256,
    }
    where = order.site("treatment")
    prepared = signatures.prepare(session, stmt, "approved", MIGRATORS, deed.at, product=order.product, site=where)
    signed = [signatures.sign(session, prepared.id, login, secret, deed.at) for login, secret in auths]
    refused = [one.message for one in signed if isinstance(one, NotSigned)]
    if refused or deed.by.id not in {one.person for one in signed}:
        told = refused[0] if refused else "seen none of who does it."
        raise NotPermitted(f"Expected two signatures that count, one of them of who does it: {told}")
    sig = signatures.collect(session, prepared.id, stmt, deed.at)
    return ledger.record(session, order.chain, "order.protocol_migrated", stmt, at=deed.at, sig=sig)


def may_write(person: Person, site: str, product: str | None) -> bool:
    """Tell whether to offer a form; the action decides."""
    return person.grant(WRITERS, site, product) is not None


def _propose(session: Session, data: bytes, at: datetime, frame: Mapping[str, Any]) -> str:
    found = faults_of(data)
    if found:
        raise BadProtocol("\n".join(found))
    raw = json.loads(data)
    sha256 = hashlib.sha256(data).hexdigest()
    said = {"id": raw["id"], "title": raw["title"], "product": raw["product"]["code"]}
    for name, length in NAMES.items():
        if len(said[name]) > length or not said[name].isprintable():
            raise Malformed(f"Expected a {name} of at most {length} printable characters, seen {len(said[name])}.")
    _lock(session)
    versions = [held for held in protocol_store.all_(session) if held.id == said["id"]]
    if any(held.sha256 == sha256 for held in protocol_store.all_(session)):
        raise Conflict(f"Expected a protocol that is new, seen {sha256[:12]} again.")
    newest = max((held.version for held in versions), default=0)
    if int(raw["version"]) <= newest:
        raise Conflict(f"Expected a version of {said['id']} after {newest}, seen {raw['version']}.")
    text = data.decode("utf-8")
    size = PART if text.isascii() else PART // WIDEST
    parts = [text[begin : begin + size] for begin in range(0, len(text), size)]
    stmt: dict[str, ledger.Json] = {
        **frame,
        "id": ledger.new_id(),
        "outcome": "accepted",
        "protocol": said["id"],
        "version": int(raw["version"]),
        "title": said["title"],
        "product": said["product"],
        "sha256": sha256,
    }
    chain = ledger.installation(session).org_chain
    ledger.record(session, chain, "protocol.proposed", stmt, at=at)
    for number, part in enumerate(parts, start=1):
        of: dict[str, ledger.Json] = {"sha256": sha256, "part": number, "of": len(parts), "text": part}
        ledger.record(
            session, chain, "protocol.text", {**frame, "id": ledger.new_id(), "outcome": "accepted", **of}, at=at
        )
    return sha256


def _sign(
    session: Session, deed: Deed, grant: Grant, kind: str, said: Mapping[str, Any], auth: tuple[str, str]
) -> Entry:
    """Record one entry on the organisation's chain by the signature of who does it."""
    stmt = {**deed.common(grant.role), "id": ledger.new_id(), "outcome": "accepted", **said}
    prepared = signatures.prepare(
        session, stmt, "approved", (frozenset(WRITERS),), deed.at, product=str(said["product"])
    )
    signed = signatures.sign(session, prepared.id, *auth, deed.at)
    if isinstance(signed, NotSigned) or signed.person != deed.by.id:
        told = signed.message if isinstance(signed, NotSigned) else "seen another person's."
        raise NotPermitted(f"Expected a signature that counts of who does it: {told}")
    sig = signatures.collect(session, prepared.id, stmt, deed.at)
    return ledger.record(session, ledger.installation(session).org_chain, kind, stmt, at=deed.at, sig=sig)


def _about(held: Held) -> dict[str, Any]:
    return {"protocol": held.id, "version": held.version, "product": held.product, "sha256": held.sha256}


def _writer(deed: Deed, product: str | None) -> Grant:
    grant = deed.by.grant(WRITERS, deed.site, product)
    if grant is None:
        raise NotPermitted(f"Expected {' or '.join(WRITERS)} at {deed.site}, seen another role.")
    return grant


def _lock(session: Session) -> None:
    """Lock the organisation's chain, so that two versions cannot pass each other."""
    ledger.lock(session, ledger.installation(session).org_chain)
