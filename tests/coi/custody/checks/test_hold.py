"""Nothing moves forward under an open hold, and nothing else is stopped by it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coi.custody.checks import hold
from coi.custody.reasons import Reason
from coi.quality.holds import Hold
from tests.coi.custody.paper import BEGAN, PROTOCOL, asked

MOVING = [step.id for step in PROTOCOL.checkpoints if asked(step.id).containers() and not step.records_only]
HELD = Reason("held", expected="no open hold", seen="identity hold H-1")


def held(*containers: str, lifted: bool = False) -> Hold:
    """Return a hold on *containers*, or on the whole order."""
    return Hold("H-1", "O-0", "identity", "other_order", containers, "S-COL", BEGAN, BEGAN if lifted else None)


@pytest.mark.parametrize("step", MOVING)
def test_a_hold_on_what_moves_stops_it(step: str) -> None:
    """At every step that moves a container, whether it is scanned or lies in the sealed shipper."""
    moved = asked(step).containers()[0].id

    assert hold.check(asked(step, holds=(held(moved),))) == (HELD,)
    assert hold.check(asked(step, holds=(held(moved, lifted=True),))) == ()
    assert hold.check(asked(step, holds=(held("C-another"),))) == ()


@pytest.mark.parametrize("step", [step.id for step in PROTOCOL.checkpoints if not step.records_only])
def test_a_hold_on_the_whole_order_stops_every_step(step: str) -> None:
    """A hold that names no container stops paper steps as well."""
    assert hold.check(asked(step, holds=(held(),))) == (HELD,)


def test_the_record_of_an_infusion_is_never_stopped_by_a_hold() -> None:
    """What lawfully began is recorded."""
    assert hold.check(asked("h17_end", holds=(held(),))) == ()


def test_every_open_hold_is_named() -> None:
    """Two holds are two reasons, each with its kind and number."""
    second = replace(held(), id="H-2", kind="condition")

    assert hold.check(asked("h5_pack", holds=(held(), second))) == (
        HELD,
        Reason("held", expected="no open hold", seen="condition hold H-2"),
    )
