"""A printer behind the system's print queue (CUPS): for sites where the queue is the only way.

* ``zebra`` lists the queues. It does not send: it ignores the exit status of ``lpr``, so that a lost job looks printed.
* ``lp`` sends, and its exit status and job id are read. ``Sent`` means: the queue has taken it.
* ``lpstat`` tells whether the queue runs and what became of a job. It knows no paper and no ribbon: *ready* means that
  the queue is, and a job that is *done* has been handed to the printer, no more.
* A queue that is stopped keeps what it is given and prints it when somebody starts it again. So it is given nothing.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Literal, Protocol, cast

from zebra import Zebra

from labels.printers.base import Capabilities, NotSent, Outcome, Sent, Status, Uncertain

if TYPE_CHECKING:
    from labels.printers.base import Identity

Job = Literal["waiting", "done", "unknown"]

_QUEUE = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.-]{0,126}")
_JOB = re.compile(r"request id is (\S+)")


class CupsQueue:
    """The queue called *queue* on this machine."""

    def __init__(self, queue: str, seconds: float = 20.0, lp: str = "lp", lpstat: str = "lpstat") -> None:
        """Send to *queue* by the program *lp*, each label within *seconds*; ask by *lpstat*."""
        if not _QUEUE.fullmatch(queue):
            raise ValueError(f"expected the name of a queue, got {queue!r}")
        self._queue = queue
        self._seconds = seconds
        self._lp = lp
        self._lpstat = lpstat

    def send(self, zpl: bytes, name: str) -> Outcome:
        """Hand one label to the queue as the job *name*."""
        program = shutil.which(self._lp)
        if program is None:
            return NotSent(f"{name}: there is no {self._lp} on this machine")
        if self.status().state == "paused":
            return NotSent(f"{name}: the queue {self._queue} is stopped")
        command = [program, "-d", self._queue, "-o", "raw", "-t", name, "--", "-"]
        try:
            done = _run(command, self._seconds, zpl)
        except subprocess.TimeoutExpired:
            return Uncertain(f"{name}: the queue {self._queue} gave no answer within {self._seconds} s")
        except OSError as error:
            return NotSent(f"{name}: {self._lp} could not be started: {error.strerror}")
        if done.returncode != 0:
            return NotSent(f"{name}: the queue {self._queue} refused, exit status {done.returncode}")
        job = _JOB.search(done.stdout.decode(errors="replace"))
        return Sent(len(zpl), job[1]) if job else Uncertain(f"{name}: {self._lp} told no job id")

    def status(self, seconds: float = 2.0) -> Status:
        """Ask how the queue is."""
        raw = self._asked(["-p", self._queue], seconds)
        first = raw.decode(errors="replace").split("\n", 1)[0] if raw else ""
        words = first.removeprefix(f"printer {self._queue} ")
        if words == first:
            return Status("unknown", raw or b"")
        if words.startswith("is idle.  enabled"):
            return Status("ready", raw or b"")
        if words.startswith("now printing "):
            return Status("busy", raw or b"")
        return Status("paused" if words.startswith("disabled") else "unknown", raw or b"")

    def job(self, receipt: str, seconds: float = 2.0) -> Job:
        """Ask what became of the job with this *receipt*: handed to the printer, still waiting, or nobody knows."""
        for kind, state in (("not-completed", "waiting"), ("completed", "done")):
            raw = self._asked(["-W", kind, "-o", self._queue], seconds) or b""
            if receipt in (line.split(" ", 1)[0] for line in raw.decode(errors="replace").splitlines()):
                return cast("Job", state)
        return "unknown"

    def counter(self, seconds: float = 2.0) -> int | None:  # noqa: ARG002 - there is nobody to wait for
        """Say that a queue does not know what its printer has printed."""
        return None

    def identity(self, seconds: float = 2.0) -> Identity | None:  # noqa: ARG002 - there is nobody to wait for
        """Say that a queue does not know which printer stands behind it."""
        return None

    def capabilities(self) -> Capabilities:
        """Say that the queue's state and a job's number is all that there is."""
        return Capabilities(status=True, counter=False, identity=False, job_id=True)

    def _asked(self, words: list[str], seconds: float) -> bytes | None:
        program = shutil.which(self._lpstat)
        if program is None:
            return None
        try:
            done = _run([program, *words], seconds)
        except (subprocess.TimeoutExpired, OSError):
            return None
        return done.stdout if done.returncode == 0 else None


def _run(command: list[str], seconds: float, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run *command*, without a shell, in plain English."""
    plain = {**os.environ, "LC_ALL": "C"}
    return subprocess.run(command, input=given, capture_output=True, timeout=seconds, check=False, env=plain)  # noqa: S603 - a list, no shell


class Lister(Protocol):
    """What of ``zebra.Zebra`` is used."""

    def getqueues(self) -> list[str]:
        """Return the names of the print queues."""


def queues(lister: Lister | None = None) -> list[str]:
    """Return the print queues of this machine; none where there is no CUPS."""
    try:
        return list((lister or cast("Lister", Zebra())).getqueues())  # type: ignore[no-untyped-call]  # zebra has no types
    except FileNotFoundError:
        return []
