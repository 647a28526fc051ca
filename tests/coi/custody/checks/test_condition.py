"""Anything but a record that the range was kept is a fault of condition."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coi.custody.checks import condition
from coi.custody.reasons import Reason
from tests.coi.custody.paper import asked


@pytest.mark.parametrize("step", ["h7_receive", "h13_receive"])
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
def test_only_in_range_is_in_range(step: str, said: dict[str, str], seen: str | None) -> None:
    """No data never counts as in range."""
    reason = Reason("condition", "condition", "in_range", seen or "")

    assert (() if seen is None else (reason,)) == condition.check(asked(step, values=said))


def test_a_value_without_good_choices_is_no_condition() -> None:
    """The result of quality control is judged elsewhere."""
    assert condition.check(asked("h11_qc", values={"qc_result": "fail"})) == ()


def test_several_good_choices_are_told_with_or() -> None:
    """The reason names every choice that would have been good."""
    question = asked("h7_receive", values={"condition": "no_data"})
    value = replace(question.checkpoint.values[0], good=("in_range", "out_of_range"))

    assert condition.check(replace(question, checkpoint=replace(question.checkpoint, values=(value,)))) == (
        Reason("condition", "condition", "in_range or out_of_range", "no_data"),
    )
