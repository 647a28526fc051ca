"""Place a hold, open a deviation, take it on, look into it, close it. One function a verb.

* What an automatic deviation or hold follows from is another entry of the same transaction, named as its cause.
* Orders are known here by their id only: who places or opens tells the chain, the containers and the owner.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from coi import ledger, people, vault
from coi.errors import Conflict, Malformed, NotPermitted, Unknown
from coi.ledger.entry import moment
from coi.people import signatures
from coi.people.signatures import NotSigned
from coi.quality import deviation_store, deviations, holds, store

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.ledger.entry import Entry
    from coi.person import Grant, Person
    from coi.quality.deviations import Deviation, Scope, Severity


def hold(
    session: Session,
    chain: str,
    order: str,
    *,
    kind: str,
    reason: str,
    containers: Sequence[str],
    common: Mapping[str, Any],
    cause: Entry | None = None,
) -> str:
    """Record a hold on containers of an order, or on all of it where none are named; return its id.

    *common* is what every statement of the deed carries: actor, role, site, device, via, at.
    """
    name = f"H-{secrets.token_hex(5)}"
    stmt: dict[str, Any] = {
        **common,
        "id": ledger.new_id(),
        "order": order,
        "outcome": "accepted",
        "hold": name,
        "kind": kind,
        "reason": reason,
        "containers": list(containers),
        **({} if cause is None else {"cause": {"chain": cause.chain, "seq": cause.seq}}),
    }
    ledger.record(session, chain, "hold.placed", stmt, at=moment(common["at"]))
    return name


def place(
    session: Session,
    chain: str,
    order: str,
    by: Person,
    *,
    product: str,
    why: str,
    containers: Sequence[str],
    common: Mapping[str, Any],
) -> str:
    """Place a hold by hand: anybody trained for work on cells at the site may, and only quality lifts it.

    Raises:
        Malformed: The reason is not of the list.
        NotPermitted: The person is not trained for any such role there.
        Conflict: The same containers are held for the same reason already.
    """
    kind = holds.kind_by_hand(why)
    grant = holds.may_place(by, common["site"], product, moment(common["at"]))
    ledger.lock(session, chain)
    same = (one for one in store.of_order(session, order) if one.is_open and one.reason == why)
    if any(set(one.containers) == set(containers) for one in same):
        raise Conflict("Expected a hold that is not there yet, seen one open for the same reason.")
    told = {**common, "role": grant.role}
    return hold(session, chain, order, kind=kind, reason=why, containers=containers, common=told)


def open_deviation(
    session: Session,
    chain: str,
    scope: Scope,
    *,
    severity: Severity,
    reason: str,
    cause: Entry,
    common: Mapping[str, Any],
) -> str:
    """Open the deviation that *cause* shows, in its transaction; return its id.

    While nobody has taken on the same one (same order, site and reason), another such entry opens none: one alarm.
    """
    known = deviation_store.untaken(session, scope.order, common["site"], reason)
    if known is not None and deviations.RANK.index(known.severity) >= deviations.RANK.index(severity):
        return known.id
    persons = (str(cause.stmt["actor"]), *(str(one["person"]) for one in cause.sig))
    said = {"cause": {"chain": cause.chain, "seq": cause.seq}, "concerns": list(dict.fromkeys(persons)), "text": None}
    return _open(session, chain, scope, severity, reason, {**common, **said})


def report(session: Session, by: Person, site: str, seen: str, severity: str, text: str, *, at: datetime) -> str:
    """Open a deviation by hand, on the chain of the site: whoever works there may. The text goes to the vault.

    Raises:
        Malformed: What was seen, or how bad it is, is not of the list, or nothing was written.
        NotPermitted: The person does not work at the site.
    """
    if seen not in deviations.SEEN:
        raise Malformed(f"Expected one of {deviations.SEEN}, seen {seen[:20]!r}.")
    if severity not in deviations.RANK:
        raise Malformed(f"Expected one of {tuple(map(str, deviations.RANK))}, seen {severity[:20]!r}.")
    if not by.active or site not in by.sites():
        raise NotPermitted(f"Expected somebody who works at {site}, seen {by.id}.")
    words = deviations.check_text(text)
    chain = people.site(session, site).chain
    ledger.lock(session, chain)
    kept = vault.put(session, None, "deviation.told", words, at=at)
    said = {**_common(by, site, "", at), "cause": None, "concerns": [], "text": kept}
    return _open(session, chain, deviations.Scope(owner=site), deviations.Severity(severity), seen, said)


def take(session: Session, deviation_id: str, by: Person, *, at: datetime) -> Entry:
    """Take a deviation on: from now on this person of quality works on it; also from another one.

    Raises:
        NotPermitted: The person is no quality of its sites.
        Conflict: It is closed, or this very person has it already.
    """
    known = _locked(session, deviation_id)
    grant = deviations.may_work(by, known)
    if known.taken_by == by.id:
        raise Conflict("Expected a deviation that is not yours yet, seen your own.")
    return _record(session, known, "taken", by, grant, {}, at)


def note(session: Session, deviation_id: str, by: Person, text: str, *, at: datetime) -> Entry:
    """Write down what was found out; the text goes to the vault.

    Raises:
        NotPermitted: The person is no quality of its sites.
        Conflict: It is closed, or nobody has taken it on.
        Malformed: Nothing was written, or too much.
    """
    known = _locked(session, deviation_id)
    grant = deviations.may_work(by, known)
    if known.state != "taken":
        raise Conflict("Expected a deviation that somebody has taken on, seen one that nobody has.")
    words = deviations.check_text(text)
    kept = vault.put(session, None, "deviation.finding", words, at=at)
    return _record(session, known, "noted", by, grant, {"text": kept}, at)


def close(
    session: Session,
    deviation_id: str,
    by: Person,
    *,
    root_cause: str,
    impact: str,
    text: str,
    sign: tuple[str, str],
    at: datetime,
) -> Entry:
    """Close a deviation by the signature (login and secret) of who closes it.

    1. It was taken on and looked into; the person may close it and had no hand in the cause.
    2. Root cause and impact are of the list; the conclusion is written and goes to the vault.
    3. The signature counts, and is that of who closes.

    Raises:
        NotPermitted: The person, or the signature, does not count.
        NotAuthenticated: The secret is wrong.
        Conflict: It is closed, or was not looked into.
        Malformed: A code is not of the list, or nothing was written.
    """
    known = _locked(session, deviation_id)
    grant = deviations.may_close(by, known)
    deviations.check_conclusion(root_cause, impact)
    words = deviations.check_text(text)
    kept = vault.put(session, None, "deviation.conclusion", words, at=at)
    stmt = _statement(known, by, grant, {"root_cause": root_cause, "impact": impact, "text": kept}, at)
    prepared = signatures.prepare(
        session, stmt, "approved", (frozenset({grant.role}),), at, site=grant.site, product=known.product
    )
    signed = signatures.sign(session, prepared.id, *sign, at)
    if isinstance(signed, NotSigned) or signed.person != by.id:
        raise NotPermitted("Expected the signature of who closes the deviation, seen one that does not count.")
    given = signatures.collect(session, prepared.id, stmt, at)
    return ledger.record(session, known.chain, "deviation.closed", stmt, at=at, sig=given)


def texts(session: Session, known: Deviation, by: Person, *, at: datetime) -> dict[int, str]:
    """Open what was written about a deviation, by the number of its entry; each opening is logged.

    Raises:
        NotPermitted: The person is neither quality of its sites nor an inspector.
    """
    inspects = any(grant.role == "inspector" for grant in by.grants)
    quality = (by.grant(deviations.QUALITY, site, known.product) for site in (known.owner, known.site))
    if not by.active or not (inspects or any(quality)):
        raise NotPermitted("Expected quality of its sites or an inspector, seen another role.")
    found: dict[int, str] = {}
    for one in deviation_store.notes(session, known.id):
        try:
            found[one.seq] = str(vault.open_(session, one.commitment, by=by.id, why="deviation.read", at=at))
        except Unknown:  # erased at the end of its time: the entry stays, the words are gone
            continue
    return found


def _open(session: Session, chain: str, scope: Scope, severity: Severity, reason: str, said: Mapping[str, Any]) -> str:
    """Record that a deviation is open."""
    name = f"DEV-{secrets.token_hex(5)}"
    stmt: dict[str, Any] = {
        **said,
        "id": ledger.new_id(),
        "outcome": "accepted",
        "deviation": name,
        "order": scope.order,
        "product": scope.product,
        "owner": scope.owner,
        "severity": str(severity),
        "reason": reason,
    }
    ledger.record(session, chain, "deviation.opened", stmt, at=moment(said["at"]))
    return name


def _locked(session: Session, deviation_id: str) -> Deviation:
    """Return a deviation as it stands under the lock of its chain."""
    ledger.lock(session, deviation_store.deviation(session, deviation_id).chain)
    return deviation_store.deviation(session, deviation_id)


def _record(
    session: Session, known: Deviation, what: str, by: Person, grant: Grant, said: Mapping[str, Any], at: datetime
) -> Entry:
    """Append one unsigned entry about a deviation to its chain."""
    return ledger.record(session, known.chain, f"deviation.{what}", _statement(known, by, grant, said, at), at=at)


def _statement(known: Deviation, by: Person, grant: Grant, said: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """Return what an entry about a deviation says."""
    common = _common(by, grant.site, grant.role, at)
    about = {"id": ledger.new_id(), "outcome": "accepted", "deviation": known.id, "order": known.order}
    return {**common, **about, **said}


def _common(by: Person, site: str, role: str, at: datetime) -> dict[str, Any]:
    """Return the keys that every statement carries."""
    return {"actor": by.id, "role": role, "site": site, "device": "", "via": "session", "at": ledger.instant(at)}
