"""After the thaw there is an hour, and no second more."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from coi.custody.checks import thaw_clock
from coi.custody.reasons import Reason
from tests.coi.custody.paper import asked, changed

AT = asked("h16_start").at.replace(microsecond=0)


@pytest.mark.parametrize("step", ["h15_issue", "h15_accept", "h16_start"])
@pytest.mark.parametrize(("ago", "over"), [(0, False), (3599, False), (3600, True), (3601, True), (900_000, True)])
def test_the_hour_ends_at_its_last_second(step: str, ago: int, over: bool) -> None:  # noqa: FBT001  a case
    """A second before the end it passes; at the end it is over."""
    began = AT - timedelta(seconds=ago)
    question = changed(replace(asked(step), at=AT), thaw_began=began)
    reason = Reason("thaw_over", "product", f"before {began + timedelta(hours=1):%H:%M:%S} UTC", f"{AT:%H:%M:%S} UTC")

    assert ((reason,) if over else ()) == thaw_clock.check(question)


def test_without_a_thaw_there_is_no_time() -> None:
    """A thaw that nobody recorded has no clock, and nothing may be infused by it."""
    assert thaw_clock.check(changed(asked("h16_start"), thaw_began=None)) == (
        Reason("no_thaw", expected="a recorded start of thaw", seen="none"),
    )
