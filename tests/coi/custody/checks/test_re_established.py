"""An unreadable label is established again by two blind keyings of one live label that is here."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coi.custody.checks import re_established
from coi.custody.reasons import Reason
from tests.coi.custody.detours import question, those
from tests.coi.custody.paper import with_container

R9 = those(lambda step: "identity_keyed_twice" in step.checks)
REASON = (Reason("not_re_established", "piece", "one live label here, keyed twice", "other"),)


@pytest.mark.parametrize(("form", "step"), R9)
def test_both_keyed_the_same_live_label(form: str, step: str) -> None:
    """The right keyings pass; one that differs, or lacks, does not."""
    right = question(form, step)
    keyed = right.facts.values["piece_first"]
    assert re_established.check(right) == ()

    for first, second in ((keyed, "0" * 12), ("0" * 12, keyed), ("0" * 12, "0" * 12), (keyed, ""), (keyed, keyed[-4:])):
        said = {**right.facts.values, "piece_first": first, "piece_second": second}
        assert re_established.check(question(form, step, values=said)) == REASON
    assert re_established.check(question(form, step, values={})) == REASON


@pytest.mark.parametrize(("form", "step"), R9)
def test_a_dead_label_or_one_elsewhere_establishes_nothing(form: str, step: str) -> None:
    """Voided, another custodian's, a wristband, or of a container that the order does not have."""
    right = question(form, step)
    keyed = right.facts.values["piece_first"]
    piece = next(each for each in right.facts.pieces if each.id == keyed)

    for changed in (
        replace(piece, state="voided"), replace(piece, state="intended"), replace(piece, container=None),
        replace(piece, container="C-9"),
    ):  # fmt: skip
        assert re_established.check(question(form, step, pieces=(changed,))) == REASON
    assert re_established.check(with_container(right, str(piece.container), custodian="S-COU")) == REASON
