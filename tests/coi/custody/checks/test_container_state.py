"""A container is taken up only where the road says that it stands."""

from __future__ import annotations

import pytest

from coi.custody.checks import container_state, same_order
from coi.custody.order import CONTAINER_STATES
from coi.custody.reasons import Reason
from tests.coi.custody.detours import ALL, question, those
from tests.coi.custody.paper import PROTOCOLS, asked, scanned, swapped, with_container

SLOTS = [
    (form, step, slot.name)
    for form, step in those(lambda step: any(slot.states for slot in step.slots))
    for slot in PROTOCOLS[form].checkpoint(step).slots
    if slot.states
]


@pytest.mark.parametrize(("form", "step", "slot"), SLOTS)
def test_every_state_but_the_listed_ones_is_refused(form: str, step: str, slot: str) -> None:
    """Container state by container state; the reason names the states that would be right, and the one that is."""
    right = question(form, step)
    wanted = right.checkpoint.slot(slot).states
    item = scanned(right, slot)
    assert item.container is not None
    twins = {
        state
        for each in right.checkpoint.slots
        if each.kind == right.checkpoint.slot(slot).kind
        for state in each.states
    }

    for state in CONTAINER_STATES:
        question_now = with_container(right, item.container.id, state=state)
        found = container_state.check(question_now)
        if state in wanted:
            assert found == ()
        elif state in twins:  # it fills the other slot of its kind, and leaves this one empty
            assert "missing" in {reason.code for reason in same_order.check(question_now)}
        else:
            assert Reason("wrong_state", slot, " or ".join(wanted), state) in found


def test_every_container_that_is_scanned_has_its_states() -> None:
    """No slot of a shipped protocol takes a container as it comes."""
    for form, step in ALL:
        for slot in PROTOCOLS[form].checkpoint(step).slots:
            assert bool(slot.states) == (slot.klass in {"container", "cassette"}), (form, step, slot.name)


def test_what_is_not_there_has_no_state() -> None:
    """A missing scan, and a label whose container is unknown, are told by the comparison of orders."""
    right = asked("h9_transfer")

    assert container_state.check(swapped(right, "bag")) == ()
    assert container_state.check(asked("h11_release")) == ()


def test_two_slots_are_judged_each_by_its_own() -> None:
    """A consumed bag and a filled vessel are two reasons."""
    right = asked("h9_transfer")
    both = with_container(with_container(right, "C-0-0", state="consumed"), "C-0-1", state="in_process")

    assert container_state.check(both) == (
        Reason("wrong_state", "bag", "in_process", "consumed"),
        Reason("wrong_state", "vessel", "registered", "in_process"),
    )
