"""Do a deed at a checkpoint: load, decide, append, apply, in one transaction.

* ``attempt`` judges. Refused or done, it is one entry; where the protocol wants signatures and everything agrees, the
  statement is prepared and nothing is written yet.
* ``confirm`` takes the signatures, judges again at that instant, and writes exactly the statement that was signed.
* What a refusal causes (holds, notices to the other order) are entries of their own that name it, same transaction.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from coi import ledger, people, vault
from coi.custody import claims, gathering, lease_store, printing, proof_store, reading, steps, store, trust
from coi.custody import protocol_register as protocols
from coi.custody.checks.role import acting_as
from coi.custody.checks.values import may_stand
from coi.custody.consequences import consequences
from coi.custody.deed import Deed, Done, NeedsSignatures, Outcome
from coi.custody.order import TERMINAL
from coi.custody.reasons import Reason
from coi.custody.verdict import Accepted, Refused, decide
from coi.errors import Malformed, NotPermitted
from coi.people import signatures
from coi.people.signatures import NotSigned, Signed
from coi.quality import store as quality
from coi.quality.holds import signers_needed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.custody.asked import Asked, Item
    from coi.custody.order import Order
    from coi.custody.orders import PatientFacts
    from coi.custody.protocol import Protocol
    from coi.custody.reading import Scanned
    from coi.custody.verdict import Verdict
    from coi.ledger.entry import Entry
    from coi.people.signatures import Auth
    from coi.person import Person

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
    step = steps.step_of(protocol, order, checkpoint)
    asked = gathering.ask(
        session, deed, order, protocol, step, scans, gathering.stated(session, deed, order, step, values, patient)
    )
    verdict = decide(asked, gathering.fresh(session, step, asked, decided=False))
    if isinstance(verdict, Refused):
        return _record(session, deed, asked, verdict, scans)
    verdict = decide(asked, gathering.fresh(session, step, asked, decided=True))
    if step.sign is None or isinstance(verdict, Refused):
        return _record(session, deed, asked, verdict, scans)
    stmt = _statement(session, deed, asked, verdict, scans)
    prepared = signatures.prepare(
        session,
        stmt,
        step.sign.meaning,
        step.sign.by,
        deed.at,
        site=order.site(step.site),
        product=order.product,
        factors=["any", *[step.sign.factor] * (len(step.sign.by) - 1)],
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
    step = steps.step_of(protocol, order, stmt["checkpoint"])
    signed = signatures.sign_all(session, prepared_id, auths, deed.at)
    asked = gathering.ask(session, deed, order, protocol, step, scans, stmt["values"])
    signers = tuple(people.person(session, one.person) for one in signed)
    asked = replace(asked, facts=replace(asked.facts, signers=signers))
    verdict = decide(asked, gathering.fresh(session, step, asked, decided=False))
    reasons = (*_not_signed(signed), *(verdict.reasons if isinstance(verdict, Refused) else ()))
    if not signers:  # nobody to judge is not "judged": signatures of an earlier, refused attempt do not carry this one
        wanted = 0 if step.sign is None else len(step.sign.by)
        reasons = (*reasons, Reason("signer_missing", expected=f"{wanted} signatures", seen="0"))
    if isinstance(verdict, Accepted) and bool(verdict.quarantine) != (stmt["outcome"] == "quarantined"):
        reasons = (*reasons, *verdict.quarantine, Reason("changed", expected=stmt["outcome"], seen="another outcome"))
    if reasons or isinstance(verdict, Refused):
        return _record(session, deed, asked, Refused(tuple(dict.fromkeys(reasons))), scans)
    sig = signatures.collect(session, prepared_id, stmt, deed.at)
    return _write(session, deed, asked, stmt, verdict.quarantine, scans=scans, sig=sig)


def by_lease(  # noqa: PLR0913  what was done, by whom, under what, and when it is written down
    session: Session,
    deed: Deed,
    order_id: str,
    checkpoint: str,
    scans: Sequence[Scanned],
    values: Mapping[str, str],
    *,
    signers: Sequence[Person],
    lease: str,
    recorded_at: datetime,
) -> Done:
    """Judge what a station did alone under a lease, as of then, and write it down now.

    *deed* bears the instant at which it was done; *signers* are the persons who authenticated at the preflight and
    confirmed the deed at the station. Their signatures stand in the entry with the method ``lease``.
    """
    order, protocol = _open(session, deed, order_id, scans)
    step = steps.step_of(protocol, order, checkpoint)
    said = gathering.stated(session, deed, order, step, values, None)  # what the vault compares, no station can answer
    asked = gathering.ask(session, deed, order, protocol, step, scans, said)
    signed = () if step.sign is None else tuple(signers[: len(step.sign.by)])
    asked = replace(asked, facts=replace(asked.facts, signers=signed, by_lease=True))
    verdict = decide(asked, gathering.fresh(session, step, asked, decided=False))
    if isinstance(verdict, Accepted):
        verdict = decide(asked, gathering.fresh(session, step, asked, decided=True))
    told = {"lease": lease, "occurred_at": ledger.instant(deed.at)}
    stmt = {**_statement(session, deed, asked, verdict, scans), **told}
    sig: list[Mapping[str, ledger.Json]] = []
    if step.sign is not None and isinstance(verdict, Accepted):
        site = order.site(step.site)
        for person, roles in zip(signed, step.sign.by, strict=False):
            grant = acting_as(person, roles, site, order.product, deed.at)
            role = "" if grant is None else grant.role
            sig.append(signatures.by_lease(person.id, role, step.sign.meaning, stmt, deed.at))
    reasons = verdict.reasons if isinstance(verdict, Refused) else verdict.quarantine
    return _write(session, deed, asked, stmt, reasons, scans=scans, sig=sig, at=recorded_at)


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


def _statement(
    session: Session, deed: Deed, asked: Asked, verdict: Verdict, scans: Sequence[Scanned]
) -> dict[str, Any]:
    step, order = asked.checkpoint, asked.order
    grant = acting_as(deed.by, step.roles, deed.site, order.product, deed.at)
    reasons = verdict.reasons if isinstance(verdict, Refused) else verdict.quarantine
    outcome = "blocked" if isinstance(verdict, Refused) else ("quarantined" if verdict.quarantine else "accepted")
    lines = [
        reading.told(session, item, scan, order.patient) for item, scan in zip(asked.facts.items, scans, strict=True)
    ]
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
        **_amends(asked, outcome),
    }


def _amends(asked: Asked, outcome: str) -> dict[str, Any]:
    """Name the closing that a deed on a closed order adds to: the closing stands, and says what was known then."""
    closings = {step.id for step in asked.protocol.checkpoints if step.to in TERMINAL}
    seq = next((deed.seq for deed in reversed(asked.order.done) if deed.checkpoint in closings), None)
    if asked.order.state not in TERMINAL or outcome != "accepted" or seq is None:
        return {}
    return {"amends": {"chain": asked.order.chain, "seq": seq}}


def _values(asked: Asked) -> dict[str, str]:
    """Return the values that the step knows and that are of their kind.

    Any other text is refused, and stays out of the entry: somebody may have typed a name. So does the number of a label
    that is none of this order's.
    """
    known = {value.name: value for value in asked.checkpoint.values}
    own = {piece.id for piece in asked.facts.pieces}
    return {
        name: text
        for name, text in sorted(asked.facts.values.items())
        if name in known and may_stand(known[name], text) and (known[name].type != "piece" or text in own)
    }


def _reason(reason: Reason) -> dict[str, str]:
    return {"code": reason.code, "slot": reason.slot, "expected": reason.expected, "seen": reason.seen}


def _record(session: Session, deed: Deed, asked: Asked, verdict: Verdict, scans: Sequence[Scanned]) -> Done:
    stmt = _statement(session, deed, asked, verdict, scans)
    reasons = verdict.reasons if isinstance(verdict, Refused) else verdict.quarantine
    return _write(session, deed, asked, stmt, reasons, scans=scans, sig=[])


def _write(
    session: Session,
    deed: Deed,
    asked: Asked,
    stmt: dict[str, Any],
    reasons: tuple[Reason, ...],
    *,
    scans: Sequence[Scanned],
    sig: Sequence[Mapping[str, ledger.Json]],
    at: datetime | None = None,
) -> Done:
    order = asked.order
    entry = ledger.record(session, order.chain, f"custody.{asked.checkpoint.id}", stmt, at=at or deed.at, sig=sig)
    claims.take(session, order, stmt["effects"])
    for effect in stmt["effects"]:
        if effect["do"] == "print":
            printing.intend(session, deed, order.id, effect["design"], effect.get("container"), cause=entry)
        elif effect["do"] == "thaw_clock":
            for container in effect["containers"]:
                lease_store.thaw_began(session, container, ledger.moment(effect["began"]))
        elif effect["do"] == "band":
            _bind_bands(session, deed, order, asked.facts.items, scans)
    _keep_proofs(session, asked, stmt, scans, deed.at)
    holds = consequences(session, deed, asked, entry, reasons)
    return Done(
        entry, stmt["outcome"], reasons, asked.facts.items, store.load(session, order.id), asked.checkpoint, holds
    )


def _keep_proofs(
    session: Session, asked: Asked, stmt: Mapping[str, Any], scans: Sequence[Scanned], at: datetime
) -> None:
    """Keep the pictures behind what was refused, typed or given to a patient as long as the entry."""
    weighty = stmt["outcome"] != "accepted" or "window" in asked.checkpoint.checks
    rests = [scan.picture for scan in scans if scan.picture and (weighty or scan.assurance == trust.ATTESTED)]
    if rests:
        proof_store.keep_for_years(session, rests, at)


def _bind_bands(session: Session, deed: Deed, order: Order, items: Sequence[Item], scans: Sequence[Scanned]) -> None:
    """Let the hospital's own band lead to this patient from now on: two persons have just said so."""
    for item, scan in zip(items, scans, strict=True):
        if item.klass == "band":
            vault.bind(session, vault.band(scan.data), order.patient, at=deed.at)


def decline(session: Session, deed: Deed, order_id: str, why: str) -> Entry:
    """Refuse custody that was offered: it stays with the giver, who may offer it again.

    Raises:
        NotPermitted: Nobody offered anything to this site, or the person has no role there.
        Malformed: The reason is not of the list.
    """
    order, _ = _open(session, deed, order_id, ())
    if why not in WHY_DECLINED:
        raise Malformed(f"Expected one of {WHY_DECLINED}, seen {why[:20]!r}.")
    offered = [offer for offer in order.offers if offer.to.split("/")[0] == deed.site]
    if not offered or deed.site not in deed.by.sites():
        raise NotPermitted("Expected custody offered to your site, seen none.")
    stmt = {
        **deed.common(),
        "id": ledger.new_id(),
        "order": order.id,
        "checkpoint": "decline",
        "outcome": "accepted",
        "why": why,
        "effects": [{"do": "decline", "containers": list(offered[0].containers)}],
    }
    return ledger.record(session, order.chain, "custody.declined", stmt, at=deed.at)


WHY_DECLINED = ("damaged", "wrong_address", "no_capacity", "seal_broken", "late")


def lift_hold(
    session: Session,
    deed: Deed,
    hold_id: str,
    basis: str,
    login: str,
    secret: str,
    second: tuple[str, str] | None = None,
) -> Entry:
    """Lift a hold by the signature of quality, who names the two independent sources that settled it.

    Between thaw and infusion, and after a recall, a second person of quality signs as well (hazards.md R8).

    Raises:
        NotPermitted: The person is no quality reviewer at a site of the order, or a second signature is missing.
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
    wanted = signers_needed(hold, order.state)
    auths = [(login, secret), *([] if second is None else [second])]
    if len(auths) != wanted:
        raise NotPermitted(f"Expected {wanted} signatures of quality to lift this hold, seen {len(auths)}.")
    places = (frozenset({grant.role}), *[QUALITY] * (wanted - 1))
    prepared = signatures.prepare(session, stmt, "approved", places, deed.at, product=order.product)
    signed = [signatures.sign(session, prepared.id, who, word, deed.at) for who, word in auths]
    if any(isinstance(one, NotSigned) for one in signed) or signed[0].person != deed.by.id:
        raise NotPermitted("Expected the signatures of who lifts the hold, seen one that does not count.")
    return ledger.record(
        session,
        order.chain,
        "hold.lifted",
        stmt,
        at=deed.at,
        sig=signatures.collect(session, prepared.id, stmt, deed.at),
    )


QUALITY = frozenset({"qa_reviewer", "qa_releaser"})
BASES = (
    "label_and_record_agree",
    "two_labels_agree",
    "biological_identity",
    "condition_evidence",
    "scan_of_another_by_mistake",
)
