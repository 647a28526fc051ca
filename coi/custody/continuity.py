"""May what was done on paper be entered, or does the paper itself say that it must not? Pure.

A continuity pack is the paper that a site keeps for the hour without a computer. It has a serial of its own, an expiry,
the order, and which holds stood when it was printed; a new one voids the old. When the computer is back, pack *and*
container are scanned before anything else is done: a pack that was swapped, replaced, too old, or older than a hold
is no evidence of anything, and what it was used on waits for quality (hazards.md 27).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from coi.custody.order import Order
    from coi.labelling.pieces import Piece
    from coi.quality.holds import Hold

LIVES = timedelta(hours=24)
"""How long a pack is good: an hour without a computer is in reach of it, a forgotten drawer is not."""


@dataclass(frozen=True, slots=True)
class Pack:
    """One continuity pack as it was printed."""

    code: str
    order: str
    site: str
    printed_at: datetime
    expires: datetime
    seq: int
    """How far the order's chain had come: what the paper cannot know is whatever came after."""
    holds: tuple[str, ...]
    """Holds that were open."""
    state: str
    """current, voided by a newer one, or reentered."""

    @property
    def tail(self) -> str:
        """The last four characters: all that another order's entry shows of it."""
        return self.code[-4:]


def judge(
    pack: Pack | None, piece: Piece | None, order: Order, holds: Iterable[Hold], *, began: datetime, at: datetime
) -> tuple[Reason, ...]:
    """Return everything that stands against entering what was done on paper.

    1. The pack is this order's; nobody else's pack is evidence for it.
    2. It is the one in force: not replaced, not entered before, not expired when the hour began, printed before it.
    3. No hold was placed after it was printed: who worked by it could not know.
    4. The label scanned is alive, and on a container of this order.
    5. Nothing was done at the order's gates since the hour began: the paper comes first.
    """
    reasons: list[Reason] = []
    if pack is None:
        reasons.append(Reason("unknown_code", slot="pack", expected="a pack that was printed here", seen="another"))
    elif pack.order != order.id:
        seen = f"order not disclosed, …{pack.tail}"
        reasons.append(Reason("other_order", slot="pack", expected="this order", seen=seen))
    else:
        reasons += _of_pack(pack, order, holds, began=began)
    if piece is None:
        reasons.append(Reason("unknown_code", slot="container", expected="a label printed here", seen="another"))
    elif piece.order != order.id:
        seen = f"order not disclosed, …{piece.tail}"
        reasons.append(Reason("other_order", slot="container", expected="this order", seen=seen))
    elif piece.state != "applied" or piece.container is None:
        seen = f"{piece.state}, …{piece.tail}"
        reasons.append(Reason("dead_piece", slot="container", expected="the label on the container", seen=seen))
    if began > at:
        reasons.append(Reason("pack_stale", slot="pack", expected="an hour that has begun", seen="one to come"))
    return tuple(reasons)


def _of_pack(pack: Pack, order: Order, holds: Iterable[Hold], *, began: datetime) -> list[Reason]:
    wrong = []
    if pack.state != "current":
        wrong.append(("the pack in force", "one that was replaced" if pack.state == "voided" else "one entered before"))
    if not pack.printed_at <= began < pack.expires:
        wrong.append(("a pack that was good when the hour began", "one printed later, or expired"))
    later = [hold for hold in holds if hold.is_open and hold.id not in pack.holds]
    if later:
        wrong.append(("a pack that knows of every hold", "one that is older than a hold"))
    if any(deed.at >= began for deed in order.done):
        wrong.append(("the paper entered before the next step", "a step done since"))
    return [Reason("pack_stale", slot="pack", expected=expected, seen=seen) for expected, seen in wrong]
