"""Orders and gates for programs: the same actions as the screens, one deed a request.

* Who has no part in an order hears that there is none: 404, never 403.
* Through a token a scan is worth what the token is (never a gate in production); through a session it is worth what
  the station's signature is.
* A verdict leaves with its receipt, whether accepted (201), refused (409), or refused for role or separation of duty
  alone (403).
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final

from coi import ledger, web
from coi.custody import actions, api_drawn, order_screen, orders, statements, steps, trust, words
from coi.custody import api_answers as a
from coi.custody import api_models as m
from coi.custody import protocol_register as protocols
from coi.custody.deed import NeedsSignatures
from coi.custody.deed_frame import frame
from coi.custody.protocol import COMPARED
from coi.custody.reading import Scanned
from coi.errors import Conflict, Malformed, Unknown
from coi.people import devices, scanner_checks, signatures
from coi.web import api, openapi

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Response
    from sqlalchemy.orm import Session

    from coi.custody.deed import Done, Outcome
    from coi.custody.order import Order
    from coi.custody.protocol import Checkpoint
    from coi.custody.reasons import Reason

bp = api.blueprint("custody", "Deeds")

FORBIDDEN: Final = frozenset(
    {"role", "wrong_site", "untrained", "signer_role", "same_person", "factor_missing", "giver_takes", "executor"}
)
"""Reasons of role and of separation of duty; where they are the only ones, the answer is 403."""

_REFUSAL: Final = api.content(api.PROBLEM, openapi.offer(a.Refusal))
_EITHER: Final = {
    api.PROBLEM: {
        "schema": {"anyOf": [{"$ref": "#/components/schemas/Refusal"}, {"$ref": "#/components/schemas/Problem"}]}
    }
}
_DEED: Final = (403, 404, 409, 412, 413, 415, 422, 428)
_GATE: Final = api.told(
    *_DEED,
    also={
        202: {
            "description": "Everything agrees: signatures are needed",
            "content": api.content("application/json", openapi.offer(a.Waiting)),
        },
        403: {"description": "Role or separation of duty forbids it; with a receipt once judged", "content": _EITHER},
        409: {"description": "Refused, with all reasons and the receipt", "content": _EITHER},
    },
)


@bp.post("/orders")
@bp.input(m.NewOrderIn, arg_name="asked")
@bp.output(a.Opened, status_code=201)
@bp.doc(operation_id="create_order", responses=api.told(403, 409, 413, 415, 422, 428), extensions=openapi.KEYED)
def create(asked: m.NewOrderIn) -> Response:
    """Open an order; the patient goes into the vault, and the answer names nobody."""
    wish = orders.NewOrder(
        _facts(asked.patient),
        asked.product,
        collection=asked.collection,
        manufacturing=asked.manufacturing,
        treatment=asked.treatment,
        courier=asked.courier or "",
        depot=asked.depot or "",
    )

    def work(session: Session, who: web.Who, at: datetime) -> api.Reply:
        try:
            entry = orders.create(session, frame(session, who, at), wish)
        except Unknown as unknown:  # what is unknown stands in the body, not in the address
            raise Malformed(str(unknown)) from unknown
        name = str(entry.stmt["order"])
        headers = {"Location": f"{api.PREFIX}/orders/{name}", **api.etag(ledger.head(session, entry.chain))}
        return api.Reply(201, a.Opened(order=name, receipt=api.Receipt.of(entry)), headers)

    return api.deed(asked, work)


@bp.post("/orders/<order>/checkpoints/<checkpoint>")
@bp.input(m.Attempt, arg_name="asked")
@bp.output(a.Judged, status_code=201)
@bp.doc(operation_id="attempt", responses=_GATE, extensions=openapi.MATCHED)
def attempt(order: str, checkpoint: str, asked: m.Attempt) -> Response:
    """Try to pass a checkpoint; refused or done, the attempt is one entry."""

    def work(session: Session, who: web.Who, at: datetime) -> api.Reply:
        found = order_screen.seen_by(session, who.person, order)
        step = steps.step_of(protocols.pinned(found.protocol_sha256), found, checkpoint)
        facts = None if asked.patient is None else _entered(asked.patient, step)
        values, facts = statements.meant(step, asked.values, facts)
        api.match(session, found.chain)
        named = _station(asked.scans)
        scans = [_scanned(session, who, at, scan) for scan in asked.scans]
        station = named if any(scan.assurance == "signed" for scan in scans) else None
        deed = frame(session, who, at, station)
        return _verdict(session, actions.attempt(session, deed, found.id, checkpoint, scans, values, facts))

    return api.deed(asked, work)


@bp.post("/prepared/<statement>/signatures")
@bp.input(m.Signatures, arg_name="asked")
@bp.output(a.Judged, status_code=201)
@bp.doc(
    operation_id="sign",
    responses={key: value for key, value in _GATE.items() if key != "202"},
    extensions=openapi.MATCHED,
)
def sign(statement: str, asked: m.Signatures) -> Response:
    """Sign a prepared statement and do its deed; it is judged again at this instant."""

    def work(session: Session, who: web.Who, at: datetime) -> api.Reply:
        waiting = signatures.prepared(session, statement)
        found = order_screen.seen_by(session, who.person, str(waiting.stmt.get("order", "")))
        api.match(session, found.chain)
        if asked.sha256 != waiting.sha256:
            raise Conflict(f"Expected signatures over record {waiting.sha256[:12]}, seen {asked.sha256[:12]}.")
        deed = frame(session, who, at, str(waiting.stmt.get("device", "")) or None)
        auths = [(one.login, one.secret.get_secret_value(), one.code.get_secret_value()) for one in asked.signatures]
        return _verdict(session, actions.confirm(session, deed, waiting.id, auths))

    return api.deed(asked, work)


@bp.post("/orders/<order>/decline")
@bp.input(m.Decline, arg_name="asked")
@bp.output(a.Recorded, status_code=201)
@bp.doc(operation_id="decline", responses=api.told(*_DEED), extensions=openapi.MATCHED)
def decline(order: str, asked: m.Decline) -> Response:
    """Refuse custody that was offered: it stays with the giver."""

    def work(session: Session, who: web.Who, at: datetime) -> api.Reply:
        found = order_screen.seen_by(session, who.person, order)
        api.match(session, found.chain)
        return recorded(session, found, actions.decline(session, frame(session, who, at), found.id, asked.why))

    return api.deed(asked, work)


def _facts(patient: m.Patient | m.Entered) -> orders.PatientFacts:
    return orders.PatientFacts(patient.name, patient.birth_date, patient.issuer, patient.record_number)


def _entered(patient: m.Entered, step: Checkpoint) -> orders.PatientFacts:
    """Return what was entered blind, where the step compares it.

    Raises:
        Malformed: The step compares nothing, or all four facts where only some were sent.
    """
    wanted = {value.type for value in step.values} & COMPARED
    if not wanted:
        raise Malformed("Expected a patient's facts only at a gate that compares them, seen them at another.")
    if "identity" in wanted and not (patient.issuer.strip() and patient.record_number.strip()):
        raise Malformed("Expected a record number and who issued it, seen one of them empty.")
    return _facts(patient)


def _station(scans: list[m.Scan]) -> str | None:
    """Return the one station that all reads say they came through; it counts only where its signature does.

    Raises:
        Malformed: they name several.
    """
    named = {scan.device for scan in scans} - {None}
    if len(named) > 1:
        raise Malformed(f"Expected all scans of a deed from one station, seen {len(named)} stations.")
    return next(iter(named), None)


def _scanned(session: Session, who: web.Who, at: datetime, scan: m.Scan) -> Scanned:
    """Return a read with what it is worth; a nonce is used up whatever comes of it."""
    data, worth, against = base64.b64decode(scan.data), "token", ""
    if who.via == "session":
        signature = base64.b64decode(scan.signature)
        assurance = devices.verify(
            session, scan.device, scan.nonce, data, scan.aim, scan.source, signature, site=who.site, at=at
        )
        counts = trust.counts(scan.source, scan.aim, production=web.wired().purpose == "production")
        worth = "signed" if assurance.signed and counts else "keyed"
        against = scanner_checks.state(session, scan.device, scan.source, at) if assurance.signed else ""
    return Scanned(data, scan.aim, scan.source, at, worth, scanner=against)


def _verdict(session: Session, outcome: Outcome) -> api.Reply:
    """Return the answer to a judged attempt, or the statement that waits."""
    if isinstance(outcome, NeedsSignatures):
        return _waiting(outcome)
    headers = api.etag(ledger.head(session, outcome.order.chain))
    said: dict[str, Any] = {
        "order": outcome.order.id,
        "checkpoint": outcome.checkpoint.id,
        "receipt": api.Receipt.of(outcome.entry),
        "reasons": [_reason(reason) for reason in outcome.reasons],
        "holds": list(outcome.holds),
    }
    if outcome.outcome == "blocked":
        status = _status(outcome)
        words_ = f"Refused at {outcome.checkpoint.id} for {len(outcome.reasons)} reasons; nothing has moved."
        members = api.problem(status, "refused", "The gate refuses", words_)
        return api.Reply(status, a.Refusal(**members, **said), headers)
    entry = ledger.entry(session, outcome.entry.chain, outcome.entry.seq)
    body = a.Judged.model_validate(
        {**said, "outcome": outcome.outcome, "state": outcome.order.state, "effects": entry.stmt["effects"]}
    )
    return api.Reply(201, body, headers)


def _status(done: Done) -> int:
    return 403 if all(reason.code in FORBIDDEN for reason in done.reasons) else 409


def _reason(reason: Reason) -> a.ReasonOut:
    return a.ReasonOut(
        code=reason.code,
        slot=reason.slot,
        expected=reason.expected,
        seen=reason.seen,
        sentence=words.reason(reason.code),
    )


def _waiting(outcome: NeedsSignatures) -> api.Reply:
    prepared, sign_ = outcome.prepared, outcome.checkpoint.sign
    body = a.Waiting.model_validate(
        {
            "id": prepared.id,
            "sha256": prepared.sha256,
            "statement": dict(outcome.statement),
            "meaning": "" if sign_ is None else sign_.meaning,
            "places": api_drawn.places(prepared.places),
            "expires": prepared.expires,
            "order": outcome.order.id,
            "checkpoint": outcome.checkpoint.id,
        }
    )
    return api.Reply(202, body, {"Location": f"{api.PREFIX}/prepared/{prepared.id}/signatures"})


def recorded(session: Session, order: Order, entry: ledger.Entry) -> api.Reply:
    """Return the answer to a deed that no gate judges."""
    body = a.Recorded(order=order.id, receipt=api.Receipt.of(entry))
    return api.Reply(201, body, api.etag(ledger.head(session, order.chain)))
