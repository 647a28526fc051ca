"""What waits for a person, and until when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from coi.custody import tasks
from coi.person import Grant, Person
from tests.coi.custody.detours import ALL, PATHS, before
from tests.coi.custody.paper import PROTOCOL, STEPS, TRAINED, moment, person


def due(step: str, **order: object) -> object:
    """Return when a step is due for the order right before it, with some of the order changed."""
    changed = replace(moment(step).asked.order, **order)  # type: ignore[arg-type]
    return tasks.due(changed, PROTOCOL.checkpoint(step), PROTOCOL)


@pytest.mark.parametrize("step", STEPS)
def test_a_step_is_due_its_time_after_the_newest_deed(step: str) -> None:
    """Counted from the deed before it, or from the opening of the order, as long as the cells allow it."""
    order = moment(step).asked.order
    since = order.done[-1].at if order.done else order.opened_at
    hours = timedelta(hours=float(PROTOCOL.checkpoint(step).due_h))

    assert due(step, containers=()) == since + hours


def test_no_step_is_due_after_the_cells_expire() -> None:
    """The earliest expiry of anything that still lives bounds it; what was consumed or given does not."""
    order = moment("h11_qc").asked.order
    soon = order.done[-1].at + timedelta(minutes=1)
    product = replace(order.of_kind("drug_product")[0], expires=soon, thaw_began=None)
    gone = [replace(product, id=state, state=state, expires=order.opened_at) for state in ("consumed", "administered")]

    assert due("h11_qc", containers=(product, *gone)) == soon
    assert due("h11_qc", containers=(replace(product, expires=None),)) == order.done[-1].at + timedelta(hours=120)


def test_after_the_thaw_the_hour_bounds_every_step() -> None:
    """The end of the time after thaw, while it runs and no longer."""
    order = moment("h16_start").asked.order
    began = order.done[-1].at - timedelta(minutes=45)
    step = PROTOCOL.checkpoint("h16_start")
    bag = replace(order.dose()[0], thaw_began=began)
    later = replace(bag, id="C-2", thaw_began=began + timedelta(minutes=5))

    assert due("h16_start", containers=(bag, later)) == began + timedelta(minutes=60)
    assert due("h16_start", containers=(replace(bag, state="administered"),)) == order.done[-1].at + timedelta(
        hours=float(step.due_h)
    )


@pytest.mark.parametrize("step", STEPS)
def test_a_task_is_shown_to_who_may_do_it(step: str) -> None:
    """To every role of the step at its site, and to nobody else; a hold is shown with it."""
    order = moment(step).asked.order
    given = PROTOCOL.checkpoint(step)
    site = order.site(given.site)

    for role in given.roles:
        found = tasks.of_order(order, person(role, site), held=True)
        task = next(each for each in found if each.checkpoint.id == step)
        assert (task.checkpoint.id, task.site, task.held, task.order) == (step, site, True, order)
        assert task.due == tasks.due(order, given, PROTOCOL)
    others = [
        person("inspector", site),
        person(given.roles[0], "S-X"),
        replace(person(given.roles[0], site), active=False),
        Person("P-1", (Grant(given.roles[0], site, "OTHER", TRAINED),)),
        Person("P-1"),
    ]
    for who in others:
        assert step not in [task.checkpoint.id for task in tasks.of_order(order, who, held=False)]


@pytest.mark.parametrize(("form", "step"), [each for each in ALL if each[1] in PATHS])
def test_what_lies_beside_the_road_is_offered_to_who_asks_for_it(form: str, step: str) -> None:
    """On the list of everything that could be done here, and on the work list only once it has begun."""
    paper = before(form, step)
    given = paper.step(step)
    site = paper.order.site(given.site)
    who = person(given.roles[0], site)
    beside = {each.id for each in paper.protocol.checkpoints if each.side}
    begun = given.takes or any(need in beside for need in given.needs)

    assert step in [task.checkpoint.id for task in tasks.others(paper.order, who, site)]
    assert tasks.others(paper.order, who, "S-FAR") == tasks.others(paper.order, replace(who, active=False), site) == ()
    assert (step in [task.checkpoint.id for task in tasks.of_order(paper.order, who, held=False)]) == begun
