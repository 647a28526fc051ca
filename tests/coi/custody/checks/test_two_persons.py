"""As many different persons as the step asks for signed, each with a role that may."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from coi.custody.checks import two_persons
from coi.custody.reasons import Reason
from coi.person import Grant, Person
from tests.coi.custody.detours import right, those
from tests.coi.custody.paper import PROTOCOL, STEPS, TRAINED, asked, moment, person

RIGHT = moment("h4_end").signed
FIRST, SECOND = RIGHT.facts.signers
TWO = [step for step in STEPS if len(getattr(PROTOCOL.checkpoint(step).sign, "by", ())) > 1]
SIGNED = those(lambda step: step.sign is not None)
BOTH = "cell_lab or collection_operator"


def signed(*signers: Person) -> tuple[Reason, ...]:
    """Return what is said of *signers* at the end of the collection."""
    return two_persons.check(asked("h4_end", signers=signers))


@pytest.mark.parametrize(("form", "step"), SIGNED)
def test_the_right_signatures_pass(form: str, step: str) -> None:
    """At every signed step of every protocol; before anybody signed there is nothing to judge."""
    assert two_persons.check(right(form, step).signed) == ()
    assert two_persons.check(right(form, step).asked) == ()


def test_a_step_without_signatures_asks_for_none() -> None:
    """Whoever signs it, it is not judged by that."""
    assert two_persons.check(asked("h5_pack", signers=(FIRST,))) == ()


def test_the_critical_steps_ask_for_two() -> None:
    """Chair, line, fill, close, receipt at the hospital, band, preflight, thaw and bedside."""
    assert TWO == [
        "h3_begin", "h4_end", "h8_start", "h10_fill", "h10_close", "h13_receive", "h14_band", "h14_preflight",
        "h14_thaw", "h16_start",
    ]  # fmt: skip


@pytest.mark.parametrize("step", TWO)
def test_one_person_is_never_two(step: str) -> None:
    """The same account twice is refused wherever two are asked for."""
    first = moment(step).signed.facts.signers[0]
    same = Reason("same_person", expected="2 different persons", seen="one person twice")

    assert same in two_persons.check(asked(step, signers=(first, first)))


def test_as_many_as_asked_for() -> None:
    """One is too few and three are too many."""
    third = person("cell_lab", "S-COL", 3)

    assert signed(FIRST) == (Reason("signer_missing", expected="2 signatures", seen="1"),)
    assert signed(FIRST, SECOND, third) == (Reason("signer_missing", expected="2 signatures", seen="3"),)


def test_who_scanned_signs_first() -> None:
    """A stranger's first signature is refused."""
    third = person("collection_operator", "S-COL", 3)

    assert signed(third, SECOND) == (Reason("signer_role", "1", "who scanned signs first", "another person"),)


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        (person("cell_lab", "S-COL", 2), None),
        (person("collection_operator", "S-COL", 2), None),
        (Person("P-2", (Grant("cell_lab", "S-COL", "CRYO-CAR-T", TRAINED),)), None),
        (person("cell_lab", "S-TRT", 2), Reason("signer_role", "2", BOTH, "no such role here")),
        (person("physician", "S-COL", 2), Reason("signer_role", "2", BOTH, "no such role here")),
        (replace(person("cell_lab", "S-COL", 2), active=False), Reason("signer_role", "2", BOTH, "no such role here")),
        (
            Person("P-2", (Grant("cell_lab", "S-COL", "OTHER", TRAINED),)),
            Reason("signer_role", "2", BOTH, "no such role here"),
        ),
        (
            Person("P-2", (Grant("cell_lab", "S-COL", None, None),)),
            Reason("untrained", "2", "training as cell_lab", "lapsed"),
        ),
        (
            Person("P-2", (Grant("cell_lab", "S-COL", None, RIGHT.at),)),
            Reason("untrained", "2", "training as cell_lab", "lapsed"),
        ),
        (Person("P-2", (Grant("cell_lab", "S-COL", None, RIGHT.at + timedelta(microseconds=1)),)), None),
        (
            Person(
                "P-2", (Grant("cell_lab", "S-COL", None, None), Grant("collection_operator", "S-COL", None, TRAINED))
            ),
            None,
        ),
    ],
)
def test_the_second_signer_holds_a_role_that_may(second: Person, reason: Reason | None) -> None:
    """Role, site, product, training and being active are judged for each signer at the act."""
    assert (() if reason is None else (reason,)) == signed(FIRST, second)


def test_the_first_signer_is_judged_as_well() -> None:
    """The place of the first has roles of its own."""
    lapsed = replace(FIRST, grants=(Grant("collection_operator", "S-COL", None, None),))
    other = replace(FIRST, grants=(Grant("cell_lab", "S-COL", None, TRAINED),))

    assert signed(lapsed, SECOND) == (Reason("untrained", "1", "training as collection_operator", "lapsed"),)
    assert signed(other, SECOND) == (Reason("signer_role", "1", "collection_operator", "no such role here"),)
