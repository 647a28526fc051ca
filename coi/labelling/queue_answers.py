"""What a person says of a print that does not go on by itself: found, none, several, print it again, try it again.

* *Found*: the label itself is scanned by a device that signs; its square code proves it. What was typed may be made up,
  so a second person signs as well. Where nothing counts labels, that says: exactly one.
* *None* and *several* spoil the serial, and a second person signs: a label found later under it is dead.
* *Again* is possible only where the odometer proved that nothing was printed. Nothing else is ever sent twice.
* *Retry* is for what could not be drawn, of which not a byte was sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coi import ledger
from coi.errors import Conflict, Malformed, NotPermitted
from coi.labelling import queue_store, store
from coi.labelling.at_hand import is_at_hand
from coi.labelling.claim import NOT_PRINTED
from coi.labelling.pieces import may_become
from coi.labelling.printers import ADMINS, USERS
from coi.ledger.entry import instant
from coi.people import signatures
from coi.people.signatures import NotSigned

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.labelling.queue_store import Job
    from coi.ledger.entry import Entry
    from coi.person import Grant, Person

ANSWERERS = (*USERS, *ADMINS, "coordinator")
WHY_SPOILED = ("not_found", "several")


@dataclass(frozen=True, slots=True)
class Shown:
    """What was read of a label, and whether the paper was before a reader: else somebody typed it."""

    text: str
    in_hand: bool


def found(
    session: Session,
    piece: str,
    by: Person,
    shown: Shown | None,
    second: tuple[str, str] | None = None,
    *,
    at: datetime,
) -> Entry:
    """Believe that the label exists: its square code was before a reader, or was typed and *second* signs beside.

    Another label is refused, and that is an entry as well.

    Raises:
        NotPermitted: The person works with no printer of the site, or the code was typed and no second person signs.
        NotAuthenticated: The second person's login or password is wrong.
        Conflict: Nobody asks for an answer about this piece any more.
        Malformed: Nothing was scanned.
    """
    job, grant = _asked(session, piece, by)
    if shown is None:
        raise Malformed("Expected the scan of the label, seen none.")
    held = store.find(session, piece)
    if held is None or not is_at_hand(session, held, shown.text):
        stmt = _stmt(job, by, grant, at, outcome="blocked", reasons=[{"code": "wrong_container"}])
        return ledger.record(session, job.chain, "label.answered", stmt, at=at)
    stmt = _stmt(job, by, grant, at, why="found", how="scanned" if shown.in_hand else "keyed")
    given: Sequence[Mapping[str, Any]] = ()
    if not shown.in_hand:
        if second is None:
            raise NotPermitted(
                "Expected a scan that this browser's key signed, or the signature of a second person, seen neither."
            )
        given = _signed(session, stmt, by, second, job.site, at)
    queue_store.finish(session, piece)
    return ledger.record(session, job.chain, "label.printed", stmt, at=at, sig=given)


def spoil(session: Session, piece: str, by: Person, why: str, second: tuple[str, str], *, at: datetime) -> Entry:
    """Spoil the serial of a label that nobody finds, or that came out more than once; *second* is who signs beside.

    Raises:
        NotPermitted: The person works with no printer of the site, or the second signature does not count.
        NotAuthenticated: The second person's login or password is wrong.
        Malformed: It is neither of the two reasons.
        Conflict: Nobody asks for an answer about this piece any more.
    """
    job, grant = _asked(session, piece, by)
    if why not in WHY_SPOILED:
        raise Malformed(f"Expected one of {WHY_SPOILED}, seen {why[:20]!r}.")
    stmt = _stmt(job, by, grant, at, why=why)
    given = _signed(session, stmt, by, second, job.site, at)
    queue_store.finish(session, piece)
    return ledger.record(session, job.chain, "label.spoiled", stmt, at=at, sig=given)


def again(session: Session, piece: str, by: Person, *, at: datetime) -> Entry:
    """Put the very same label back into the queue: the odometer proved that it was not printed.

    Raises:
        NotPermitted: The person works with no printer of the site.
        Conflict: The odometer proved nothing.
    """
    job, grant = _asked(session, piece, by)
    if job.why != NOT_PRINTED:
        raise Conflict("Expected a label of which the printer's count proves that it was not printed, seen another.")
    queue_store.change(
        session, job.number, ("uncertain",), state="queued", why="", device="", counter_before=None, next_try=None
    )
    return ledger.record(session, job.chain, "label.not_printed", _stmt(job, by, grant, at), at=at)


def retry(session: Session, piece: str, by: Person, *, at: datetime) -> Entry:
    """Let a label that could not be drawn be tried again; whoever does not want it any more tells its fate.

    Raises:
        NotPermitted: The person works with no printer of the site.
        Conflict: It is not held for that.
    """
    job, grant = _asked(session, piece, by, queue_store.STUCK)
    to: dict[str, Any] = {"state": "queued", "why": "", "faults": 0, "next_try": None}
    queue_store.change(session, job.number, (queue_store.STUCK,), **to)
    return ledger.record(session, job.chain, "label.retried", _stmt(job, by, grant, at, why=job.why), at=at)


def _signed(
    session: Session, stmt: Mapping[str, Any], by: Person, second: tuple[str, str], site: str, at: datetime
) -> Sequence[Mapping[str, Any]]:
    """Return the signature of the *second* person, who is another one and works with the printers of the *site*."""
    prepared = signatures.prepare(session, stmt, "verified", (frozenset(ANSWERERS),), at, site=site)
    signed = signatures.sign(session, prepared.id, *second, at)
    if isinstance(signed, NotSigned) or signed.person == by.id:
        raise NotPermitted("Expected the signature of a second person of this site, seen none that counts.")
    return signatures.collect(session, prepared.id, stmt, at)


def _asked(session: Session, piece: str, by: Person, state: str = "uncertain") -> tuple[Job, Grant]:
    """Lock the order's chain and return the job that waits for an answer, and the role in which the person answers."""
    job = queue_store.of_piece(session, piece)
    grant = None if job is None or not by.active else by.grant(ANSWERERS, job.site, None)
    if job is None or grant is None:
        raise NotPermitted("Expected somebody who works with the printers of that site, seen somebody else.")
    ledger.lock(session, job.chain)
    job, held = queue_store.of_piece(session, piece), store.find(session, piece)
    if job is None or job.state != state or held is None or not may_become(held, "printed"):
        raise Conflict(f"Expected a label whose printing is {state}, seen one about which nobody asks any more.")
    return job, grant


def _stmt(job: Job, by: Person, grant: Grant, at: datetime, **more: Any) -> dict[str, Any]:  # noqa: ANN401  an entry's own values
    return {
        "id": ledger.new_id(),
        "actor": by.id,
        "role": grant.role,
        "site": job.site,
        "order": job.order,
        "piece": job.piece,
        "printer": job.printer,
        "job": job.number,
        "at": instant(at),
        "outcome": "accepted",
        **more,
    }
