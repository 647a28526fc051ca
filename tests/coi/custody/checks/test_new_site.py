"""An order moves to another hospital that treats, and never cells on paper."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coi.custody.checks import new_site
from coi.custody.reasons import Reason
from tests.coi.custody.detours import follow, question
from tests.coi.custody.paper import KNOWN, PROTOCOLS, changed

FORMS = list(PROTOCOLS)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("said", ["S-TRT", "S-COL", "S-NOWHERE", "", None])
def test_only_another_site_that_treats(form: str, said: str | None) -> None:
    """Not the one that treats already, not a factory, not one that is unknown, not none."""
    values = {} if said is None else {"new_site": said}

    assert new_site.check(question(form, "x_change_site")) == ()
    assert new_site.check(question(form, "x_change_site", values=values)) == (
        Reason("site_wrong", "new_site", "another treatment site", said or "nothing"),
    )
    assert [reason.code for reason in new_site.check(question(form, "x_change_site", known_sites={}))] == ["site_wrong"]
    assert KNOWN["S-NEW"] == "treatment"


@pytest.mark.parametrize("form", FORMS)
def test_what_lies_at_the_old_hospital_goes_back_first(form: str) -> None:
    """A live bag of the dose in any unit of the old site keeps the order there; one that has its end does not."""
    right = question(form, "x_change_site")
    order = follow(">h14_condition", form).order
    there = changed(right, containers=order.containers, certificate=order.certificate)
    dose = order.dose()
    gone = tuple(replace(held, state="destroyed") if held in dose else held for held in order.containers)
    back = tuple(replace(held, custodian="S-MFG") if held in dose else held for held in order.containers)
    nobody = tuple(replace(held, custodian=None) for held in order.containers)

    assert new_site.check(there) == (Reason("not_here", "drug_product", "nothing at the old site", "1"),)
    for containers in (gone, back, nobody):
        assert new_site.check(changed(there, containers=containers)) == ()
