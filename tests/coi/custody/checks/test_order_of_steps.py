"""A step is done in its turn, once, after what it needs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from coi.custody.checks import order_of_steps
from coi.custody.reasons import Reason
from tests.coi.custody.paper import PROTOCOL, STEPS, asked, changed

if TYPE_CHECKING:
    from coi.custody.order import Done


@pytest.mark.parametrize("step", STEPS)
def test_in_its_turn_it_passes(step: str) -> None:
    """State, deeds before it, and not done yet."""
    assert order_of_steps.check(asked(step)) == ()


@pytest.mark.parametrize("step", STEPS)
def test_in_another_state_it_does_not(step: str) -> None:
    """The reason names the state that the step starts from."""
    right = asked(step)

    assert order_of_steps.check(changed(right, state="RECONCILED")) == (
        Reason("not_now", expected=right.checkpoint.states[0], seen="RECONCILED"),
    )


@pytest.mark.parametrize("step", STEPS[1:])
def test_what_it_needs_was_done(step: str) -> None:
    """The reason names the deed that is missing."""
    right = asked(step)

    assert order_of_steps.check(changed(right, done=())) == tuple(
        Reason("not_now", expected=need, seen="not done") for need in right.checkpoint.needs
    )


@pytest.mark.parametrize("step", STEPS)
def test_it_is_done_once_unless_it_repeats(step: str) -> None:
    """Offers repeat, since an offer may be declined; nothing else does."""
    right = asked(step)
    done = replace(right.order.done[-1] if right.order.done else _any_deed(), checkpoint=step)
    again = changed(right, done=(*right.order.done, done))
    once = (Reason("already_done", expected=step, seen=right.order.state),)

    assert (() if PROTOCOL.checkpoint(step).repeat else once) == order_of_steps.check(again)


def test_several_states_are_told_with_or() -> None:
    """A step that may start from two states names both."""
    right = asked("h5_pack")
    step = replace(right.checkpoint, states=("COLLECTED", "ACCEPTED"))

    assert order_of_steps.check(changed(replace(right, checkpoint=step), state="DRAFT")) == (
        Reason("not_now", expected="COLLECTED or ACCEPTED", seen="DRAFT"),
    )


def _any_deed() -> Done:
    return asked("h5_pack").order.done[0]
