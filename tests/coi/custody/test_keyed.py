"""Typing a label's number is an exception: allowed step by step, by two, three times the same, and on the photo."""

from __future__ import annotations

import pytest

from coi.custody import keyed
from coi.errors import Conflict, Malformed
from tests.coi.custody.paper import PROTOCOL

NUMBER = "7K3N9XB2CD4U"
STEPS = [step.id for step in PROTOCOL.checkpoints]


def test_nothing_is_typed_where_it_is_not_allowed() -> None:
    """By default no step takes a typed number."""
    assert not any(keyed.may_type(step, ()) for step in PROTOCOL.checkpoints)


def test_where_two_sign_or_a_patient_is_given_anything_nothing_is_ever_typed() -> None:
    """An installation that allows every step still types at none where identity must be read."""
    typed = {step.id for step in PROTOCOL.checkpoints if keyed.may_type(step, STEPS)}

    assert {"h7_accept", "h13_store", "h15_accept"} <= typed
    assert not typed & {"h3_begin", "h10_fill", "h14_thaw", "h16_start", "h17_resume"}


def test_three_entries_that_agree_are_a_number() -> None:
    """Spaces and small letters are no difference; the photo may show it or be unreadable."""
    assert NUMBER == str(keyed.agreed(NUMBER, "7k3n 9xb2 cd4u", NUMBER, {NUMBER}))
    assert NUMBER == str(keyed.agreed(NUMBER, NUMBER, NUMBER, ()))


@pytest.mark.parametrize(
    ("entries", "photo"),
    [((NUMBER, NUMBER, "7K3N9XB2CD4X"), ()), ((NUMBER, "", NUMBER), ()), ((NUMBER,) * 3, {"7BF5JJ38B24X"})],
)
def test_what_differs_is_refused(entries: tuple[str, str, str], photo: set[str]) -> None:
    """One entry that differs, or another label on the photo, and nothing is taken."""
    with pytest.raises(Conflict):
        keyed.agreed(*entries, photo)


def test_a_slip_that_all_make_alike_is_caught_by_the_check_characters() -> None:
    """A number that is none is refused."""
    with pytest.raises(Malformed):
        keyed.agreed("7K3N9XB2CD4V", "7K3N9XB2CD4V", "7K3N9XB2CD4V", ())
