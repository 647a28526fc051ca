"""Who the patient is, is said and read by persons, beside every comparison of codes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from coi.custody.checks import spoken
from coi.custody.reasons import Reason
from coi.ledger.entry import instant
from tests.coi.custody.detours import ALL, question, those
from tests.coi.custody.paper import changed

SPOKEN = those(lambda step: any(value.type == "spoken" for value in step.values))
KEYED = those(lambda step: any(value.type == "tail" for value in step.values))


def answered(form: str, step: str, said: str, witnessed: timedelta | None = None) -> tuple[Reason, ...]:
    """Return what is said where the vault answered *said*, and a witness signed so long ago."""
    right = question(form, step)
    facts = () if witnessed is None else (("identity_witnessed", instant(right.at - witnessed)),)
    return spoken.check(changed(question(form, step, values={**right.facts.values, "spoken": said}), facts=facts))


@pytest.mark.parametrize(("form", "step"), ALL)
def test_the_right_answers_pass(form: str, step: str) -> None:
    """At every checkpoint, also where nobody is asked."""
    assert spoken.check(question(form, step)) == ()
    assert spoken.tails(question(form, step)) == ()


@pytest.mark.parametrize(("form", "step"), SPOKEN)
def test_only_yes_is_the_patient(form: str, step: str) -> None:
    """Another name or birth date is another patient; what is missing, the check of values says."""
    wrong = Reason("not_spoken", "spoken", "the patient of this order", "another answer")

    assert answered(form, step, "yes") == answered(form, step, "") == ()
    for said in ("no", "maybe"):
        assert answered(form, step, said) == (wrong,)
        assert answered(form, step, said, timedelta(minutes=1)) == (wrong,)


@pytest.mark.parametrize(("form", "step"), SPOKEN)
@pytest.mark.parametrize(("ago", "counts"), [(None, False), (0, True), (30, True), (30.02, False), (600, False)])
def test_a_witness_stands_for_who_cannot_speak(form: str, step: str, ago: float | None, counts: bool) -> None:  # noqa: FBT001  a case
    """For half an hour, and no minute more."""
    none = Reason("no_witness", "spoken", "the patient of this order", "another answer")
    witnessed = None if ago is None else timedelta(minutes=ago)

    assert (() if counts else (none,)) == answered(form, step, "cannot_speak", witnessed)


def test_the_bedside_asks_both_persons_for_both_labels() -> None:
    """Four readings in every protocol, none of which a scanner can give."""
    assert {step for _, step in KEYED} == {"h16_start"}
    assert [value.name for value in question("fresh", "h16_start").checkpoint.values if value.type == "tail"] == [
        "first_band", "first_bag", "second_band", "second_bag",
    ]  # fmt: skip


@pytest.mark.parametrize(("form", "step"), KEYED)
@pytest.mark.parametrize("name", ["first_band", "first_bag", "second_band", "second_bag"])
@pytest.mark.parametrize("keyed", ["0001", "", "000", "00000", "O000"])
def test_each_reading_is_that_of_the_order(form: str, step: str, name: str, keyed: str) -> None:
    """The last four of the identity, from each label, by each person."""
    right = question(form, step)
    differs = Reason("tail_differs", name, "what stands on both labels", "other characters")

    assert spoken.tails(question(form, step, values={**right.facts.values, name: keyed})) == (differs,)


@pytest.mark.parametrize("coi", [None, "", "123"])
def test_without_an_identity_no_reading_agrees(coi: str | None) -> None:
    """An order that has none, or too short a one, has nothing to read."""
    right = changed(question("frozen", "h16_start"), coi=coi)
    for keyed in ((coi or "")[-4:], "None", "XXXX"):
        values = dict.fromkeys(right.facts.values, keyed)

        assert len(spoken.tails(replace(right, facts=replace(right.facts, values=values)))) == 4


@pytest.mark.parametrize(("form", "step"), SPOKEN)
def test_every_answer_is_judged_wherever_it_stands(form: str, step: str) -> None:
    """What was not answered is told elsewhere; an answer behind a value, or behind a right answer, is judged."""
    right = question(form, step)
    asked = next(value for value in right.checkpoint.values if value.type == "spoken")
    other = replace(asked, name="tail", type="tail")
    second = replace(asked, name="again")
    step_ = replace(right.checkpoint, values=(other, asked, second))
    wrong = Reason("not_spoken", "again", "the patient of this order", "another answer")
    facts = (("identity_witnessed", instant(right.at)),)

    def told(**values: str) -> tuple[Reason, ...]:
        return spoken.check(
            changed(replace(right, checkpoint=step_, facts=replace(right.facts, values=values)), facts=facts)
        )

    assert told() == told(spoken="yes") == told(spoken="cannot_speak") == ()
    assert told(spoken="yes", again="no") == told(spoken="cannot_speak", again="no") == (wrong,)
