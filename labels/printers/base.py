"""What may a printer answer? Sent, not sent, or uncertain; and, asked how it is: one of nine states, or nothing known.

* ``unknown`` is a state of its own: no answer, half an answer, an odd answer. Nothing is printed on it.
* Asking never raises. A printer that cannot be asked says so in ``capabilities()``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

State = Literal["ready", "busy", "paused", "media_out", "ribbon_out", "head_open", "over_temp", "fault", "unknown"]

DOTS_PER_MM = {203: 8, 300: 12, 600: 24}
"""How a printer names its resolution, by dots to the inch; the true pitch is 25.4 mm / dpi."""


@dataclass(frozen=True, slots=True)
class Sent:
    """All *size* bytes were taken; *receipt* is what the way there gave (a job id, a file), or empty.

    Taken is not printed: the label is proved by scanning it.
    """

    size: int
    receipt: str = ""


@dataclass(frozen=True, slots=True)
class NotSent:
    """Not one byte reached the printer, for *reason*: it is safe to try again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Uncertain:
    """Some bytes may have reached the printer, then *reason*: a label may exist. Never send again by itself."""

    reason: str


Outcome = Sent | NotSent | Uncertain


@dataclass(frozen=True, slots=True)
class Status:
    """How a printer is, and the bytes in which it said so.

    *buffered* formats wait in its memory, *remaining* labels of a batch are still to come, *partial* means that it
    holds the beginning of a format and waits for the rest; ``None`` where the printer does not tell.
    """

    state: State
    raw: bytes = b""
    buffered: int | None = None
    partial: bool = False
    remaining: int | None = None
    warnings: tuple[str, ...] = ()

    @property
    def idle(self) -> bool:
        """Whether the printer says that it holds nothing that it could still print."""
        return self.buffered == 0 and self.remaining == 0 and not self.partial


@dataclass(frozen=True, slots=True)
class Identity:
    """Which printer is it? *dpmm* is 8, 12 or 24 dots to the millimetre; *serial* is empty where it tells none."""

    model: str
    firmware: str
    dpmm: int
    serial: str


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What can be asked over this way to a printer."""

    status: bool
    counter: bool
    identity: bool
    job_id: bool


class Printer(Protocol):
    """Any way for a label to leave the house."""

    def send(self, zpl: bytes, name: str) -> Outcome:
        """Send one label; *name* is for people who look at the queue or the tray."""

    def status(self, seconds: float = 2.0) -> Status:
        """Ask how the printer is; no answer within *seconds*, or an odd one, is ``unknown``."""

    def counter(self, seconds: float = 2.0) -> int | None:
        """Ask how many labels it has printed in its life; the count cannot be reset."""

    def identity(self, seconds: float = 2.0) -> Identity | None:
        """Ask which printer this is."""

    def capabilities(self) -> Capabilities:
        """Say what can be asked over this way."""
