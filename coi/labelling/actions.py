"""Intend, print, void: the life of a printed piece.

* Intent is an entry before the first byte goes out; a piece that was never intended cannot exist.
* A job is taken, then sent, then told as printed. A printer lost after the first byte leaves the piece *uncertain*:
  nothing is sent again by itself, for a second label with the same serial would be worse than none.
"""

from __future__ import annotations

import hashlib
import secrets
from functools import partial
from typing import TYPE_CHECKING, Any

from coi import identity, ledger
from coi.labelling import store
from coi.labelling.drawing import DESIGNS, LabelFacts, draw, payload, reads_as
from coi.labelling.pieces import may_become
from coi.ledger.entry import instant
from labels import LabelError, precheck
from labels.printers import NotSent, Sent, Uncertain
from scanners import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.db import Database
    from coi.ledger.entry import Entry
    from labels.printers import Printer


def new_piece() -> str:
    """Return a piece id that nobody has seen: 10 random characters and their check."""
    return str(identity.PieceId.from_random(secrets.token_bytes))


def intend(  # noqa: PLR0913 - one intent has this many parts
    session: Session,
    chain: str,
    facts: LabelFacts,
    *,
    order: str,
    container: str | None,
    site: str,
    common: Mapping[str, Any],
    at: datetime,
    replaces: str | None = None,
) -> Entry:
    """Record that one piece is to be printed, and queue it: the job and the entry commit together."""
    entry = ledger.record(
        session,
        chain,
        "label.intended",
        {
            **common,
            "id": ledger.new_id(),
            "order": order,
            "piece": facts.piece,
            "role": DESIGNS[facts.design].role,
            "design": facts.design,
            "drawing": DESIGNS[facts.design].drawing,
            "payload_sha256": hashlib.sha256(payload(facts)).hexdigest(),
            **({"container": container} if container else {}),
            **({"replaces": replaces} if replaces else {}),
        },
        at=at,
    )
    store.queue(session, piece=facts.piece, order=order, site=site, facts=facts.to_json())
    return entry


def print_queued(
    database: Database,
    printers: Callable[[str], Printer | None],
    now: Callable[[], datetime],
    send: Callable[[Printer, LabelFacts], tuple[str, str]] | None = None,
) -> int:
    """Print what is queued, one piece after the other; return how many were printed.

    *send* draws a label, reads it back and sends it; it answers what became of the piece, and why.

    1. The job is taken in a transaction of its own: what was taken is never sent twice.
    2. The label is drawn, and read back from its own dots before a byte is sent.
    3. Sent whole: printed. Refused before the first byte: back into the queue. Anything else: uncertain.
    """
    printed = 0
    for piece, order, site, data in database.read(lambda session: store.jobs(session, "queued")):
        printer = printers(site)
        if printer is None or not database.run(partial(store.take, piece=piece)):
            continue
        state, why = (send or draw_and_send)(printer, LabelFacts.from_json(data))
        printed += database.run(_telling(piece, order, site, state, why, now())) == "printed"
    return printed


def draw_and_send(printer: Printer, facts: LabelFacts) -> tuple[str, str]:
    """Draw a label, read it back from its own dots, and send it: printed, queued, uncertain or voided, and why."""
    try:
        label = draw(facts)
        precheck(label, reads_as, decode.read)
    except LabelError as fault:
        return "voided", f"not printable: {type(fault).__name__}"
    match printer.send(label.zpl(), f"{facts.design}-{facts.piece}"):
        case Sent():
            return "printed", ""
        case NotSent():
            return "queued", ""
        case Uncertain(reason):
            return "uncertain", reason[:80]


def _telling(piece: str, order: str, site: str, state: str, why: str, at: datetime) -> Callable[[Session], str]:
    """Return the work that tells what became of a job, and answers in which state the piece is after it."""
    return lambda session: _told(session, piece, order, site, state, why, at)


def _told(session: Session, piece: str, order: str, site: str, state: str, why: str, at: datetime) -> str:
    """Tell what became of a job; where somebody voided the piece meanwhile, it stays dead and the print is noted."""
    if state == "queued":
        store.put_back(session, piece)
        return state
    chain = store.chain_of(session, piece)
    ledger.lock(session, chain)
    store.finish(session, piece)
    common = {"actor": "printer", "site": site, "order": order, "why": why}
    held = store.find(session, piece)
    if held is None or not may_become(held, state):
        stmt = {**common, "id": ledger.new_id(), "piece": piece, "told": state, "at": instant(at), "outcome": "noted"}
        ledger.record(session, chain, "label.too_late", stmt, at=at)
        return "" if held is None else held.state
    _fate(session, chain, state, piece, common, at)
    return state


def recover(database: Database, now: Callable[[], datetime]) -> int:
    """After a crash: what was being sent when the process died is uncertain, and is told so. Return how many."""
    lost = database.read(lambda session: store.jobs(session, "sending"))
    for piece, order, site, _ in lost:
        database.run(_telling(piece, order, site, "uncertain", "the service stopped while it was sent", now()))
    return len(lost)


def void(session: Session, chain: str, piece: str, *, common: Mapping[str, Any], why: str, at: datetime) -> Entry:
    """Kill a piece: from now on its scan stops everything."""
    store.finish(session, piece)
    return _fate(session, chain, "voided", piece, {**common, "why": why}, at)


def _fate(session: Session, chain: str, state: str, piece: str, common: Mapping[str, Any], at: datetime) -> Entry:
    stmt = {**common, "id": ledger.new_id(), "piece": piece, "at": instant(at), "outcome": "accepted"}
    return ledger.record(session, chain, f"label.{state}", stmt, at=at)
