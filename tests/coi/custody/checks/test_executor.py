"""Who made the batch does not release it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coi.custody.checks import executor
from coi.custody.order import Done
from coi.custody.reasons import Reason
from tests.coi.custody.paper import asked, changed, moment

REASON = Reason("executor", expected="somebody who did not make the batch", seen="who made it")
RIGHT = asked("h11_release")


@pytest.mark.parametrize(
    "step", ["h8_start", "h9_transfer", "h9_sample", "h10_print", "h10_fill", "h10_close", "h11_qc"]
)
@pytest.mark.parametrize("place", [0, -1])
def test_nobody_who_did_or_verified_a_step_releases(step: str, place: int) -> None:
    """By person, not by role: who acted and who signed second, at every manufacturing step and in quality control."""
    deed = RIGHT.order.did(step)
    assert deed is not None

    assert executor.check(replace(RIGHT, by=replace(RIGHT.by, id=deed.persons[place]))) == (REASON,)


def test_an_executor_does_not_sign_the_release_either() -> None:
    """A signature is as much a release as the deed."""
    maker = replace(RIGHT.by, id=RIGHT.order.did("h8_start").persons[0])  # type: ignore[union-attr]

    assert executor.check(replace(RIGHT, facts=replace(RIGHT.facts, signers=(maker,)))) == (REASON,)
    assert executor.check(moment("h11_release").signed) == ()


def test_who_only_collected_or_received_may_release() -> None:
    """Steps outside the manufacture do not count."""
    deed = Done("h7_accept", RIGHT.at, 9, (RIGHT.by.id,))

    assert executor.check(RIGHT) == ()
    assert executor.check(changed(RIGHT, done=(*RIGHT.order.done, deed))) == ()
