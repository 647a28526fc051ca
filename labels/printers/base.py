"""What may a printer answer? Sent, not sent, or uncertain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


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


class Printer(Protocol):
    """Any way for a label to leave the house."""

    def send(self, zpl: bytes, name: str) -> Outcome:
        """Send one label; *name* is for people who look at the queue or the tray."""
