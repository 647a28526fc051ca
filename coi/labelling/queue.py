"""Print what is queued: the intent is committed before the first byte, and after it nothing is sent again by itself.

* A job is taken, then sent, then told as printed. A printer lost after the first byte leaves the piece *uncertain*:
  a second label with the same serial would be worse than none.
* What is drawn is what the intent in the order's chain says, by a template that somebody signed; else it is voided.
* What cannot be drawn for a reason that nobody foresaw is tried ``MOST_FAULTS`` times, and then waits for a person.
* ``label.sending`` (which bytes, which printer, what its odometer says) stands in the order's chain before a byte goes.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from coi import ledger
from coi.errors import Unavailable
from coi.labelling import actions, ordered, queue_store, store
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
MOST_FAULTS = 3
"""How often a label is drawn in vain before a person is asked: the same facts draw the same fault."""


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
    printed, failed = 0, None
    for job in database.read(lambda session: queue_store.jobs(session, *queue_store.WAITING)):
        printer = printers(job.site)
        at = now()
        if printer is None or job.kind != "label" or (job.next_try is not None and job.next_try > at):
            continue
        try:
            state, why = _print(database, job, printer, now, send)
        except Exception as error:  # noqa: BLE001  one label's trouble keeps no other from being printed; raised below
            failed = failed or error
            continue
        told_ = partial(told, job=job, state=state, why=why, at=now())
        printed += state == "printed" and database.run(told_) == state
    if failed is not None:
        raise failed
    return printed


def _print(
    database: Database,
    job: Job,
    printer: Printer,
    now: Callable[[], datetime],
    send: Callable[[Printer, LabelFacts], tuple[str, str]] | None,
) -> tuple[str, str]:
    data = b"" if send else _data(database, job, now)
    if isinstance(data, str):
        state, why = "voided", data
    elif not database.run(partial(begin, job=job, data=data, at=now())):
        return "", ""
    elif send:
        state, why = send(printer, LabelFacts.from_json(job.facts))
    else:
        state, why = fate_of(_sent(printer, data, job))
    if state != "printed":
        database.run(partial(told, job=job, state=state, why=why, at=now()))
    return state, why


def _data(database: Database, job: Job, now: Callable[[], datetime]) -> bytes | str:
    """Draw a job; what fails for a reason that nobody foresaw is counted, and told on."""
    try:
        return job_as_ordered(database, job, DPI, as_ordered)
    except Unavailable:
        raise
    except Exception as error:
        database.run(partial(undrawn, job=job, seen=queue_store.WAITING, fault=type(error).__name__, at=now()))
        raise


def _sent(printer: Printer, data: bytes, job: Job) -> Outcome:
    """Send; a way to a printer that fails as nobody foresaw may have sent a part of it."""
    try:
        return printer.send(data, name_of(job))
    except Exception as error:  # noqa: BLE001  whatever it is, nobody knows how much went out
        return Uncertain(f"{name_of(job)}: the way to the printer failed: {type(error).__name__}")


def job_as_ordered(
    database: Database, job: Job, dpi: int, draw_: Callable[[Database, LabelFacts, int], bytes | str]
) -> bytes | str:
    """Draw the label of a job by *draw_*, if its facts are those of the job's own piece."""
    facts = LabelFacts.from_json(job.facts)
    return draw_(database, facts, dpi) if facts.piece == job.piece else ordered.NOT_ORDERED


def as_ordered(database: Database, facts: LabelFacts, dpi: int = DPI) -> bytes | str:
    """Draw a label at *dpi* as its intent says, by the template approved for it; anything else draws nothing."""
    template = database.read(partial(ordered.template_for, facts=facts))
    return template if isinstance(template, str) else drawn(facts, template, dpi)


def undrawn(
    session: Session, *, job: Job, seen: tuple[str, ...], fault: str, at: datetime, lease_by: str | None = None
) -> None:
    """Count that a job could not be drawn: tried again a little later, and after ``MOST_FAULTS`` held for a person.

    A print that is nobody's label is given up instead.
    """
    faults = job.faults + 1
    ended = faults >= MOST_FAULTS
    state = "queued" if not ended else queue_store.STUCK if job.kind == "label" else "done"
    free = {"lease_by": "", "lease_until": None, "device": "", "next_try": at + timedelta(seconds=2**faults)}
    queue_store.change(session, job.number, seen, of=lease_by, state=state, faults=faults, why=fault[:80], **free)


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
