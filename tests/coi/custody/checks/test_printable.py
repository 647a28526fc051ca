"""No label without an approved template: the step that would print it is refused, and says which."""

from __future__ import annotations

from dataclasses import replace

from coi.custody.checks import printable
from coi.custody.reasons import Reason
from coi.custody.verdict import Refused, decide
from tests.coi.custody.paper import asked, fresh


def test_a_step_prints_only_by_templates_in_force() -> None:
    """One reason for each label that has none; nothing where each has one."""
    right = asked("h2_print")
    facts = replace(right.facts, unprintable=("wristband", "collection_bag"))
    reasons = tuple(
        Reason("no_template", slot=design, expected="an approved template in force", seen="none")
        for design in ("wristband", "collection_bag")
    )

    assert printable.check(right) == ()
    assert printable.check(replace(right, facts=facts)) == reasons
    assert decide(replace(right, facts=facts), fresh("h2_print")) == Refused(reasons)
