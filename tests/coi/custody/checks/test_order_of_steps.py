"""A step is done in its turn, once, after what it needs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coi.custody.checks import order_of_steps
from coi.custody.order import ALL_STATES, Done
from coi.custody.reasons import Reason
from tests.coi.custody.detours import ALL, question
from tests.coi.custody.paper import BEGAN, changed


@pytest.mark.parametrize(("form", "step"), ALL)
def test_in_its_turn_it_passes(form: str, step: str) -> None:
    """State, deeds before it, and not done yet."""
    assert order_of_steps.check(question(form, step)) == ()


@pytest.mark.parametrize(("form", "step"), ALL)
def test_in_another_state_it_does_not(form: str, step: str) -> None:
    """The reason names every state that the step starts from."""
    right = question(form, step)

    for state in ALL_STATES:
        wrong = (Reason("not_now", expected=" or ".join(right.checkpoint.states), seen=state),)
        assert (() if state in right.checkpoint.states else wrong) == order_of_steps.check(changed(right, state=state))


@pytest.mark.parametrize(("form", "step"), ALL)
def test_what_it_needs_was_done(form: str, step: str) -> None:
    """The reason names the deed that is missing; a deed that was undone is missing."""
    right = question(form, step)
    missing = tuple(Reason("not_now", expected=need, seen="not done") for need in right.checkpoint.needs)

    assert order_of_steps.check(changed(right, done=())) == missing
    undone = tuple(replace(deed, undone=True) for deed in right.order.done)
    assert order_of_steps.check(changed(right, done=undone)) == missing


@pytest.mark.parametrize(("form", "step"), ALL)
def test_it_is_done_once_unless_it_repeats(form: str, step: str) -> None:
    """What was undone may be done again; what repeats may be done again anyway."""
    right = question(form, step)
    deed = Done(step, BEGAN, 99, ("P-1",))
    again = changed(right, done=(*right.order.done, deed))
    undone = changed(right, done=(*right.order.done, replace(deed, undone=True)))
    once = (Reason("already_done", expected=step, seen=right.order.state),)

    assert (() if right.checkpoint.repeat else once) == order_of_steps.check(again)
    assert order_of_steps.check(undone) == ()
