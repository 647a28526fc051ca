"""Register a printer, load it, check it, qualify it, take it out of use and back. One function a verb.

Each is an entry of the site's chain. What the print queue itself sees (a foreign count, another printer at the
address, a twin) takes the printer out of use by the same entry, with the queue as its actor.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from coi import identity, ledger, people
from coi.errors import Conflict, Malformed, NotPermitted
from coi.labelling import printer_store, queue_store
from coi.labelling.printers import (
    ADMINS,
    ANY_STOCK,
    CHECKS,
    DPI,
    QUALIFIERS,
    USERS,
    WHY_RESUMED,
    WHY_SUSPENDED,
)
from coi.ledger.entry import instant
from coi.people import signatures
from coi.people.signatures import NotSigned
from labels.stock import names as stock_names

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.labelling.printers import Registered
    from coi.ledger.entry import Entry
    from coi.person import Grant, Person

LONGEST_NAME = 60
PRINTS = ("test", "sheet")
"""What can be printed that is nobody's label: one test print, or the ten of the IQ sheet."""
SHEET = 10
CLEAR = "clear"
SPOKEN_TO = ("tcp:", "usb:")
"""Ways on which a printer itself is spoken to, and nobody's queue before it."""


def register(
    session: Session, by: Person, site: str, *, name: str, address: str, told: Mapping[str, str], dpi: int, at: datetime
) -> str:
    """Register a printer of the site under what it told of itself (*told*: model, serial, stock); return its id.

    Raises:
        NotPermitted: The person administers nothing at the site.
        Malformed: Name, resolution or stock are not such as a printer has.
        Conflict: A printer of this serial, or this address, is registered here already.
    """
    grant = _grant(by, ADMINS, site)
    if not name.strip() or len(name) > LONGEST_NAME:
        raise Malformed(f"Expected a name of 1 to {LONGEST_NAME} characters, seen {len(name.strip())}.")
    if dpi not in DPI.values():
        raise Malformed(f"Expected a resolution of {sorted(DPI.values())} dpi, seen {dpi}.")
    _check_stock(told["stock"])
    chain = people.site(session, site).chain
    ledger.lock(session, chain)
    for known in printer_store.at_sites(session, (site,)):
        if known.state != "retired" and (
            known.address == address or (told["serial"] and known.serial == told["serial"])
        ):
            raise Conflict(f"Expected a printer that is not registered yet, seen {known.name}.")
    made = printer_store.new_id()
    more = {"printer": made, "name": name.strip(), "address": address, "dpi": dpi, **told}
    _record(session, chain, "registered", _stmt(by, grant, site, more, at), at)
    return made


def load(session: Session, printer_id: str, by: Person, stock: str, *, at: datetime) -> Entry:
    """Say which labels lie in a printer now."""
    known = _opened(session, printer_id)
    grant = _grant(by, (*USERS, *ADMINS), known.site)
    _check_stock(stock)
    return _change(session, known, "loaded", by, grant, {"stock": stock}, at)


def check(session: Session, printer_id: str, by: Person, answers: Mapping[str, str], *, at: datetime) -> Entry:
    """Write down the daily check; one that fails takes the printer out of use at once.

    Raises:
        Malformed: A question was not answered with yes or no: nothing to check is never "checked".
    """
    known = _opened(session, printer_id)
    grant = _grant(by, (*USERS, *ADMINS), known.site)
    said = {name: answers.get(name, "") for name in CHECKS}
    if not set(said.values()) <= {"yes", "no"}:
        raise Malformed("Expected yes or no to every question of the check, seen one without an answer.")
    passed = "no" not in said.values()
    entry = _change(session, known, "checked", by, grant, {"answers": said, "passed": passed}, at)
    if not passed and known.state == "in_use":
        _change(session, known, "suspended", by, grant, {"why": "check_failed", "cause": _cause(entry)}, at)
    return entry


def qualify(
    session: Session,
    printer_id: str,
    by: Person,
    results: Mapping[str, str],
    until: datetime,
    sign: tuple[str, str],
    *,
    at: datetime,
) -> Entry:
    """Sign the IQ sheet of a printer: every step of it passed or failed, and until when it counts.

    Raises:
        Malformed: A step has no result, or the end does not lie ahead.
        NotPermitted: The person qualifies nothing here, or the signature does not count.
    """
    known = _opened(session, printer_id)
    grant = _grant(by, QUALIFIERS, known.site)
    said = {str(number): results.get(str(number), "") for number in range(1, SHEET + 1)}
    if not set(said.values()) <= {"pass", "fail"}:
        raise Malformed(f"Expected pass or fail for each of the {SHEET} steps, seen one without a result.")
    if until <= at:
        raise Malformed("Expected a day that lies ahead, seen one that is over.")
    passed = "fail" not in said.values()
    more = {"printer": known.id, "results": said, "passed": passed, "until": instant(until)}
    stmt = _stmt(by, grant, known.site, more, at)
    prepared = signatures.prepare(session, stmt, "approved", (frozenset({grant.role}),), at, site=known.site)
    signed = signatures.sign(session, prepared.id, *sign, at)
    if isinstance(signed, NotSigned) or signed.person != by.id:
        raise NotPermitted("Expected the signature of who qualifies the printer, seen one that does not count.")
    given = signatures.collect(session, prepared.id, stmt, at)
    return ledger.record(session, known.chain, "printer.qualified", stmt, at=at, sig=given)


def suspend(session: Session, printer_id: str, by: Person, why: str, *, at: datetime) -> Entry:
    """Take a printer out of use."""
    known = _opened(session, printer_id)
    grant = _grant(by, (*USERS, *ADMINS, *QUALIFIERS), known.site)
    _check_why(why, WHY_SUSPENDED)
    if known.state != "in_use":
        raise Conflict(f"Expected a printer that is in use, seen one that is {known.state}.")
    return _change(session, known, "suspended", by, grant, {"why": why}, at)


def resume(session: Session, printer_id: str, by: Person, why: str, *, at: datetime) -> Entry:
    """Take a printer back into use; its odometer is read anew before the next label."""
    known = _opened(session, printer_id)
    grant = _grant(by, (*ADMINS, *QUALIFIERS), known.site)
    _check_why(why, WHY_RESUMED)
    if known.state != "suspended":
        raise Conflict(f"Expected a printer that is out of use, seen one that is {known.state}.")
    printer_store.note(session, known.device, counter=None)
    return _change(session, known, "resumed", by, grant, {"why": why}, at)


def retire(session: Session, printer_id: str, by: Person, *, at: datetime) -> Entry:
    """Take a printer out of the house for ever."""
    known = _opened(session, printer_id)
    return _change(session, known, "retired", by, _grant(by, ADMINS, known.site), {"why": "retired"}, at)


def stop(
    session: Session, known: Registered, why: str, seen: Mapping[str, Any], at: datetime, cause: Entry | None = None
) -> None:
    """Let the queue take a printer out of use, for what it has seen; once is enough."""
    ledger.lock(session, known.chain)
    if printer_store.printer(session, known.id).state != "in_use":
        return
    more = {"printer": known.id, "why": why, **seen, **({} if cause is None else {"cause": _cause(cause)})}
    stmt = {"id": ledger.new_id(), "actor": "printer", "site": known.site, "at": instant(at), "outcome": "accepted"}
    _record(session, known.chain, "suspended", {**stmt, **more}, at)


def print_test(session: Session, printer_id: str, by: Person, what: str, *, at: datetime) -> None:
    """Queue a test print, or the ten prints of the IQ sheet; no order can be named, so none can be printed.

    Raises:
        Malformed: It is neither of the two.
        Conflict: The printer is retired.
    """
    known = _opened(session, printer_id)
    grant = _grant(by, (*USERS, *ADMINS, *QUALIFIERS), known.site)
    if what not in PRINTS:
        raise Malformed(f"Expected one of {PRINTS}, seen {what[:20]!r}.")
    _change(session, known, "tested", by, grant, {"what": what}, at)
    for number in range(1, 1 + (SHEET if what == "sheet" else 1)):
        code = str(identity.HouseCode.from_random("specimen", secrets.token_bytes))
        facts = {"design": what, "name": known.name, "printer": known.id, "step": number, "code": code}
        queue_store.queue(
            session,
            chain=known.chain,
            site=known.site,
            stock=known.stock,
            facts=facts,
            at=at,
            kind=what,
            printer=known.id,
            asked_by=by.id,
        )


def clear(session: Session, printer_id: str, by: Person, *, at: datetime) -> Entry:
    """Ask that a printer forgets what it holds and has not printed; done by the queue, when nothing is in flight on it.

    Raises:
        NotPermitted: The person neither works with printers here nor administers them.
        Conflict: A label is on its way to it, it is asked already, or it stands behind a queue that cannot be told so.
    """
    known = _opened(session, printer_id)
    grant = _grant(by, (*USERS, *ADMINS, *QUALIFIERS), known.site)
    if not known.address.startswith(SPOKEN_TO):
        raise Conflict("Expected a printer on the network or on a cable, seen one behind a queue: clear it there.")
    if any(job.state in queue_store.IN_FLIGHT for job in queue_store.of_device(session, known.device)):
        raise Conflict("Expected a printer to which nothing is on its way, seen a label that is being sent.")
    if queue_store.clearing(session, known.id) is not None:
        raise Conflict("Expected a printer that nobody has asked to clear yet, seen one that is cleared next.")
    entry = _change(session, known, "clear_asked", by, grant, {}, at)
    facts = {"design": CLEAR, "name": known.name, "printer": known.id}
    queue_store.queue(
        session, chain=known.chain, site=known.site, stock="", facts=facts, at=at, kind=CLEAR, printer=known.id,
        asked_by=by.id,
    )  # fmt: skip
    return entry


def cleared(session: Session, known: Registered, why: str, state: str, at: datetime) -> None:
    """Write down that a printer was told to forget what it held, or why it could not be told; and how it is now."""
    ledger.lock(session, known.chain)
    stmt = {"id": ledger.new_id(), "actor": "printer", "site": known.site, "at": instant(at), "printer": known.id}
    outcome = "blocked" if why else "accepted"
    _record(session, known.chain, "cleared", {**stmt, "outcome": outcome, "why": why, "state": state}, at)


def _opened(session: Session, printer_id: str) -> Registered:
    """Lock the site's chain and return the printer as it stands.

    Raises:
        Conflict: It is retired: from there no way leads back.
    """
    ledger.lock(session, printer_store.printer(session, printer_id).chain)
    known = printer_store.printer(session, printer_id)
    if known.state == "retired":
        raise Conflict("Expected a printer of the house, seen one that is retired.")
    return known


def _grant(by: Person, roles: tuple[str, ...], site: str) -> Grant:
    held = by.grant(roles, site, None) if by.active else None
    if held is None:
        raise NotPermitted(f"Expected one of {roles} at {site}, seen another role.")
    return held


def _check_stock(stock: str) -> None:
    if stock not in {ANY_STOCK, *stock_names()}:
        raise Malformed(f"Expected one of {(ANY_STOCK, *stock_names())}, seen {stock[:20]!r}.")


def _check_why(why: str, known: tuple[str, ...]) -> None:
    if why not in known:
        raise Malformed(f"Expected one of {known}, seen {why[:20]!r}.")


def _cause(entry: Entry) -> dict[str, Any]:
    return {"chain": entry.chain, "seq": entry.seq}


def _change(
    session: Session, known: Registered, what: str, by: Person, grant: Grant, more: Mapping[str, Any], at: datetime
) -> Entry:
    stmt = _stmt(by, grant, known.site, {"printer": known.id, **more}, at)
    return _record(session, known.chain, what, stmt, at)


def _stmt(by: Person, grant: Grant, site: str, more: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    return {
        "id": ledger.new_id(),
        "actor": by.id,
        "role": grant.role,
        "site": site,
        "at": instant(at),
        "outcome": "accepted",
        **more,
    }


def _record(session: Session, chain: str, what: str, stmt: Mapping[str, Any], at: datetime) -> Entry:
    return ledger.record(session, chain, f"printer.{what}", stmt, at=at)
