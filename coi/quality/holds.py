"""Which containers may not move, and why?

A hold blocks the containers that it names, or the whole order when it names none. Only quality lifts one, by signature.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

WAYS_OUT = {
    "identity": "Set the containers apart. Quality settles whose they are from two independent sources, then signs.",
    "condition": "Keep the container cold and apart. Quality judges the temperature evidence, then signs.",
    "quality": "Quality decides and signs.",
}
"""What a hold of each kind waits for, in the words of the screen."""


@dataclass(frozen=True, slots=True)
class Hold:
    """One hold on containers of one order."""

    id: str
    order: str
    kind: str
    """identity, condition or quality: a key of ``WAYS_OUT``."""
    reason: str
    """The reason code that placed it."""
    containers: tuple[str, ...]
    """Container ids; empty means the whole order."""
    site: str
    """Where it was placed: the quality unit of this site owns it, or of the order's manufacturing site."""
    placed_at: datetime
    lifted_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether the hold still blocks."""
        return self.lifted_at is None

    @property
    def way_out(self) -> str:
        """What ends the hold."""
        return WAYS_OUT[self.kind]


def blocking(holds: Iterable[Hold], containers: Iterable[str]) -> tuple[Hold, ...]:
    """Return the open holds that stop any of *containers*; a hold without containers stops all."""
    moved = set(containers)
    return tuple(hold for hold in holds if hold.is_open and (not hold.containers or moved & set(hold.containers)))
