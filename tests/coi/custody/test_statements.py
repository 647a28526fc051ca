"""What was typed, as the step wants it: tidied, never guessed, and of a patient whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from coi.custody import protocol_register as protocols
from coi.custody import statements
from coi.custody.orders import PatientFacts
from coi.errors import Malformed

if TYPE_CHECKING:
    from coi.custody.protocol import Checkpoint

PROTOCOL = protocols.for_product("CRYO-CAR-T")
BEDSIDE, SUBMIT, LABEL = (PROTOCOL.checkpoint(name) for name in ("h16_start", "h1_submit", "r9_ward"))
NAME_AND_BIRTH = PatientFacts("Erika Mustermann", "1961-04-12", "", "")
WHOLE = PatientFacts("Erika Mustermann", "1961-04-12", "DEMO-N", "100001")


def test_what_is_keyed_from_a_label_counts_in_capitals_and_without_spaces() -> None:
    """Labels print in groups; a person types as it is easiest."""
    said, _ = statements.meant(LABEL, {"piece_first": " 7k3m 0x2h lnpq ", "other_source": " cassette "}, None)
    tails, _ = statements.meant(BEDSIDE, {"first_band": "00a1", "first_bag": "00A1"}, None)

    assert {"piece_first": "7K3M0X2HLNPQ", "other_source": "cassette"} == said
    assert {"first_band": "00A1", "first_bag": "00A1"} == tails


def test_other_texts_are_not_changed_but_for_the_space_around_them() -> None:
    """A choice in capitals is another choice."""
    said, _ = statements.meant(PROTOCOL.checkpoint("h4_end"), {"volume": " 120 "}, None)

    assert {"volume": "120"} == said


HALF = PatientFacts("Erika Mustermann", "", "", "")


@pytest.mark.parametrize(
    ("step", "typed", "taken"),
    [
        (BEDSIDE, NAME_AND_BIRTH, NAME_AND_BIRTH),
        (BEDSIDE, WHOLE, WHOLE),
        (BEDSIDE, HALF, None),
        (SUBMIT, WHOLE, WHOLE),
        (SUBMIT, NAME_AND_BIRTH, None),
        (SUBMIT, None, None),
    ],
)
def test_half_of_a_patient_is_none(step: Checkpoint, typed: PatientFacts | None, taken: PatientFacts | None) -> None:
    """What the patient says is name and birth date; the binding wants the record number too."""
    assert statements.meant(step, {}, typed)[1] == taken


def test_who_cannot_speak_has_said_nothing() -> None:
    """Beside the choice for a patient who cannot speak, typed facts do not count."""
    said, patient = statements.meant(BEDSIDE, {"spoken": "cannot_speak"}, NAME_AND_BIRTH)

    assert ({"spoken": "cannot_speak"}, None) == (said, patient)


@pytest.mark.parametrize("text", ["12.4.1961", "1961-13-01", "April"])
def test_a_birth_date_that_is_none_is_told_and_not_judged(text: str) -> None:
    """A slip of the keyboard is no statement about a patient."""
    with pytest.raises(Malformed, match=r"^Expected a birth date as 1970-01-31, seen another text\.$"):
        statements.meant(BEDSIDE, {}, PatientFacts("Erika Mustermann", text, "", ""))
