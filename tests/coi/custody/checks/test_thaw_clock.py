"""After the thaw there is the product's time, and no second more, for each bag by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from coi.custody.checks import thaw_clock
from coi.custody.reasons import Reason
from tests.coi.custody.paper import asked, changed, with_container

AT = asked("h16_start").at.replace(microsecond=0)
STEPS = ["h15_issue", "h15_accept", "h16_start"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(("ago", "over"), [(0, False), (3599, False), (3600, True), (3601, True), (900_000, True)])
def test_the_hour_ends_at_its_last_second(step: str, ago: int, over: bool) -> None:  # noqa: FBT001  a case
    """A second before the end it passes; at the end it is over."""
    began = AT - timedelta(seconds=ago)
    right = asked(step)
    question = with_container(replace(right, at=AT), right.containers()[0].id, thaw_began=began)
    reason = Reason("thaw_over", "product", f"before {began + timedelta(hours=1):%H:%M:%S} UTC", f"{AT:%H:%M:%S} UTC")

    assert ((reason,) if over else ()) == thaw_clock.check(question)


@pytest.mark.parametrize("step", STEPS)
def test_without_a_thaw_there_is_no_time(step: str) -> None:
    """A thaw that nobody recorded has no clock; another bag's clock does not stand for it."""
    right = asked(step)
    bag = right.containers()[0]
    bare = with_container(right, bag.id, thaw_began=None)
    other = replace(bag, id="C-2", thaw_began=AT)
    none = (Reason("no_thaw", expected="a recorded start of thaw", seen="none"),)

    assert thaw_clock.check(bare) == none
    assert thaw_clock.check(changed(bare, containers=(*bare.order.containers, other))) == none
    assert thaw_clock.check(changed(asked(step, items=()), containers=())) == none


def test_another_bags_clock_does_not_stop_this_one() -> None:
    """The first bag's time is over while the second is fresh: the second is judged by its own."""
    right = asked("h16_start")
    bag = right.containers()[0]
    late = replace(bag, id="C-2", thaw_began=AT - timedelta(hours=9))

    assert thaw_clock.check(changed(right, containers=(*right.order.containers, late))) == ()


def test_of_two_bags_in_hand_the_earlier_clock_counts() -> None:
    """What moves together is judged by what has the least time."""
    right = asked("h16_start")
    square, bar = right.facts.items[2:]
    assert square.container is not None
    late = replace(square.container, id="C-2", thaw_began=AT - timedelta(hours=9))
    question = asked("h16_start", items=(square, replace(bar, container=late)))

    assert [reason.code for reason in thaw_clock.check(question)] == ["thaw_over"]
