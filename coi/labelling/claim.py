"""Which print does a worker take next for a printer? One in flight on each, in the order in which they were asked for.

A claim is a lease: not a byte of it is sent, and when it runs out the job is free again. Whoever claims holds the row
of the printer's watch for that moment; another worker that finds it held looks at another printer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coi.labelling import printer_store, queue_store
from coi.labelling.printers import ANY_STOCK

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.labelling.printers import Registered, Seen
    from coi.labelling.queue_store import Job

NOT_PRINTED = "not_printed"
"""Why of an uncertain job of which the odometer proved that nothing was printed: a person says what to do."""
COUNT = "count"
"""Why of an uncertain job whose printer counts nothing: a person says how many labels came out."""
CLEARED = "cleared"
"""Why of an uncertain job whose printer was told to forget what it held: a person says what came out."""
SETTLED = frozenset({NOT_PRINTED, COUNT, CLEARED})
"""Uncertain jobs that the odometer cannot tell more of: the printer need not wait for them."""


CLEAR = "clear"
"""The kind of a job that prints nothing: it lets its printer forget what it holds."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A job in a worker's hands, and how its printer was last seen."""

    job: Job
    seen: Seen


def claim(
    session: Session,
    printer: Registered,
    *,
    labels: bool,
    worker: str,
    at: datetime,
    until: datetime,
    eager: bool = False,
) -> Claim | None:
    """Lease the next job for *printer* until *until*; without *labels* only test prints; *eager* waits for no next try.

    1. Nobody else is taking a job for this printer at this moment.
    2. Nothing is in flight on it, and nothing of it is uncertain that its odometer may still tell.
    3. The oldest job that it can print; where that one waits for its next try, nothing overtakes it.

    That it shall forget what it holds goes before every label, and waits for what is in flight alone.
    """
    seen = printer_store.watch(session, printer.device)
    if seen is None:
        return None
    clears = queue_store.clearing(session, printer.id)
    for job in queue_store.of_device(session, printer.device):
        if job.state == "leased" and job.lease_until is not None and job.lease_until <= at:
            queue_store.release(session, job.number)
        elif job.state != "uncertain" or (clears is None and job.why not in SETTLED):
            return None
    stock = None if printer.stock == ANY_STOCK else printer.stock
    waiting = queue_store.next_for(session, printer.site, printer.id, labels=labels, stock=stock)
    if clears is not None:
        waiting = (clears,)
    found = next((job for job in waiting if job.kind != "label" or printer.takes(job.stock)), None)
    if found is None or (not eager and found.next_try is not None and found.next_try > at):
        return None
    taken = queue_store.change(
        session,
        found.number,
        queue_store.WAITING,
        state="leased",
        printer=printer.id,
        device=printer.device,
        lease_by=worker,
        lease_until=until,
    )
    return Claim(found, seen) if taken else None
