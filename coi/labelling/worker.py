"""Print on registered printers: one label in flight on each, whatever breaks, and after the first byte never again.

For one label, in this order:

1. The oldest job is leased; nobody else takes it, and nobody else prints on this printer.
2. The printer is asked how it is. Not ready, or no answer: the job waits, and goes on by itself.
3. It is asked which it is. Another printer at the address is taken out of use.
4. Its odometer is read. If it moved since our last label, somebody else prints there: out of use.
5. The label is drawn as its intent says, and read back from its own dots; what may not or cannot be drawn is voided.
   Where drawing fails as nobody foresaw, it is tried again, and after some tries it waits for a person.
6. The intent is committed: which bytes, which printer, what the odometer says.
7. The bytes go out. Not one byte sent: back into the queue, tried again a little later.
8. The odometer is read again. One step: printed. Two: a twin, the piece is spoiled and the printer out of use; so it is
   where a ready printer took a label whole and never counted it. Anything else: uncertain, and asked again until the
   odometer or a person tells.

Whoever dies between 1 and 6 has sent nothing; whoever dies after it leaves an uncertain job when the lease runs out.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from coi import ledger
from coi.errors import Unavailable
from coi.labelling import fates, printer_actions, printer_store, queue, queue_store, store, tag_actions, trial
from coi.labelling.claim import CLEAR, CLEARED, COUNT, NOT_PRINTED, SETTLED, claim
from coi.labelling.pieces import may_become
from coi.labelling.printers import blocked, counted, same
from labels.printers import BadAddress, Capabilities, NotSent, Sent, Status, Uncertain

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.db import Database
    from coi.labelling.claim import Claim
    from coi.labelling.drawing import LabelFacts
    from coi.labelling.printers import Count, Registered
    from coi.labelling.queue_store import Job
    from labels.printers import Identity, Outcome, Printer

LEASE = timedelta(seconds=60)
"""How long a worker may take over one label; longer than any printer may take to answer."""
LONGEST_WAIT = 60
"""Seconds between two tries of what could not be sent, at most; the first comes after one."""
SETTLES = timedelta(seconds=5)
"""How long after its bytes went out a label may still come, though the printer says that it holds nothing."""
TAKEN = "taken: "
"""How the why begins of an uncertain job all of whose bytes were taken; after it, how the printer was."""
MISCOUNTED = frozenset({f"{TAKEN}ready", f"{TAKEN}busy"})
HALF = "half"
"""How a printer is that holds the beginning of a label: what came next would be added to it."""
CANCEL = b"~JA"
"""What lets a printer forget every label that it holds and has not printed."""
PAUSES = frozenset({"busy"})
"""States that pass by themselves; every other but ready needs a person's hands."""


@dataclass(slots=True)
class Worker:
    """Prints what waits for registered printers; any number of them may work on one database."""

    database: Database
    opened: Callable[[Registered], Printer]
    now: Callable[[], datetime]
    name: str
    strict: bool = False
    """Whether a printer needs its signed IQ sheet and today's check."""
    patience: float = 5.0
    """Seconds in which a label must have come out after its bytes went in."""
    draw: Callable[[Database, LabelFacts, int], bytes | str] = queue.as_ordered
    """How a label's bytes are made; who tests the line to a printer needs no more than a few dots."""
    _lines: dict[tuple[str, str, int], Printer] = field(default_factory=dict)

    def work(self, *, eager: bool = False) -> int:
        """Print what can be printed now; return how many labels came out. *eager* waits for no next try."""
        self.give_up()
        printed, failed = 0, None
        for printer in self.database.read(printer_store.in_service):
            try:
                while (came := self._serve(printer.id, eager=eager)) is not None:
                    printed += came
            except Exception as error:  # noqa: BLE001  one printer's trouble keeps no other from printing; raised below
                failed = failed or error
        if failed is not None:
            raise failed
        return printed

    def give_up(self) -> int:
        """Tell as uncertain what was being sent when its lease ran out; return how many."""
        at = self.now()
        lost = [
            job
            for job in self.database.read(lambda session: queue_store.jobs(session, "sending"))
            if job.lease_until is not None and job.lease_until <= at
        ]
        for job in lost:
            self.database.run(partial(self._tell, job=job, state="uncertain", why=queue.STOPPED))
        return len(lost)

    def _serve(self, name: str, *, eager: bool) -> int | None:
        """Print one label; return how many came out, or None when this printer has nothing to do now."""
        printer = self.database.read(partial(printer_store.printer, printer_id=name))
        self._settle(printer)
        printer = self.database.read(partial(printer_store.printer, printer_id=name))
        at = self.now()
        labels = not blocked(printer, at, strict=self.strict)
        ask = partial(claim, printer=printer, labels=labels, worker=self.name, at=at, until=at + LEASE, eager=eager)
        claimed = self.database.run(ask)
        if claimed is None:
            return None
        try:
            return self._with(printer, claimed)
        except Unavailable:
            raise
        except Exception:
            self._wait(claimed.job, "unknown", "unknown", 0)  # another printer may take it at once
            raise

    def _with(self, printer: Registered, claimed: Claim) -> int | None:
        """Print what was claimed, where the printer is fit for it; return how many came out."""
        line = self._line(printer)
        if claimed.job.kind == CLEAR:
            return self._clear(printer, line, claimed.job)
        status = line.status() if line.capabilities().status else Status("ready")
        if (why := self._unfit(printer, line, status, claimed)) is not None:
            self._wait(claimed.job, why, why)
            return None
        before = line.counter() if line.capabilities().counter else None
        self._note(printer, status, before)
        if line.capabilities().counter and before is None:
            self._wait(claimed.job, "unknown", "unknown")
            return None
        if claimed.seen.counter is not None and before is not None and before != claimed.seen.counter:
            seen = {"expected": claimed.seen.counter, "seen": before}
            self._stop(printer, claimed.job, "foreign_count", seen)
            return None
        return self._print(printer, line, claimed.job, before)

    def _clear(self, printer: Registered, line: Printer, job: Job) -> int:
        """Let a printer forget what it holds, as a person asked; what became of it is an entry.

        What was uncertain on it is a person's to tell from now on, unless all that it held was half a label: a label
        that was cut off while it came out may lie there, and the count need not know of it.
        """
        before = line.status()
        seen = line.identity()
        if same(printer, seen, line.capabilities()) != "same":
            why, after = "no_answer" if seen is None else "wrong_printer", before
        else:
            outcome = line.send(CANCEL, queue.name_of(job))
            why, after = "" if isinstance(outcome, Sent) else "not_sent", line.status()
        only_half = before.partial and before.buffered == 0 and not before.remaining
        kept = self.database.read(partial(printer_store.seen, device=printer.device))
        self._note(printer, after, None if kept is None else kept.counter)

        def work(session: Session) -> None:
            printer_actions.cleared(session, printer, why, after.state, self.now())
            queue_store.drop(session, job.number, why or "cleared")
            for late in queue_store.of_device(session, printer.device):
                if late.state == "uncertain" and late.why != NOT_PRINTED and not why and not only_half:
                    queue_store.change(session, late.number, ("uncertain",), why=CLEARED)

        self.database.run(work)
        return 0

    def _unfit(self, printer: Registered, line: Printer, status: Status, claimed: Claim) -> str | None:
        """Return why nothing may be sent to what answers at the address, having stopped another printer there."""
        if status.state != "ready" or status.partial:
            self._note(printer, status, claimed.seen.counter)
            return how_of(status)
        identity = line.identity() if line.capabilities().identity else None
        match same(printer, identity, line.capabilities()):
            case "unknown":
                self._note(printer, Status("unknown"), claimed.seen.counter)
                return "unknown"
            case "other":
                told = {} if identity is None else {"seen": f"{identity.model} {identity.serial} {identity.dpmm}"}
                more = {"expected": f"{printer.model} {printer.serial} {printer.dpi} dpi", **told}
                self.database.run(
                    lambda session: printer_actions.stop(session, printer, "wrong_printer", more, self.now())
                )
                return "suspended"
            case _:
                return None

    def _print(self, printer: Registered, line: Printer, job: Job, before: int | None) -> int | None:
        """Draw, promise, send and count one label; None where not one byte was sent."""
        try:
            data = self._drawn(printer, job)
        except Unavailable:
            raise
        except Exception as error:
            failed = partial(queue.undrawn, job=job, seen=("leased",), fault=type(error).__name__, lease_by=self.name)
            self.database.run(partial(failed, at=self.now()))
            raise
        if isinstance(data, str):
            self.database.run(partial(self._tell, job=job, state="voided", why=data))
            return 0
        until = self.now() + LEASE
        begin = partial(queue.begin, lease_by=self.name, until=until, printer=printer.id, counter=before)
        if not self.database.run(partial(begin, job=job, data=data, at=self.now())):
            return 0
        job = replace(job, printer=printer.id, counter_before=before)
        outcome = line.send(data, queue.name_of(job))
        if isinstance(outcome, NotSent):
            wait = timedelta(seconds=min(2**job.attempts, LONGEST_WAIT))
            again = self.now() + wait
            self.database.run(partial(self._tell, job=job, state="queued", why=outcome.reason[:80], next_try=again))
            return None
        count, after, why = self._came_out(line, before, outcome)
        return self.database.run(partial(self._conclude, printer=printer, job=job, count=count, after=after, why=why))

    def _came_out(self, line: Printer, before: int | None, outcome: Outcome) -> tuple[Count, int | None, str]:
        """Read the odometer until it tells, or patience ends; a printer without one leaves it to a person."""
        broke = outcome.reason[:80] if isinstance(outcome, Uncertain) else ""
        if before is None:
            return "unknown", None, broke or COUNT
        end = monotonic() + self.patience
        while True:
            after = line.counter()
            status = line.status()
            count = counted(before, after, status)
            if count in {"printed", "twin"}:
                return count, after, ""
            if monotonic() >= end:
                return "unknown", after, broke or f"{TAKEN}{status.state}"
            sleep(0.05)

    def _conclude(
        self, session: Session, printer: Registered, job: Job, count: Count, after: int | None, why: str
    ) -> int:
        """Write down what came out; answers how many labels live by it."""
        for chain in sorted({job.chain, printer.chain}):
            ledger.lock(session, chain)
        printer_store.note(session, printer.device, counter=after if count == "printed" else None)
        if count not in {"printed", "twin"}:
            self._tell(session, job=job, state="uncertain", why=why)
            return 0
        state = self._tell(session, job=job, state="printed", why="")
        if count == "printed":
            return int(state == "printed")
        self._spoil(session, printer, job, "twin", {"expected": (job.counter_before or 0) + 1, "seen": after})
        return 0

    def _settle(self, printer: Registered) -> None:
        """Ask the odometer of a printer about what is uncertain on it, once for each look at the queue."""
        jobs = self.database.read(lambda session: queue_store.of_device(session, printer.device))
        for job in jobs:
            if (
                job.state != "uncertain"
                or job.why in SETTLED
                or job.counter_before is None
                or job.printer != printer.id
            ):
                continue
            line = self._line(printer)
            able = line.capabilities()
            status = line.status()
            if same(printer, line.identity() if able.identity else None, able) != "same":
                continue
            after = line.counter()
            count = counted(job.counter_before, after, status)
            self._note(printer, status, None)
            if count in {"printed", "twin"}:
                self.database.run(partial(self._conclude, printer=printer, job=job, count=count, after=after, why=""))
            elif count == "not_printed" and self._settled(job):
                ends = self._miscounted if job.why in MISCOUNTED else self._nothing_came
                self.database.run(partial(ends, printer=printer, job=job, after=after))

    def _settled(self, job: Job) -> bool:
        """Say whether a label that was sent would be out by now."""
        began = None if job.lease_until is None else job.lease_until - LEASE
        return began is None or self.now() - began >= SETTLES

    def _nothing_came(self, session: Session, printer: Registered, job: Job, after: int | None) -> None:
        """Keep that the odometer proves that nothing was printed; a person says whether to print it after all."""
        queue_store.change(session, job.number, ("uncertain",), why=NOT_PRINTED)
        printer_store.note(session, printer.device, counter=after)

    def _miscounted(self, session: Session, printer: Registered, job: Job, after: int | None) -> None:
        """Spoil a label that a ready printer took whole and did not count: nobody can say how many came out.

        Where a person has answered meanwhile, the answer stands.
        """
        for chain in sorted({job.chain, printer.chain}):
            ledger.lock(session, chain)
        if not queue_store.change(session, job.number, ("uncertain",), why="miscount"):
            return
        self._spoil(session, printer, job, "miscount", {"expected": (job.counter_before or 0) + 1, "seen": after})

    def _spoil(self, session: Session, printer: Registered, job: Job, why: str, seen: dict[str, Any]) -> None:
        """Spoil a piece for what its printer did, and take the printer out of use."""
        for chain in sorted({job.chain, printer.chain}):
            ledger.lock(session, chain)
        printer_store.note(session, printer.device, counter=None)
        queue_store.drop(session, job.number, why)
        held = store.find(session, job.piece) if job.piece else None
        cause = None
        if held is not None and may_become(held, "spoiled"):
            common = {"actor": "printer", "site": job.site, "order": job.order, "printer": printer.id}
            cause = fates.spoil(session, job.piece, common=common, why=why, at=self.now())
        printer_actions.stop(session, printer, why, seen, self.now(), cause)

    def _drawn(self, printer: Registered, job: Job) -> bytes | str:
        if job.kind == tag_actions.KIND:
            return tag_actions.drawn(self.database, job.facts, printer.dpi)
        if job.kind != "label":
            return trial.drawn({**job.facts, "stock": printer.stock}, printer.dpi)
        return queue.job_as_ordered(self.database, job, printer.dpi, self.draw)

    def _line(self, printer: Registered) -> Printer:
        """Return the way to a printer; a bad address is a printer that never answers."""
        key = (printer.id, printer.address, printer.dpi)
        if key not in self._lines:
            try:
                self._lines[key] = self.opened(printer)
            except BadAddress:
                return Nobody()
        return self._lines[key]

    def _note(self, printer: Registered, status: Status, counter: int | None) -> None:
        """Keep how a printer answered, for the screens."""
        values: dict[str, Any] = {
            "state": how_of(status),
            "counter": counter,
            "buffered": status.buffered,
            "warnings": "\n".join(status.warnings)[:400],
            "seen_at": self.now(),
        }
        self.database.run(lambda session: printer_store.note(session, printer.device, **values))

    def _wait(self, job: Job, why: str, state: str, seconds: float = 1) -> None:
        """Let a job wait until the printer is ready: for a person's hands, or for a state that passes by itself."""
        to = {
            "state": "queued" if state in PAUSES else "held",
            "why": why,
            "next_try": self.now() + timedelta(seconds=seconds),
        }
        self.database.run(lambda session: queue_store.release(session, job.number, **to))

    def _stop(self, printer: Registered, job: Job, why: str, seen: dict[str, Any]) -> None:
        """Take a printer out of use for what was seen, before a byte was sent."""

        def work(session: Session) -> None:
            printer_actions.stop(session, printer, why, seen, self.now())
            queue_store.release(session, job.number, state="held", why="suspended")
            for late in queue_store.of_device(session, printer.device):
                if late.why == NOT_PRINTED:  # the count went on after all: it proves the opposite, or nothing
                    queue_store.change(session, late.number, ("uncertain",), why="the count went on after all")

        self.database.run(work)

    def _tell(self, session: Session, *, job: Job, state: str, why: str, **more: datetime) -> str:
        """Tell what became of a job: of a label on its order's chain, of a test print in the queue alone."""
        if job.kind == "label":
            return queue.told(session, job=job, state=state, why=why, at=self.now(), **more)
        if state == "queued":
            to: dict[str, Any] = {"state": "queued", "device": "", "lease_by": "", "why": why, **more}
            queue_store.change(session, job.number, ("sending",), **to)
        else:
            queue_store.drop(session, job.number, state if not why else f"{state}: {why}"[:80])
        return state


def how_of(status: Status) -> str:
    """Return how a printer is, as people are told: one that waits for the rest of a label does not print."""
    waits = status.partial and not status.buffered and status.state in {"ready", "busy"}
    return HALF if waits else status.state


class Nobody:
    """What stands at an address that is none: it never answers, and nothing is ever sent to it."""

    def send(self, zpl: bytes, name: str) -> Outcome:  # noqa: ARG002 - a printer's signature
        """Send nothing."""
        return NotSent(f"{name}: there is no printer at this address")

    def status(self, seconds: float = 2.0) -> Status:  # noqa: ARG002 - same
        """Answer nothing."""
        return Status("unknown")

    def counter(self, seconds: float = 2.0) -> int | None:  # noqa: ARG002 - same
        """Count nothing."""
        return None

    def identity(self, seconds: float = 2.0) -> Identity | None:  # noqa: ARG002 - same
        """Be nobody."""
        return None

    def capabilities(self) -> Capabilities:
        """Say that the state can be asked, so that it is, and is unknown."""
        return Capabilities(status=True, counter=False, identity=False, job_id=False)
