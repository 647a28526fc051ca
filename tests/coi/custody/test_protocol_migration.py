"""A running order goes on by another version only where that continues what was done."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from coi.custody.protocol_migration import may_migrate
from tests.coi.custody.paper import PROTOCOL, STEPS, moment, road

if TYPE_CHECKING:
    from coi.custody.order import Order
    from coi.custody.protocol import Protocol

NEXT = replace(PROTOCOL, version=3, sha256="2" * 64)


def against(order: Order, new: Protocol = NEXT) -> tuple[str, ...]:
    """Return what stands against the migration."""
    return may_migrate(order, PROTOCOL, new)


def before(step: str) -> Order:
    """Return an order that waits for a step."""
    return moment(step).asked.order


def without(*names: str) -> Protocol:
    """Return the next version without some steps."""
    return replace(NEXT, checkpoints=tuple(each for each in NEXT.checkpoints if each.id not in names))


RUNNING = ("h15_issue", "h15_accept", "h16_start", "h17_end")


@pytest.mark.parametrize("step", [step for step in STEPS if step not in RUNNING])
def test_an_equal_road_may_be_taken_at_every_rest(step: str) -> None:
    """Wherever nothing is thawed, a version that asks for the same is free to take."""
    assert against(before(step)) == ()


@pytest.mark.parametrize("step", RUNNING)
def test_nothing_changes_while_the_cells_clock_runs(step: str) -> None:
    """From the thaw to the end of the infusion nobody changes the rules."""
    assert against(before(step)) == ("Expected cells that are not thawed or being infused, seen some that are.",)


def test_a_closed_order_is_not_moved() -> None:
    """What is reconciled stays as it was done."""
    assert against(road(0)[1]) == ("Expected an open order, seen RECONCILED.",)


def test_it_is_another_version_of_the_same_protocol() -> None:
    """Not the same bytes, not another product, not another protocol."""
    order = before("h5_pack")
    other = replace(NEXT, product={**NEXT.product, "code": "OTHER"})

    assert against(order, PROTOCOL) == ("Expected another version of cryo-car-t for CRYO-CAR-T, seen cryo-car-t 2.",)
    assert against(order, other) == ("Expected another version of cryo-car-t for CRYO-CAR-T, seen cryo-car-t 3.",)
    assert against(order, replace(NEXT, id="other")) == (
        "Expected another version of cryo-car-t for CRYO-CAR-T, seen other 3.",
    )


def test_every_deed_done_is_known_and_the_state_has_its_place() -> None:
    """A road without a deed that was done, or without the order's state, is told with what it lacks, all at once."""
    told = against(before("h5_pack"), without("h4_end", "h3_begin"))

    assert "Expected a version with every deed that was done, seen one without h3_begin, h4_end." in told
    assert "Expected a version whose road has the state COLLECTED, seen none." in told


def test_a_relabelling_is_no_step_of_a_road() -> None:
    """A label put on anew stands beside every road."""
    order = before("h5_pack")
    deed = replace(order.done[-1], checkpoint="relabel_starting_material")

    assert against(replace(order, done=(*order.done, deed))) == ()


def test_a_new_step_behind_the_order_is_not_skipped() -> None:
    """What the new road asks for in a state that has passed would never be done: the order goes on by the old one."""
    steps = list(NEXT.checkpoints)
    here = STEPS.index("h4_end")
    extra = replace(steps[here], id="h4_weigh", to=None, slots=(), needs=("h3_begin",))
    ahead = replace(steps[STEPS.index("h9_transfer")], id="h9_weigh")
    behind = [*steps[:here], extra, replace(steps[here], needs=("h4_weigh",)), *steps[here + 1 :]]
    wanted = replace(steps[STEPS.index("h10_print")], needs=("h9_transfer", "h9_weigh"))
    later = [wanted if each.id == wanted.id else each for each in (*steps, ahead)]

    assert against(before("h5_pack"), replace(NEXT, checkpoints=tuple(behind))) == (
        "Expected no new step behind the order, seen h4_weigh.",
    )
    assert against(before("h5_pack"), replace(NEXT, checkpoints=(*steps, replace(extra, id="h4_note")))) == ()
    assert against(before("h5_pack"), replace(NEXT, checkpoints=tuple(later))) == ()


def test_an_offer_can_still_be_taken() -> None:
    """Custody that is held out hangs in the air if nothing of the new road takes it."""
    elsewhere = replace(
        NEXT,
        checkpoints=tuple(replace(e, site="treatment") if e.id == "h5_accept" else e for e in NEXT.checkpoints),
    )
    told = "Expected a version by which the offered custody can be taken, seen none."

    assert told in against(before("h5_accept"), without("h5_accept"))
    assert against(before("h5_accept"), elsewhere) == (told,)
    assert against(before("h12_accept"), without("h12_accept"))[-1] == told


def test_there_is_a_next_step() -> None:
    """A road that ends where the order stands is no road."""
    gap = replace(
        NEXT,
        checkpoints=tuple(
            replace(each, needs=("h17_reconcile",)) if "COLLECTED" in each.states else each for each in NEXT.checkpoints
        ),
    )

    assert against(before("h5_pack"), gap) == ("Expected a next step by the new version, seen none.",)
