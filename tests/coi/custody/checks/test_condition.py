"""Anything but a record that the range was kept is a fault of condition."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coi.custody.checks import condition
from coi.custody.reasons import Reason
from tests.coi.custody.detours import question, those
from tests.coi.custody.paper import asked, changed

JUDGING = those(lambda step: "condition" in step.checks)
READING = those(lambda step: "trace_read" in step.checks)


@pytest.mark.parametrize(("form", "step"), [each for each in JUDGING if each[1] != "h11_oos_risk"])
@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ({"condition": "in_range"}, None),
        ({"condition": "out_of_range"}, "out_of_range"),
        ({"condition": "no_data"}, "no_data"),
        ({"condition": ""}, "nothing"),
        ({"condition": "Erika Mustermann"}, "16 characters"),
        ({}, "nothing"),
    ],
)
def test_only_in_range_is_in_range(form: str, step: str, said: dict[str, str], seen: str | None) -> None:
    """No data never counts as in range."""
    reason = Reason("condition", "condition", "in_range", seen or "")

    assert (() if seen is None else (reason,)) == condition.check(question(form, step, values=said))


@pytest.mark.parametrize("risk", ["not_acceptable", ""])
def test_a_risk_that_is_not_acceptable_is_no_basis(risk: str) -> None:
    """The evaluation of an out-of-specification product is judged in the same way."""
    found = condition.check(question("frozen", "h11_oos_risk", values={"risk": risk}))

    assert found == (Reason("condition", "risk", "acceptable", risk or "nothing"),)


def test_a_value_without_good_choices_is_no_condition() -> None:
    """The result of quality control is judged elsewhere."""
    assert condition.check(asked("h11_qc", values={"qc_result": "fail"})) == ()


def test_several_good_choices_are_told_with_or() -> None:
    """The reason names every choice that would have been good."""
    right = asked("h7_receive", values={"condition": "no_data"})
    value = replace(right.checkpoint.values[0], good=("in_range", "out_of_range"))

    assert condition.check(replace(right, checkpoint=replace(right.checkpoint, values=(value,)))) == (
        Reason("condition", "condition", "in_range or out_of_range", "no_data"),
    )


@pytest.mark.parametrize("step", ["h7_receive", "h13_receive"])
def test_nobody_states_a_better_condition_than_the_trace(step: str) -> None:
    """What was read from the logger counts beside what is stated; another shipment's reading does not."""
    sent = asked(step).shipment()
    assert sent is not None
    told = Reason("condition", "trace", "in_range", "out_of_range")

    assert condition.check(asked(step, conditions={sent.id: "out_of_range"})) == (told,)
    assert condition.check(asked(step, conditions={sent.id: "in_range"})) == ()
    assert condition.check(asked(step, conditions={"SH-9": "out_of_range"})) == ()
    assert condition.check(changed(asked(step, conditions={sent.id: "out_of_range"}), shipments=())) == ()


@pytest.mark.parametrize(("form", "step"), READING)
@pytest.mark.parametrize("read", ["out_of_range", "no_data", None])
def test_nothing_is_built_on_a_leg_whose_trace_was_not_read(form: str, step: str, read: str | None) -> None:
    """The logger's own record, in range over the leg by which it came; a statement is not enough."""
    right = question(form, step)
    last = [sent for sent in right.order.shipments if sent.state == "received"][-1]
    bad = {last.id: read} if read is not None else {}

    assert condition.trace_read(right) == ()
    assert condition.trace_read(question(form, step, conditions={"SH-9": "in_range", **bad})) == (
        Reason("condition", "trace", "in_range", read or "no_data"),
    )


def test_only_the_last_leg_of_what_is_meant_counts() -> None:
    """Of what never travelled nothing is asked, and the leg of the starting material is not that of the product."""
    right = question("frozen", "h14_condition")
    legs = right.order.shipments
    assert len(legs) == 2
    known = replace(right, facts=replace(right.facts, conditions={legs[0].id: "no_data", legs[1].id: "in_range"}))

    assert condition.trace_read(known) == ()
    assert condition.trace_read(changed(question("frozen", "h14_condition", conditions={}), shipments=())) == ()


def test_the_leg_is_the_last_one_that_brought_what_is_meant() -> None:
    """Neither a later shipment of something else counts, nor one that has not arrived, nor the leg before it."""
    right = question("frozen", "h14_condition")
    first, last = right.order.shipments
    moved = tuple(held.id for held in right.containers())
    before = replace(last, id="SH-BEFORE", containers=moved)
    under_way = replace(last, id="SH-UNDER-WAY", state="in_transit", containers=moved)
    bad = {one.id: "out_of_range" for one in (first, before, under_way)}
    read = question("frozen", "h14_condition", conditions={last.id: "in_range", **bad})

    assert condition.trace_read(changed(read, shipments=(before, last, under_way, first))) == ()
