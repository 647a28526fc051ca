"""Paper is evidence only where pack, container and order agree, and nothing has happened that the paper cannot know."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from coi.custody.continuity import LIVES, Pack, judge
from coi.custody.reasons import Reason
from coi.quality.holds import Hold
from tests.coi.custody.paper import asked

RIGHT = asked("h9_transfer")
ORDER, AT = RIGHT.order, RIGHT.at
BEGAN = AT - timedelta(minutes=5)
PIECE = next(piece for piece in RIGHT.facts.pieces if piece.state == "applied" and piece.container is not None)
PACK = Pack(
    "PAK-000000000001", ORDER.id, "S-MFG", BEGAN - timedelta(minutes=3), BEGAN + timedelta(hours=1), 9, (), "current"
)
HOLD = Hold("H-1", ORDER.id, "quality", "held", (), "S-MFG", BEGAN)


def judged(**other: Any) -> tuple[Reason, ...]:  # noqa: ANN401  any part of the question
    """Return what stands against entering the paper, with something in it changed."""
    said: dict[str, Any] = {
        "pack": PACK,
        "piece": PIECE,
        "order": ORDER,
        "holds": (),
        "began": BEGAN,
        "at": AT,
        **other,
    }
    return judge(**said)


def stale(expected: str, seen: str) -> Reason:
    """Return the reason that says what is wrong with the pack."""
    return Reason("pack_stale", slot="pack", expected=expected, seen=seen)


def test_the_pack_in_force_and_a_live_label_of_the_order_are_accepted() -> None:
    """A hold that the pack knows of is no surprise, and neither is one that was lifted."""
    assert judged() == ()
    assert judged(holds=(HOLD,), pack=replace(PACK, holds=("H-1",))) == ()
    assert judged(holds=(replace(HOLD, lifted_at=AT),)) == ()


GOOD = "a pack that was good when the hour began"
WRONG: dict[str, tuple[dict[str, Any], Reason]] = {
    "a pack nobody printed": (
        {"pack": None}, Reason("unknown_code", slot="pack", expected="a pack that was printed here", seen="another"),
    ),
    "another order's pack": (
        {"pack": replace(PACK, order="O-9")},
        Reason("other_order", slot="pack", expected="this order", seen="order not disclosed, …0001"),
    ),
    "a pack that was replaced": (
        {"pack": replace(PACK, state="voided")}, stale("the pack in force", "one that was replaced"),
    ),
    "a pack that was entered": (
        {"pack": replace(PACK, state="reentered")}, stale("the pack in force", "one entered before"),
    ),
    "a pack that had expired": (
        {"pack": replace(PACK, expires=BEGAN)}, stale(GOOD, "one printed later, or expired"),
    ),
    "a pack printed after the hour began": (
        {"pack": replace(PACK, printed_at=BEGAN + timedelta(seconds=1))}, stale(GOOD, "one printed later, or expired"),
    ),
    "a pack older than a hold": (
        {"holds": (HOLD,)}, stale("a pack that knows of every hold", "one that is older than a hold"),
    ),
    "a label nobody printed": (
        {"piece": None},
        Reason("unknown_code", slot="container", expected="a label printed here", seen="another"),
    ),
    "another order's label": (
        {"piece": replace(PIECE, order="O-9")},
        Reason("other_order", slot="container", expected="this order", seen=f"order not disclosed, …{PIECE.tail}"),
    ),
    "a dead label": (
        {"piece": replace(PIECE, state="voided")},
        Reason("dead_piece", slot="container", expected="the label on the container", seen=f"voided, …{PIECE.tail}"),
    ),
    "a wristband instead of the container": (
        {"piece": replace(PIECE, container=None)},
        Reason("dead_piece", slot="container", expected="the label on the container", seen=f"applied, …{PIECE.tail}"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("changed", "reason"), WRONG.values(), ids=WRONG)
def test_paper_that_does_not_fit_is_refused(changed: dict[str, Any], reason: Reason) -> None:
    """Each fault by itself, word for word."""
    assert judged(**changed) == (reason,)


def test_the_paper_comes_before_the_next_step() -> None:
    """Where the order went on since the hour began, what the paper says comes too late."""
    began: datetime = ORDER.done[-1].at
    pack = replace(PACK, printed_at=began - timedelta(minutes=1), expires=began + LIVES)

    assert judged(began=began, pack=pack) == (stale("the paper entered before the next step", "a step done since"),)


def test_an_hour_to_come_is_none() -> None:
    """Nobody enters what has not begun."""
    late = AT + timedelta(seconds=1)

    assert judged(began=late) == (stale("an hour that has begun", "one to come"),)
