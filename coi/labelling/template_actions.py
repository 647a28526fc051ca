"""Templates as governed data: drafted, submitted with proofs, approved by another, in force from a day, retired.

* What is drafted is sound: the library refuses what is unknown, off the label, over another thing, or not lawful.
* What is submitted fits at its worst, at every resolution; the hashes of its proofs stand in the entry.
* Who drafted or submitted a version cannot approve it. Labels that were intended keep the version they were intended
  with; a new one is used from its day on.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import labels
from coi import ledger
from coi.errors import Conflict, Malformed, NotPermitted
from coi.identity.checked import LENGTH, is_complete
from coi.identity.piece_id import PRIME
from coi.labelling import template_proofs, template_store
from coi.labelling.drawing import DESIGNS
from coi.labelling.template import WHY_CHANGED, WHY_RETIRED, WHY_SENT_BACK
from coi.ledger.entry import instant
from coi.people import CONSOLE, signatures
from coi.people.signatures import NotSigned
from labels import BadTemplate, LabelError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.labelling.template import Held
    from coi.ledger.entry import Entry
    from coi.person import Grant, Person
    from labels import Template

WRITERS = ("doc_control", "qa_reviewer")
"""Roles that may draft, submit, approve and retire; never one person for both sides of a version."""
OF_ORDERS = tuple(sorted({design.drawing for design in DESIGNS.values()}))
"""The shipped templates by which labels of orders are printed."""
PART = 7_000
"""Bytes of text in one entry."""
WIDEST = 4
"""Bytes of the longest character in UTF-8."""


def draft(session: Session, by: Person, site: str, data: bytes, why: str, *, at: datetime) -> str:
    """Take a template's file as a draft; return its SHA-256.

    Raises:
        NotPermitted: The person neither controls documents nor reviews quality here.
        Malformed: It is no template (the message names the place), or the reason is not of the list.
        Conflict: This version, or a later one of this template, is known already.
    """
    return _draft(session, data, why, at, _frame(by, _grant(by, site), site, at))


def draft_at_console(session: Session, data: bytes, at: datetime) -> str:
    """Take and submit a template at the server's console: no label is printed by it until a person has signed it."""
    frame = {"actor": CONSOLE, "at": instant(at), "basis": "console", "outcome": "accepted"}
    sha256 = _draft(session, data, "first", at, frame)
    _submit(session, template_store.held(session, sha256), frame, at)
    return sha256


def draft_shipped(session: Session, by: Person, site: str, name: str, *, at: datetime) -> str:
    """Take a template that came with the software as a draft; return its SHA-256.

    Raises:
        NotPermitted: The person neither controls documents nor reviews quality here.
        Malformed: No such template came with it.
        Conflict: This version, or a later one of this template, is known already.
    """
    if name not in labels.shipped():
        raise Malformed(f"Expected one of {sorted(labels.shipped())}, seen {name[:40]!r}.")
    return draft(session, by, site, json.dumps(labels.shipped()[name].to_json()).encode(), "first", at=at)


def not_here(session: Session) -> tuple[Template, ...]:
    """Return the templates that came with the software and that nobody has drafted here yet."""
    newest = {one.name: one.version for one in reversed(template_store.all_(session))}
    return tuple(one for name, one in sorted(labels.shipped().items()) if newest.get(name, 0) < one.version)


def submit(session: Session, by: Person, site: str, sha256: str, *, at: datetime) -> Entry:
    """Draw the proof set of a draft and hand both over to be read.

    Raises:
        NotPermitted: The person may not.
        Malformed: A worst case does not fit; the message names it.
        Conflict: It is no draft any more.
    """
    _lock(session)
    held = template_store.held(session, sha256)
    frame = _frame(by, _grant(by, site), site, at)
    if held.state != "draft":
        raise Conflict(f"Expected a draft, seen one that is {held.state}.")
    return _submit(session, held, frame, at)


def send_back(session: Session, by: Person, site: str, sha256: str, why: str, *, at: datetime) -> Entry:
    """Send a submitted version back to who wrote it, with the reason.

    Raises:
        NotPermitted: The person may not.
        Malformed: The reason is not of the list.
        Conflict: It does not wait for approval.
    """
    _lock(session)
    held = template_store.held(session, sha256)
    frame = _frame(by, _grant(by, site), site, at)
    _listed(why, WHY_SENT_BACK)
    if held.state != "in_review":
        raise Conflict(f"Expected a template that waits for approval, seen one that is {held.state}.")
    return _record(session, "sent_back", {**frame, **_about(held), "reason": why}, at)


def approve(
    session: Session, by: Person, site: str, sha256: str, effective: datetime, auth: tuple[str, str], *, at: datetime
) -> Entry:
    """Approve a submitted version by the signature of somebody who did not write it; labels use it from *effective* on.

    Raises:
        NotPermitted: The person may not, wrote it, or the signature does not count.
        NotAuthenticated: The secret is wrong.
        Malformed: It would be in force before it was approved.
        Conflict: It does not wait for approval, a later version was approved, or its text or proofs are others.
    """
    _lock(session)
    held = template_store.held(session, sha256)
    grant = _grant(by, site)
    if by.id in {held.drafted_by, held.submitted_by}:
        raise NotPermitted("Expected another person than who wrote it, seen the same.")
    if held.state != "in_review":
        raise Conflict(f"Expected a template that waits for approval, seen one that is {held.state}.")
    if effective < at:
        raise Malformed("Expected a day from now on, seen one that is past.")
    template = template_store.read(held)
    if template_proofs.of(template) != dict(held.proofs):
        raise Conflict("Expected the proofs that were submitted, seen others: submit it anew.")
    later = [
        one.version
        for one in template_store.of_name(session, held.name)
        if one.version > held.version and one.approved_by
    ]
    if later:
        raise Conflict(f"Expected a version after those that were approved, seen {max(later)}: draft it anew.")
    stmt = {**_frame(by, grant, site, at), **_about(held), "effective": instant(effective)}
    return _signed(session, by, "approved", stmt, auth, at)


def retire(
    session: Session, by: Person, site: str, sha256: str, why: str, auth: tuple[str, str], *, at: datetime
) -> Entry:
    """Retire a version by signature: no label is intended by it any more; those that are keep it.

    Raises:
        NotPermitted: The person may not, or the signature does not count.
        NotAuthenticated: The secret is wrong.
        Malformed: The reason is not of the list.
        Conflict: It is retired already.
    """
    _lock(session)
    held = template_store.held(session, sha256)
    grant = _grant(by, site)
    _listed(why, WHY_RETIRED)
    if held.state == "retired":
        raise Conflict("Expected a template that is not retired, seen one that is.")
    return _signed(session, by, "retired", {**_frame(by, grant, site, at), **_about(held), "reason": why}, auth, at)


def shipped(names: Iterable[str] = OF_ORDERS) -> tuple[bytes, ...]:
    """Return the files of shipped templates."""
    return tuple(json.dumps(labels.shipped()[name].to_json()).encode() for name in names)


def may_write(person: Person, site: str) -> bool:
    """Tell whether to offer a form; the action decides."""
    return person.grant(WRITERS, site, None) is not None


def _draft(session: Session, data: bytes, why: str, at: datetime, frame: Mapping[str, Any]) -> str:
    _listed(why, WHY_CHANGED)
    try:
        template = labels.parse(data)
    except BadTemplate as fault:
        raise Malformed(f"Not a template: {fault}") from fault
    for rule in template.codes.values():
        _refuse_live(rule.sample.data.decode("ascii"))
    body = json.dumps(template.to_json(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    if hashlib.sha256(body.encode("utf-8")).hexdigest() != template.sha256:
        raise Malformed("Expected a template whose text has its own hash, seen another.")
    _lock(session)
    newest = max((held.version for held in template_store.of_name(session, template.name)), default=0)
    if template.version <= newest:
        raise Conflict(f"Expected a version of {template.name} after {newest}, seen {template.version}.")
    said = {
        "template": template.name,
        "version": template.version,
        "class": template.klass,
        "title": template.title,
        "sha256": template.sha256,
        "why": why,
    }
    _record(session, "drafted", {**frame, **said}, at)
    size = PART if body.isascii() else PART // WIDEST
    parts = [body[begin : begin + size] for begin in range(0, len(body), size)]
    for number, part in enumerate(parts, start=1):
        of = {"sha256": template.sha256, "part": number, "of": len(parts), "text": part}
        _record(session, "text", {**frame, **of}, at)
    return template.sha256


def _refuse_live(sample: str) -> None:
    """Refuse a sample that could be a label's own code: proofs show it, and only the label is the label."""
    windows = {sample[at : at + LENGTH] for at in range(len(sample))}
    if "SPECIMEN" not in sample or any(is_complete(text, PRIME) for text in windows):
        raise Malformed("Expected SPECIMEN where a serial stands in the sample of each code, seen another.")


def _submit(session: Session, held: Held, frame: Mapping[str, Any], at: datetime) -> Entry:
    try:
        proofs = template_proofs.of(template_store.read(held))
    except LabelError as fault:
        raise Malformed(f"It does not hold at its worst: {fault}") from fault
    return _record(session, "submitted", {**frame, **_about(held), "proofs": dict(proofs)}, at)


def _signed(
    session: Session, by: Person, what: str, stmt: Mapping[str, Any], auth: tuple[str, str], at: datetime
) -> Entry:
    """Record one entry on the organisation's chain by the signature of who does it."""
    stmt = {**stmt, "id": ledger.new_id()}
    prepared = signatures.prepare(session, stmt, "approved", (frozenset(WRITERS),), at)
    signed = signatures.sign(session, prepared.id, *auth, at)
    if isinstance(signed, NotSigned) or signed.person != by.id:
        told = signed.message if isinstance(signed, NotSigned) else "seen another person's."
        raise NotPermitted(f"Expected a signature that counts of who does it: {told}")
    sig = signatures.collect(session, prepared.id, stmt, at)
    return ledger.record(session, _chain(session), f"template.{what}", stmt, at=at, sig=sig)


def _record(session: Session, what: str, stmt: Mapping[str, Any], at: datetime) -> Entry:
    return ledger.record(session, _chain(session), f"template.{what}", {**stmt, "id": ledger.new_id()}, at=at)


def _about(held: Held) -> dict[str, Any]:
    return {"template": held.name, "version": held.version, "sha256": held.sha256}


def _frame(by: Person, grant: Grant, site: str, at: datetime) -> dict[str, Any]:
    return {"actor": by.id, "role": grant.role, "site": site, "at": instant(at), "outcome": "accepted"}


def _grant(by: Person, site: str) -> Grant:
    grant = by.grant(WRITERS, site, None)
    if grant is None:
        raise NotPermitted(f"Expected {' or '.join(WRITERS)} at {site}, seen another role.")
    return grant


def _listed(why: str, known: tuple[str, ...]) -> None:
    if why not in known:
        raise Malformed(f"Expected one of {known}, seen {why[:20]!r}.")


def _chain(session: Session) -> str:
    return ledger.installation(session).org_chain


def _lock(session: Session) -> None:
    """Lock the organisation's chain, so that two versions cannot pass each other."""
    ledger.lock(session, _chain(session))
