"""The state table, cell by cell: what a protocol does not list is refused, whatever else is right.

Every question here is the right one of its checkpoint, with the order's state, the acting role or a container's state
put in the place of the right one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from coi.custody.order import ALL_STATES, CONTAINER_STATES
from coi.custody.protocol import LEFT
from coi.custody.verdict import Accepted, decide
from coi.person import ROLES
from tests.coi.custody.detours import ALL, before, question, right
from tests.coi.custody.paper import PROTOCOLS, changed, codes, person, with_container

if TYPE_CHECKING:
    from coi.custody.asked import Asked
    from tests.evidence import Evidence


def accepted(form: str, step: str, asked: Asked) -> bool:
    """Say whether a question about a checkpoint is accepted, clean or into quarantine."""
    return isinstance(decide(asked, before(form, step).fresh(asked)), Accepted)


@pytest.mark.parametrize(("form", "step"), ALL)
def test_the_right_cell_is_accepted(form: str, step: str) -> None:
    """At every checkpoint, before the signatures and with them, and nothing is put into quarantine."""
    moment = right(form, step)

    for asked in (moment.asked, moment.signed):
        verdict = decide(asked, before(form, step).fresh(asked))
        assert isinstance(verdict, Accepted)
        assert verdict.quarantine == ()


@pytest.mark.parametrize(("form", "step"), ALL)
def test_a_step_starts_from_its_states_and_no_other(form: str, step: str) -> None:
    """Accepted in exactly the states that are listed."""
    asked = right(form, step).asked

    starts = {state for state in ALL_STATES if accepted(form, step, changed(asked, state=state))}

    assert starts == set(asked.checkpoint.states)


@pytest.mark.parametrize(("form", "step"), ALL)
def test_a_step_is_done_by_its_roles_and_no_other(form: str, step: str) -> None:
    """Of all roles at the step's site exactly those that are listed; the same role elsewhere never."""
    asked = right(form, step).asked
    site = asked.facts.site

    actors = {role for role in ROLES if accepted(form, step, replace(asked, by=person(role, site, 3)))}
    strangers = {role for role in ROLES if accepted(form, step, replace(asked, by=person(role, "S-FAR", 3)))}

    assert actors == set(asked.checkpoint.roles)
    assert strangers == set()


@pytest.mark.long("custody")
def test_every_cell_of_state_and_step_and_role(evidence: Evidence) -> None:
    """Each order state, each checkpoint, each role, in each protocol: accepted where both are listed, else refused."""
    chosen = evidence.random().sample(ALL, evidence.size(30, len(ALL)))
    for form, step in chosen:
        asked = right(form, step).asked
        for state in ALL_STATES:
            here = changed(asked, state=state)
            for role in ROLES:
                listed = state in asked.checkpoint.states and role in asked.checkpoint.roles
                done = accepted(form, step, replace(here, by=person(role, asked.facts.site, 3)))
                assert done == listed, (form, step, state, role)
                evidence.count("cells accepted" if done else "cells refused")


@pytest.mark.parametrize(("form", "step"), [each for each in ALL if question(*each).containers()])
def test_a_step_takes_up_containers_in_its_states_and_no_other(form: str, step: str) -> None:
    """Each container that is scanned, in each state that there is: never accepted outside the listed ones."""
    asked = right(form, step).asked
    slots = [slot for slot in asked.checkpoint.slots if slot.states]
    for slot in slots:
        for item in asked.items(slot.name):
            assert item.container is not None
            taken = {
                state
                for state in CONTAINER_STATES
                if accepted(form, step, with_container(asked, item.container.id, state=state))
            }
            assert taken <= set(slot.states), (slot.name, taken)
            assert item.container.state in taken


def test_every_state_of_a_protocol_is_reached() -> None:
    """By the straight road, or by a step beside it; none is only on paper."""
    for form, protocol in PROTOCOLS.items():
        starts = {state for step in protocol.checkpoints for state in step.states}
        ends = {step.to for step in protocol.checkpoints if step.to not in {None, LEFT}}
        seen = {before(form, step.id).order.state for step in protocol.checkpoints}
        seen |= {before(form, step.id).do(step.id).order.state for step in protocol.checkpoints}

        assert starts - {"PARTIAL", "DESTROYED", "LOST"} <= seen, form
        assert ends <= seen, form


def test_a_step_that_no_protocol_has_a_site_for_is_refused() -> None:
    """An order without a courier has no courier's step, and none is thought up."""
    asked = right("hospital", "h5_offer").asked
    stray = question("frozen", "h5_offer").checkpoint

    assert codes(decide(replace(asked, checkpoint=stray), {})) & {"missing", "no_shipment", "not_now"}
