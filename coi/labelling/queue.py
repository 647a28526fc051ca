"""Print what is queued: the intent is committed before the first byte, and after it nothing is sent again by itself.

* A job is taken, then sent, then told as printed. A printer lost after the first byte leaves the piece *uncertain*:
  a second label with the same serial would be worse than none.
* ``label.sending`` (which bytes, which printer, what its odometer says) stands in the order's chain before a byte goes.
"""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING, Any

from coi import ledger
from coi.errors import Unknown
from coi.labelling import actions, queue_store, store, template_store
from coi.labelling.drawing import DPI, LabelFacts, draw, reads_as
from coi.labelling.pieces import may_become
from coi.ledger.entry import instant
from labels import LabelError, precheck
from labels.printers import NotSent, Sent, Uncertain
from scanners import decode

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.db import Database
    from coi.labelling.queue_store import Job
    from labels import Template
    from labels.printers import Outcome, Printer

STOPPED = "the service stopped while it was sent"


def print_queued(
    database: Database,
    printers: Callable[[str], Printer | None],
    now: Callable[[], datetime],
    send: Callable[[Printer, LabelFacts], tuple[str, str]] | None = None,
) -> int:
    """Print every waiting label on the printer that *printers* names for its site; return how many were printed.

    *send* stands for drawing and sending where no label is to be drawn; it answers what became of the piece, and why.

    1. The label is drawn, and read back from its own dots, before anything is promised.
    2. The job is taken and the intent recorded, in one transaction: what was taken is never sent twice.
    3. Sent whole: printed. Refused before the first byte: back into the queue. Anything else: uncertain.
    """
    printed = 0
    for job in database.read(lambda session: queue_store.jobs(session, *queue_store.WAITING)):
        printer = printers(job.site)
        if printer is None or job.kind != "label":
            continue
        state, why = _print(database, job, printer, now, send)
        printed += state == "printed" and database.run(partial(told, job=job, state=state, why=why, at=now())) == state
    return printed


def _print(
    database: Database,
    job: Job,
    printer: Printer,
    now: Callable[[], datetime],
    send: Callable[[Printer, LabelFacts], tuple[str, str]] | None,
) -> tuple[str, str]:
    facts = LabelFacts.from_json(job.facts)
    data = b"" if send else as_ordered(database, facts)
    if isinstance(data, str):
        state, why = "voided", data
    elif not database.run(partial(begin, job=job, data=data, at=now())):
        return "", ""
    elif send:
        state, why = send(printer, facts)
    else:
        state, why = fate_of(printer.send(data, name_of(job)))
    if state != "printed":
        database.run(partial(told, job=job, state=state, why=why, at=now()))
    return state, why


def as_ordered(database: Database, facts: LabelFacts, dpi: int = DPI) -> bytes | str:
    """Draw a label at *dpi* by the version of its template that it was ordered by; an altered one draws nothing."""
    try:
        template = database.read(partial(template_store.ordered_by, sha256=facts.template_sha256))
    except Unknown:
        return "not printable: its template is not the approved one"
    return drawn(facts, template, dpi)


def drawn(facts: LabelFacts, template: Template | None = None, dpi: int = DPI) -> bytes | str:
    """Draw a label and read it back from its own dots; return the printer's bytes, or why there are none."""
    try:
        label = draw(facts, template, dpi)
        precheck(label, reads_as, decode.read)
        return label.zpl()
    except LabelError as fault:
        return f"not printable: {type(fault).__name__}"


def name_of(job: Job) -> str:
    """Return what a print is called, for people who look at a queue or a tray."""
    return f"{job.facts['design']}-{job.piece}" if job.piece else f"{job.kind}-{job.number}"


def fate_of(outcome: Outcome) -> tuple[str, str]:
    """Return what a printer's answer makes of the piece, and why."""
    match outcome:
        case Sent():
            return "printed", ""
        case NotSent(reason):
            return "queued", reason[:80]
        case Uncertain(reason):
            return "uncertain", reason[:80]


def begin(
    session: Session,
    *,
    job: Job,
    data: bytes,
    at: datetime,
    lease_by: str | None = None,
    until: datetime | None = None,
    printer: str = "",
    counter: int | None = None,
) -> bool:
    """Commit the intent before the first byte; False when the job is no longer the worker's, or its piece is dead."""
    ledger.lock(session, job.chain)
    seen = queue_store.WAITING if lease_by is None else ("leased",)
    sha256 = hashlib.sha256(data).hexdigest() if data else ""
    to = {"state": "sending", "counter_before": counter, "bytes_sha256": sha256, "lease_until": until, "why": ""}
    if not queue_store.change(session, job.number, seen, of=lease_by, attempts=job.attempts + 1, **to):
        return False
    stmt: dict[str, Any] = {"bytes_sha256": sha256, "printer": printer, "counter_before": counter}
    _record(session, job, "sending", stmt, at)
    return True


def told(session: Session, *, job: Job, state: str, why: str, at: datetime, **more: object) -> str:
    """Tell what became of a job; where somebody voided the piece meanwhile, it stays dead and the print is noted.

    Returns the state in which the piece is after it. *more* is what else the queue keeps (when to try again).
    """
    ledger.lock(session, job.chain)
    if state == "queued":
        to: dict[str, Any] = {"state": "queued", "device": "", "lease_by": "", "lease_until": None, "why": why, **more}
        if queue_store.change(session, job.number, ("sending",), **to):
            _record(session, job, "not_sent", {"why": why}, at)
        return state
    lost = False
    if state == "uncertain":
        lost = not queue_store.change(session, job.number, ("sending",), state="uncertain", lease_by="", why=why)
    else:
        queue_store.finish(session, job.piece)
    held = store.find(session, job.piece)
    if held is None or not may_become(held, state):
        _record(session, job, "too_late", {"told": state, "why": why}, at)
        return "" if held is None else held.state
    if lost:  # another worker has told meanwhile that not a byte was sent: the job waits again
        return held.state
    common = {"actor": "printer", "site": job.site, "order": job.order, "why": why, "printer": job.printer}
    actions.fate(session, job.chain, state, job.piece, common, at)
    return state


def _record(session: Session, job: Job, what: str, more: dict[str, Any], at: datetime) -> None:
    """Note on the order's chain what the printer did; it changes no piece."""
    stmt = {
        "id": ledger.new_id(),
        "actor": "printer",
        "site": job.site,
        "order": job.order,
        "piece": job.piece,
        "job": job.number,
        "at": instant(at),
        "outcome": "noted",
        **more,
    }
    ledger.record(session, job.chain, f"label.{what}", stmt, at=at)


def recover(database: Database, now: Callable[[], datetime]) -> int:
    """After a crash, where only one process prints: what was being sent is uncertain, what was leased is free again.

    Returns how many were being sent.
    """
    lost = database.read(lambda session: queue_store.jobs(session, *queue_store.IN_FLIGHT))
    for job in lost:
        if job.state == "leased":
            database.run(partial(queue_store.release, number=job.number))
        elif job.kind == "label":
            database.run(partial(told, job=job, state="uncertain", why=STOPPED, at=now()))
        else:
            database.run(partial(queue_store.drop, number=job.number, why=STOPPED))
    return sum(job.state == "sending" for job in lost)
