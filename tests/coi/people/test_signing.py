"""Properties of a signature's judgement."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coi.errors import Malformed
from coi.people.signing import (
    PASSWORD,
    PASSWORD_AND_CODE,
    NotSigned,
    Place,
    Prepared,
    Signed,
    decide,
    places,
)
from coi.person import Grant, Person
from tests.coi.people.conftest import NOON

LATER = NOON + timedelta(seconds=120)
ROLES = ("ward_nurse", "physician", "pharmacist")

roles = st.frozensets(st.sampled_from(ROLES), min_size=1)
grants = st.builds(
    Grant,
    st.sampled_from(ROLES),
    st.sampled_from(("S-A", "S-B")),
    st.sampled_from((None, "CT-1", "CT-2")),
    st.sampled_from((None, NOON, NOON + timedelta(days=1))),
)
persons = st.builds(
    Person, st.sampled_from(("U-1", "U-2", "U-3")), st.lists(grants, max_size=3).map(tuple), st.booleans()
)


def prepared(wanted: tuple[Place, ...], *, distinct: bool = True, actor: str = "U-1") -> Prepared:
    """Return a statement that waits for signatures at S-A about product CT-1."""
    return Prepared("1", "ab" * 32, {"actor": actor}, wanted, distinct, "S-A", "CT-1", LATER)


@given(st.lists(roles, min_size=1, max_size=3), st.lists(persons, max_size=6))
def test_no_signature_without_right(sets: list[frozenset[str]], signers: list[Person]) -> None:
    """Whatever comes, each signature given is by an active person with a trained role of its place at the site."""
    waiting = prepared(places("verified", sets))
    given_so_far: list[Signed] = []
    for person in signers:
        judged = decide(waiting, given_so_far, person, waiting.sha256, method="password", at=NOON)
        if isinstance(judged, NotSigned):
            continue
        assert person.active
        assert judged.role in waiting.places[judged.place].roles
        assert any(
            (held.role, held.site) == (judged.role, "S-A")
            and held.product in {None, "CT-1"}
            and held.trained_until is not None
            and held.trained_until > NOON
            for held in person.grants
        )
        given_so_far.append(judged)
    assert len({one.place for one in given_so_far}) == len(given_so_far)
    assert len({one.person for one in given_so_far}) == len(given_so_far)


def nurse(number: int) -> Person:
    """Return a trained nurse of S-A."""
    return Person(f"U-{number}", (Grant("ward_nurse", "S-A", None, NOON + timedelta(days=1)),))


BEDSIDE = prepared(places("verified", (("ward_nurse",), ("ward_nurse",)), ("any", "other")))
"""Nurse U-1 acts; a second one signs with a password and a code."""


@given(
    st.lists(st.sampled_from(("any", "other")), min_size=1, max_size=3),
    st.lists(st.tuples(persons, st.sampled_from((PASSWORD, PASSWORD_AND_CODE))), max_size=6),
)
def test_no_other_factor_no_place_that_asks_for_it(asked: list[str], signers: list[tuple[Person, str]]) -> None:
    """Whatever comes, a place that asks for the other factor has it, and of who acts only where every place does."""
    waiting = prepared(places("verified", [ROLES] * len(asked), asked))
    given_so_far: list[Signed] = []
    for person, method in signers:
        judged = decide(waiting, given_so_far, person, waiting.sha256, method=method, at=NOON)
        if isinstance(judged, Signed):
            given_so_far.append(judged)
    for one in given_so_far:
        if asked[one.place] == "other":
            assert one.method == PASSWORD_AND_CODE
            assert one.person != "U-1" or set(asked) == {"other"}


def test_two_passwords_are_not_two_persons() -> None:
    """Each way of signing as both nurses with what one hand may hold, and what comes of it."""
    first, second = nurse(1), nurse(2)
    hands = {
        "two passwords": ((first, PASSWORD), (second, PASSWORD), "factor_missing"),
        "two passwords, the other way round": ((second, PASSWORD), (first, PASSWORD), "same_person"),
        "two passwords and the actor's telephone": ((first, PASSWORD_AND_CODE), (second, PASSWORD), "factor_missing"),
        "the same, the other way round": ((second, PASSWORD), (first, PASSWORD_AND_CODE), "same_person"),
    }
    for hand, (one, other, expected) in hands.items():
        done = decide(BEDSIDE, [], one[0], BEDSIDE.sha256, method=one[1], at=NOON)
        assert isinstance(done, Signed), hand
        judged = decide(BEDSIDE, [done], other[0], BEDSIDE.sha256, method=other[1], at=NOON)
        assert isinstance(judged, NotSigned), hand
        assert expected == judged.code, hand


def test_the_second_persons_telephone_signs() -> None:
    """With a code of the second person's own telephone both sign, in either order, and the entry says by what."""
    for order in permutations(((nurse(1), PASSWORD), (nurse(2), PASSWORD_AND_CODE))):
        done: list[Signed] = []
        for person, method in order:
            judged = decide(BEDSIDE, done, person, BEDSIDE.sha256, method=method, at=NOON)
            assert isinstance(judged, Signed)
            done.append(judged)
        assert {(0, PASSWORD), (1, PASSWORD_AND_CODE)} == {(one.place, one.for_entry()["method"]) for one in done}


@pytest.mark.parametrize("factors", [("other",), ("any", "any", "other"), ("any", "fingerprint")])
def test_malformed_factors(factors: tuple[str, ...]) -> None:
    """A factor for each place, and only those there are."""
    with pytest.raises(Malformed):
        places("verified", (("ward_nurse",), ("ward_nurse",)), factors)


def test_order_of_signers_does_not_matter() -> None:
    """A nurse who could sign anywhere leaves the physician's only place free, in either order."""
    trained = NOON + timedelta(days=1)
    nurse = Person("U-1", (Grant("ward_nurse", "S-A", None, trained),))
    doctor = Person("U-2", (Grant("physician", "S-A", None, trained),))
    waiting = prepared(places("verified", (("ward_nurse", "physician"), ("ward_nurse",))))
    for order in permutations((nurse, doctor)):
        done: list[Signed] = []
        for person in order:
            judged = decide(waiting, done, person, waiting.sha256, method="password", at=NOON)
            assert isinstance(judged, Signed)
            done.append(judged)


def test_one_person_twice_where_that_is_allowed() -> None:
    """Where different persons are not asked for, one may take both places, and no third."""
    person = Person("U-1", (Grant("ward_nurse", "S-A", None, NOON + timedelta(days=1)),))
    waiting = prepared(places("verified", (("ward_nurse",), ("ward_nurse",))), distinct=False)
    done: list[Signed] = []
    for _ in range(2):
        judged = decide(waiting, done, person, waiting.sha256, method="password", at=NOON)
        assert isinstance(judged, Signed)
        done.append(judged)
    full = decide(waiting, done, person, waiting.sha256, method="password", at=NOON)
    assert isinstance(full, NotSigned)
    assert "complete" == full.code


@pytest.mark.parametrize(
    ("meaning", "signers"),
    [("verified", ()), ("seen", (("ward_nurse",),)), (("verified",), (("ward_nurse",),) * 2), ("verified", ((),))],
)
def test_malformed_preparations(meaning: str | tuple[str, ...], signers: tuple[tuple[str, ...], ...]) -> None:
    """No signer, an unknown meaning, a missing meaning, a signer of no role: cannot be prepared."""
    with pytest.raises(Malformed):
        places(meaning, signers)
