"""A release needs a recorded pass."""

from __future__ import annotations

import pytest

from coi.custody.checks import qc
from coi.custody.reasons import Reason
from tests.coi.custody.paper import asked, changed


@pytest.mark.parametrize(
    ("facts", "seen"),
    [((("qc_result", "pass"),), None), ((("qc_result", "fail"),), "fail"), ((("qc_result", ""),), "no result"),
     ((), "no result"), ((("qc_result", "PASS"),), "PASS"), ((("other", "pass"),), "no result")],
)  # fmt: skip
def test_only_a_pass_is_a_pass(facts: tuple[tuple[str, str], ...], seen: str | None) -> None:
    """No result is not a pass, and neither is anything that looks like one."""
    expected = () if seen is None else (Reason("qc_failed", expected="pass", seen=seen),)

    assert expected == qc.check(changed(asked("h11_release"), facts=facts))
