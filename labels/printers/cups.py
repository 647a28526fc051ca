"""A printer behind the system's print queue (CUPS): for sites where the queue is the only way.

* ``zebra`` lists the queues. It does not send: it ignores the exit status of ``lpr``, so that a lost job looks printed.
* ``lp`` sends, and its exit status and job id are read. ``Sent`` means: the queue has taken it.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import Protocol, cast

from zebra import Zebra

from labels.printers.base import NotSent, Outcome, Sent, Uncertain

_JOB = re.compile(r"request id is (\S+)")


class CupsQueue:
    """The queue called *queue* on this machine."""

    def __init__(self, queue: str, seconds: float = 20.0, lp: str = "lp") -> None:
        """Send to *queue* by the program *lp*, each label within *seconds*."""
        if not re.fullmatch(r"[A-Za-z0-9_.][A-Za-z0-9_.-]{0,126}", queue):
            raise ValueError(f"expected the name of a queue, got {queue!r}")
        self._queue = queue
        self._seconds = seconds
        self._lp = lp

    def send(self, zpl: bytes, name: str) -> Outcome:
        """Hand one label to the queue as the job *name*."""
        program = shutil.which(self._lp)
        if program is None:
            return NotSent(f"{name}: there is no {self._lp} on this machine")
        command = [program, "-d", self._queue, "-o", "raw", "-t", name, "--", "-"]
        try:
            done = subprocess.run(command, input=zpl, capture_output=True, timeout=self._seconds, check=False)  # noqa: S603 - a list, no shell
        except subprocess.TimeoutExpired:
            return Uncertain(f"{name}: the queue {self._queue} gave no answer within {self._seconds} s")
        except OSError as error:
            return NotSent(f"{name}: {self._lp} could not be started: {error.strerror}")
        told = done.stdout.decode(errors="replace")
        if done.returncode != 0:
            return NotSent(f"{name}: the queue {self._queue} refused, exit status {done.returncode}")
        job = _JOB.search(told)
        return Sent(len(zpl), job[1]) if job else Uncertain(f"{name}: {self._lp} told no job id")


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
