"""Nothing moves forward under an open hold, and nothing else is stopped by it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coi.custody.checks import hold
from coi.custody.reasons import Reason
from coi.quality.holds import Hold
from tests.coi.custody.detours import ALL, question, those
from tests.coi.custody.paper import BEGAN, asked, road

FREE = those(lambda step: step.records_only or step.stops or step.carries)
STOPPED = [each for each in ALL if each not in FREE]
MOVING = [each for each in STOPPED if question(*each).containers()]
HELD = Reason("held", expected="no open hold", seen="identity hold H-1")


def held(*containers: str, lifted: bool = False) -> Hold:
    """Return a hold on *containers*, or on the whole order."""
    return Hold("H-1", "O-0", "identity", "other_order", containers, "S-COL", BEGAN, BEGAN if lifted else None)


@pytest.mark.parametrize(("form", "step"), MOVING)
def test_a_hold_on_what_moves_stops_it(form: str, step: str) -> None:
    """At every step that moves a container, whether it is scanned or lies in the sealed shipper."""
    moved = question(form, step).containers()[0].id

    assert hold.check(question(form, step, holds=(held(moved),))) == (HELD,)
    assert hold.check(question(form, step, holds=(held(moved, lifted=True),))) == ()
    assert hold.check(question(form, step, holds=(held("C-another"),))) == ()


@pytest.mark.parametrize(("form", "step"), STOPPED)
def test_a_hold_on_the_whole_order_stops_every_step(form: str, step: str) -> None:
    """A hold that names no container stops paper steps as well."""
    assert hold.check(question(form, step, holds=(held(),))) == (HELD,)


@pytest.mark.parametrize(("form", "step"), FREE)
def test_what_takes_off_the_road_or_records_is_never_stopped_by_a_hold(form: str, step: str) -> None:
    """What began is recorded, what must go is destroyed or sent back, and what is on its way arrives."""
    assert hold.check(question(form, step, holds=(held(),))) == ()


@pytest.mark.parametrize("step", ["h12_pack", "h14_thaw", "h16_start"])
def test_a_hold_on_a_bag_holds_what_was_made_from_it(step: str) -> None:
    """The donation, the vessel: whatever the product descends from; the sample beside it does not hold it."""
    donation, vessel, sample, _ = road(0)[1].containers

    for source in (donation, vessel):
        assert hold.check(asked(step, holds=(held(source.id),))) == (HELD,)
    assert hold.check(asked(step, holds=(held(sample.id),))) == ()


def test_every_open_hold_is_named() -> None:
    """Two holds are two reasons, each with its kind and number."""
    second = replace(held(), id="H-2", kind="condition")

    assert hold.check(asked("h5_pack", holds=(held(), second))) == (
        HELD,
        Reason("held", expected="no open hold", seen="condition hold H-2"),
    )
