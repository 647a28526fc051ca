"""Do a deed at a checkpoint: load, decide, append, apply, in one transaction.

* ``attempt`` judges. Refused or done, it is one entry; where the protocol wants signatures and everything agrees, the
  statement is prepared and nothing is written yet.
* ``confirm`` takes the signatures, judges again at that instant, and writes exactly the statement that was signed.
* What a refusal causes (holds, notices to the other order) are entries of their own that name it, same transaction.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from coi import ledger, people
from coi.custody import numbers, orders, reading, store
from coi.custody import protocol as protocols
from coi.custody.asked import Asked, Facts
from coi.custody.checks.role import acting_as
from coi.custody.checks.values import may_stand
from coi.custody.consequences import consequences
from coi.custody.deed import Deed, Done, NeedsSignatures, Outcome
from coi.custody.effects import NEEDS_FRESH
from coi.custody.order import FINAL_CONTAINER, TERMINAL, Order
from coi.custody.reasons import Reason
from coi.custody.verdict import Accepted, Refused, decide
from coi.errors import Malformed, NotPermitted
from coi.labelling import actions as labelling
from coi.labelling import store as pieces
from coi.labelling.drawing import LabelFacts
from coi.people import signatures
from coi.people.signatures import NotSigned, Signed
from coi.quality import store as quality
from coi.shipping import store as shipping

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy.orm import Session

    from coi.custody.orders import PatientFacts
    from coi.custody.protocol import Checkpoint, Protocol
    from coi.custody.reading import Scanned
    from coi.custody.verdict import Verdict
    from coi.ledger.entry import Entry
    from coi.people.signatures import Auth

MAX_SCANS = 12
"""More codes than any gate wants: a station that sends more is broken or hostile."""


def attempt(
    session: Session,
    deed: Deed,
    order_id: str,
    checkpoint: str,
    scans: Sequence[Scanned],
    values: Mapping[str, str],
    patient: PatientFacts | None = None,
) -> Outcome:
    """Try to pass a checkpoint; the answer is an entry, or a statement that waits for its signatures.

    *patient* is what was entered blind where the checkpoint compares with the vault; the answer of that comparison is
    ours and never the client's.

    Raises:
        Unknown: There is no such order or checkpoint.
        Malformed: More scans than a gate can want.
        NotPermitted: The person has nothing to do with this order, which is then not disclosed.
    """
    if len(scans) > MAX_SCANS:
        raise Malformed(f"Expected at most {MAX_SCANS} scans, seen {len(scans)}.")
    order, protocol = _open(session, deed, order_id, scans)
    step = protocols.step_of(protocol, order, checkpoint)
    asked = _ask(session, deed, order, protocol, step, scans, _stated(session, deed, order, step, values, patient))
    verdict = decide(asked, _fresh(session, step, asked, decided=False))
    if isinstance(verdict, Refused):
        return _record(session, deed, asked, verdict, scans)
    verdict = decide(asked, _fresh(session, step, asked, decided=True))
    if step.sign is None or isinstance(verdict, Refused):
        return _record(session, deed, asked, verdict, scans)
    stmt = _statement(session, deed, asked, verdict, scans)
    prepared = signatures.prepare(
        session, stmt, step.sign.meaning, step.sign.by, deed.at, site=order.site(step.site), product=order.product
    )
    return NeedsSignatures(prepared, stmt, order, step)


def confirm(session: Session, deed: Deed, prepared_id: str, auths: Sequence[Auth]) -> Outcome:
    """Sign a prepared statement and do the deed.

    1. Every signer re-authenticates; a wrong secret is NotAuthenticated and nothing is written.
    2. The checkpoint is judged again, now, with the signers as they are: a hold, an expiry or another's deed
       may have come.
    3. Accepted: the entry holds the statement that was signed, byte for byte, and the signatures.
    """
    waiting = signatures.prepared(session, prepared_id)
    stmt: dict[str, Any] = dict(waiting.stmt)
    if stmt["actor"] != deed.by.id or "checkpoint" not in stmt:
        raise NotPermitted("Expected who prepared the statement to bring it to its end, seen somebody else.")
    scans = [reading.untold(session, line, by=deed.by.id, at=deed.at) for line in stmt["items"]]
    order, protocol = _open(session, deed, stmt["order"], scans)
    step = protocols.step_of(protocol, order, stmt["checkpoint"])
    signed = signatures.sign_all(session, prepared_id, auths, deed.at)
    asked = _ask(session, deed, order, protocol, step, scans, stmt["values"])
    signers = tuple(people.person(session, one.person) for one in signed)
    asked = replace(asked, facts=replace(asked.facts, signers=signers))
    verdict = decide(asked, _fresh(session, step, asked, decided=False))
    reasons = (*_not_signed(signed), *(verdict.reasons if isinstance(verdict, Refused) else ()))
    if not signers:  # nobody to judge is not "judged": signatures of an earlier, refused attempt do not carry this one
        wanted = 0 if step.sign is None else len(step.sign.by)
        reasons = (*reasons, Reason("signer_missing", expected=f"{wanted} signatures", seen="0"))
    if isinstance(verdict, Accepted) and bool(verdict.quarantine) != (stmt["outcome"] == "quarantined"):
        reasons = (*reasons, *verdict.quarantine, Reason("changed", expected=stmt["outcome"], seen="another outcome"))
    if reasons or isinstance(verdict, Refused):
        return _record(session, deed, asked, Refused(tuple(dict.fromkeys(reasons))), scans)
    return _write(
        session, deed, asked, stmt, verdict.quarantine, sig=signatures.collect(session, prepared_id, stmt, deed.at)
    )


NOT_SIGNED = {
    "same_person": "same_person",
    "factor_missing": "factor_missing",
    "no_role": "signer_role",
    "inactive": "signer_role",
    "not_trained": "untrained",
}
"""Why a right secret does not sign, as a reason of ours; anything else is a statement that waits no more."""


def _not_signed(signed: Sequence[Signed | NotSigned]) -> tuple[Reason, ...]:
    return tuple(
        Reason(
            NOT_SIGNED.get(one.code, "signature_void"),
            slot="signature",
            expected="a signature that counts",
            seen=one.code,
        )
        for one in signed
        if isinstance(one, NotSigned)
    )


def _stated(
    session: Session,
    deed: Deed,
    order: Order,
    step: Checkpoint,
    values: Mapping[str, str],
    patient: PatientFacts | None,
) -> dict[str, str]:
    """Return the values with every vault comparison answered by us; a client's own answer to one is dropped."""
    compared = {value.name for value in step.values if value.type == "identity"}
    stated = {name: text for name, text in values.items() if name not in compared}
    for name in compared:
        if patient is not None:
            stated[name] = "yes" if orders.identity_agrees(session, deed, order, patient) else "no"
    return stated


def _open(session: Session, deed: Deed, order_id: str, scans: Sequence[Scanned]) -> tuple[Order, Protocol]:
    """Lock every chain that the deed may write, ascending, then load the order as it stands under the lock."""
    if deed.via == "token" and ledger.installation(session).purpose == "production":
        raise NotPermitted("Expected a session at an enrolled station for a gate in production, seen an API token.")
    order = store.load(session, order_id)
    if deed.site not in dict(order.sites).values():
        raise NotPermitted("Expected a site that takes part in this order, seen another.")
    met = {reading.make_sense(session, order, scan).foreign_order for scan in scans}
    store.lock(session, frozenset({order.id, *(other for other in met if other is not None)}))
    order = store.load(session, order.id)
    return order, protocols.pinned(order.protocol_sha256)


def _ask(
    session: Session,
    deed: Deed,
    order: Order,
    protocol: Protocol,
    step: Checkpoint,
    scans: Sequence[Scanned],
    values: Mapping[str, str],
) -> Asked:
    items = tuple(reading.make_sense(session, order, scan) for scan in scans)
    codes = {
        klass: tuple(item.code for item in items if item.klass == klass and item.code)
        for klass in ("seal", "shipper", "location")
    }
    facts = Facts(
        items=items,
        holds=quality.of_order(session, order.id),
        pieces=pieces.of_order(session, order.id),
        values=dict(values),
        used_seals=shipping.used_seals(session, codes["seal"]) if codes["seal"] else frozenset(),
        busy_shippers=shipping.busy_shippers(session, codes["shipper"]) if codes["shipper"] else frozenset(),
        suites=store.suites(session, codes["location"]) if codes["location"] else {},
        device_site=deed.device_site,
        device_state=deed.device_state,
        site=deed.site,
    )
    return Asked(step, order, protocol, facts, deed.by, deed.at)


def _fresh(session: Session, step: Checkpoint, asked: Asked, *, decided: bool) -> dict[str, str]:
    """Allocate the identifiers that the effects want: only once the answer is yes.

    So that no refusal burns a number.
    """
    wanted = {name for plan in step.effects for name in NEEDS_FRESH.get(plan["do"], ())}
    if not decided:
        return dict.fromkeys(wanted, "")
    makers: dict[str, Callable[[], str]] = {
        "coi": lambda: numbers.chain_of_identity(session, asked.order.site("collection"), asked.at),
        "din": lambda: numbers.donation(session, asked.order.site("collection"), asked.at),
        "lot": lambda: f"L{asked.at:%y%m}-{store.take_number(session, f'lot {asked.at:%y%m}'):05d}",
        "container": lambda: f"C-{labelling.new_piece()}",
        "serial": lambda: f"S{secrets.randbelow(10**10):010d}",
        "shipment": lambda: f"SH-{secrets.token_hex(6)}",
        "certificate": lambda: f"RC-{asked.at:%Y}-{store.take_number(session, f'certificate {asked.at:%Y}'):05d}",
    }
    return {name: makers[name]() for name in sorted(wanted)}


def _statement(
    session: Session, deed: Deed, asked: Asked, verdict: Verdict, scans: Sequence[Scanned]
) -> dict[str, Any]:
    step, order = asked.checkpoint, asked.order
    grant = acting_as(deed.by, step.roles, deed.site, order.product, deed.at)
    reasons = verdict.reasons if isinstance(verdict, Refused) else verdict.quarantine
    outcome = "blocked" if isinstance(verdict, Refused) else ("quarantined" if verdict.quarantine else "accepted")
    lines = [reading.told(session, item, scan) for item, scan in zip(asked.facts.items, scans, strict=True)]
    return {
        **deed.common("" if grant is None else grant.role),
        "id": ledger.new_id(),
        "order": order.id,
        "checkpoint": step.id,
        "handoff": step.handoff,
        "protocol": f"{asked.protocol.id}/{asked.protocol.version}",
        "outcome": outcome,
        "items": lines,
        "values": _values(asked),
        "effects": [] if isinstance(verdict, Refused) else list(verdict.effects),
        "reasons": [_reason(reason) for reason in reasons],
    }


def _values(asked: Asked) -> dict[str, str]:
    """Return the values that the step knows and that are of their kind.

    Any other text is refused, and stays out of the entry: somebody may have typed a name.
    """
    known = {value.name: value for value in asked.checkpoint.values}
    return {
        name: text
        for name, text in sorted(asked.facts.values.items())
        if name in known and may_stand(known[name], text)
    }


def _reason(reason: Reason) -> dict[str, str]:
    return {"code": reason.code, "slot": reason.slot, "expected": reason.expected, "seen": reason.seen}


def _record(session: Session, deed: Deed, asked: Asked, verdict: Verdict, scans: Sequence[Scanned]) -> Done:
    stmt = _statement(session, deed, asked, verdict, scans)
    reasons = verdict.reasons if isinstance(verdict, Refused) else verdict.quarantine
    return _write(session, deed, asked, stmt, reasons, sig=[])


def _write(
    session: Session,
    deed: Deed,
    asked: Asked,
    stmt: dict[str, Any],
    reasons: tuple[Reason, ...],
    sig: Sequence[Mapping[str, ledger.Json]],
) -> Done:
    order = asked.order
    entry = ledger.record(session, order.chain, f"custody.{asked.checkpoint.id}", stmt, at=deed.at, sig=sig)
    _claims(session, order.id, order.patient, order.product, stmt["effects"])
    for effect in stmt["effects"]:
        if effect["do"] == "print":
            _intend(session, deed, order.id, effect["design"], effect.get("container"), cause=entry)
    holds = consequences(session, deed, asked, entry, reasons)
    return Done(
        entry, stmt["outcome"], reasons, asked.facts.items, store.load(session, order.id), asked.checkpoint, holds
    )


def _claims(session: Session, order: str, patient: str, product: str, effects: Sequence[Mapping[str, Any]]) -> None:
    """Claim and give back what only one order can have at a time."""
    for effect in effects:
        match effect:
            case {"do": "ship", "shipper": shipper}:
                store.claim(session, f"shipper {shipper}", order)
            case {"do": "shipment", "state": "received"}:
                store.give_back(session, order, ("shipper ",))
            case {"do": "fact", "name": "suite", "value": suite}:
                store.claim(session, f"suite {suite}", order)
            case {"do": "state", "to": "CRYOPRESERVED"}:
                store.give_back(session, order, ("suite ",))
            case {"do": "state", "to": to} if to in TERMINAL:
                store.give_back(session, order, (orders.therapy(patient, product),))


def _intend(
    session: Session,
    deed: Deed,
    order_id: str,
    design: str,
    container: str | None,
    *,
    cause: Entry,
    replaces: str | None = None,
) -> str:
    """Queue one label of the order as it stands now."""
    order = store.load(session, order_id)
    held = None if container is None else order.container(container)
    keys = {} if held is None else dict(held.keys)
    facts = LabelFacts(
        design=design,
        coi=order.coi or "",
        piece=labelling.new_piece(),
        container=container or "",
        din=keys.get("din", ""),
        product_code=keys.get("product_code", ""),
        gtin=keys.get("gtin", ""),
        serial=keys.get("serial", ""),
        lot=keys.get("lot", ""),
        expires=None if held is None else held.expires,
        product_name="" if held is None else protocols.pinned(order.protocol_sha256).product["label"],
        mark=""
        if ledger.installation(session).purpose == "production"
        else ledger.installation(session).purpose.upper(),
        copy="REPRINT" if replaces else "",
    )
    common = {**deed.common(), "outcome": "accepted", "cause": {"chain": cause.chain, "seq": cause.seq}}
    labelling.intend(
        session,
        order.chain,
        facts,
        order=order.id,
        container=container,
        site=deed.site,
        common=common,
        at=deed.at,
        replaces=replaces,
    )
    return facts.piece


REPRINTERS = ("collection_operator", "cell_lab", "mfg_supervisor", "mfg_operator", "pharmacist")
WHY_REPRINT = ("damaged", "unreadable", "lost", "never_printed")


def reprint(session: Session, deed: Deed, order_id: str, piece_id: str, why: str) -> Entry:
    """Void a piece and queue its successor: a new serial; the old one is dead from this commit on.

    Raises:
        NotPermitted: The person may not reprint at this site.
        Malformed: The reason is not of the list, or the piece is not of this order or already dead.
    """
    order, _ = _open(session, deed, order_id, ())
    grant = deed.by.grant(REPRINTERS, deed.site, order.product)
    if grant is None:
        raise NotPermitted(f"Expected one of {REPRINTERS} at {deed.site}, seen another role.")
    if why not in WHY_REPRINT:
        raise Malformed(f"Expected one of {WHY_REPRINT}, seen {why[:20]!r}.")
    piece = pieces.find(session, piece_id)
    if piece is None or piece.order != order.id or piece.state in {"voided", "spoiled"}:
        raise Malformed("Expected a piece of this order that is not dead yet, seen another.")
    held = None if piece.container is None else order.container(piece.container)
    if held is not None and held.state in FINAL_CONTAINER:
        raise Malformed(f"Expected a container that is still in use, seen one that is {held.state}.")
    common = {**deed.common(grant.role), "order": order.id}
    entry = labelling.void(session, order.chain, piece.id, common=common, why=why, at=deed.at)
    _intend(session, deed, order.id, piece.design, piece.container, cause=entry, replaces=piece.id)
    return entry


def decline(session: Session, deed: Deed, order_id: str, why: str) -> Entry:
    """Refuse custody that was offered: it stays with the giver, who may offer it again.

    Raises:
        NotPermitted: Nobody offered anything to this site, or the person has no role there.
        Malformed: The reason is not of the list.
    """
    order, _ = _open(session, deed, order_id, ())
    if why not in WHY_DECLINED:
        raise Malformed(f"Expected one of {WHY_DECLINED}, seen {why[:20]!r}.")
    if order.offer is None or order.offer.to.split("/")[0] != deed.site or deed.site not in deed.by.sites():
        raise NotPermitted("Expected custody offered to your site, seen none.")
    stmt = {
        **deed.common(),
        "id": ledger.new_id(),
        "order": order.id,
        "checkpoint": "decline",
        "outcome": "accepted",
        "why": why,
        "effects": [{"do": "decline"}],
    }
    return ledger.record(session, order.chain, "custody.declined", stmt, at=deed.at)


WHY_DECLINED = ("damaged", "wrong_address", "no_capacity", "seal_broken", "late")


def lift_hold(session: Session, deed: Deed, hold_id: str, basis: str, login: str, secret: str) -> Entry:
    """Lift a hold by the signature of quality, who names the two independent sources that settled it.

    Raises:
        NotPermitted: The person is no quality reviewer at a site of the order.
        NotAuthenticated: The secret is wrong.
        Malformed: The basis is not of the list, or the hold was lifted already.
    """
    hold = quality.hold(session, hold_id)
    order, _ = _open(session, deed, hold.order, ())
    hold = quality.hold(session, hold_id)
    grant = deed.by.grant(("qa_reviewer", "qa_releaser"), deed.site, order.product)
    if grant is None:
        raise NotPermitted("Expected qa_reviewer or qa_releaser at a site of this order, seen another role.")
    if basis not in BASES:
        raise Malformed(f"Expected one of {BASES}, seen {basis[:20]!r}.")
    if not hold.is_open:
        raise Malformed("Expected an open hold, seen one that was lifted.")
    stmt = {
        **deed.common(grant.role),
        "id": ledger.new_id(),
        "order": order.id,
        "hold": hold.id,
        "outcome": "accepted",
        "basis": basis,
    }
    prepared = signatures.prepare(session, stmt, "approved", (frozenset({grant.role}),), deed.at, product=order.product)
    signed = signatures.sign(session, prepared.id, login, secret, deed.at)
    if isinstance(signed, NotSigned) or signed.person != deed.by.id:
        raise NotPermitted("Expected the signature of who lifts the hold, seen one that does not count.")
    return ledger.record(
        session,
        order.chain,
        "hold.lifted",
        stmt,
        at=deed.at,
        sig=signatures.collect(session, prepared.id, stmt, deed.at),
    )


BASES = (
    "label_and_record_agree",
    "two_labels_agree",
    "biological_identity",
    "condition_evidence",
    "scan_of_another_by_mistake",
)
