"""How is a word told apart without reading it, and without colour? By its shape, its tone and its vibration.

The page plays what is named here; ``coi/static/sound.js`` has a tune and a beat for each name. No two words share one.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Cues:
    """What goes with a word."""

    icon: str
    """The shape beside it: a tick, an octagon, a hand, a question."""
    tone: str
    haptic: str

    def to_json(self) -> dict[str, str]:
        """Return them by name, for an answer."""
        return asdict(self)


BY_WORD: Final[Mapping[str, Cues]] = {
    "GO": Cues("go", "one_high", "short"),
    "STOP": Cues("stop", "three_low", "three_long"),
    "HOLD": Cues("hold", "two_falling", "two_middle"),
    "NOT VERIFIED": Cues("none", "three_falling", "two_long"),
    "PROVISIONAL GO": Cues("provisional", "two_rising", "two_short"),
}
