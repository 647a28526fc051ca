"""Who acts holds the step's role there, trained, at a station of that very site."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from coi.custody.checks import role
from coi.custody.reasons import Reason
from coi.person import Grant, Person
from tests.coi.custody.detours import ALL, question
from tests.coi.custody.paper import TRAINED, asked, everybody, person, scanned, swapped

PACK = asked("h5_pack")
NO_ROLE = Reason("role", expected="cell_lab", seen="no such role here")
LAPSED = Reason("untrained", expected="training as cell_lab", seen="lapsed")


def by(*grants: Grant, active: bool = True) -> Person:
    """Return somebody with *grants*."""
    return Person("P-1", grants, active)


@pytest.mark.parametrize(("form", "step"), ALL)
def test_each_role_of_the_step_may_act(form: str, step: str) -> None:
    """Every role that the protocol names for a step passes, and so does who holds every role."""
    right = question(form, step)

    for name in right.checkpoint.roles:
        assert role.check(replace(right, by=person(name, right.facts.site))) == ()
    assert role.check(replace(right, by=everybody())) == ()


@pytest.mark.parametrize(
    ("who", "reason"),
    [
        (by(), NO_ROLE),
        (by(Grant("cell_lab", "S-COL", None, TRAINED), active=False), NO_ROLE),
        (by(Grant("pharmacist", "S-COL", None, TRAINED)), NO_ROLE),
        (by(Grant("cell_lab", "S-TRT", None, TRAINED)), NO_ROLE),
        (by(Grant("cell_lab", "S-COL", "ANOTHER-PRODUCT", TRAINED)), NO_ROLE),
        (by(Grant("cell_lab", "S-COL", "CRYO-CAR-T", TRAINED)), None),
        (by(Grant("cell_lab", "S-COL", None, None)), LAPSED),
        (by(Grant("cell_lab", "S-COL", None, PACK.at)), LAPSED),
        (by(Grant("cell_lab", "S-COL", None, PACK.at + timedelta(microseconds=1))), None),
        (by(Grant("cell_lab", "S-COL", None, None), Grant("cell_lab", "S-COL", "CRYO-CAR-T", TRAINED)), None),
    ],
)
def test_role_site_product_and_training(who: Person, reason: Reason | None) -> None:
    """Each is judged at the act; training ends at its instant; a role that counts is not hidden by one that lapsed."""
    assert (() if reason is None else (reason,)) == role.check(replace(PACK, by=who))


def test_several_roles_are_told_with_or() -> None:
    """The reason names every role that could act."""
    right = asked("h7_receive")

    assert role.check(replace(right, by=by())) == (
        Reason("role", expected="materials or mfg_operator", seen="no such role here"),
    )


def test_the_site_comes_first() -> None:
    """At another site nothing else is judged, though role and training may be wrong as well."""
    assert role.check(replace(PACK, by=by(), facts=replace(PACK.facts, site="S-TRT"))) == (
        Reason("wrong_site", expected="S-COL", seen="S-TRT"),
    )


@pytest.mark.parametrize(
    ("site", "state", "seen"),
    [
        ("S-COL", "qualified", None),
        ("S-COL", "proposed", "proposed"),
        ("S-COL", "suspended", "suspended"),
        ("S-COL", "retired", "retired"),
        ("S-TRT", "qualified", "qualified"),
        (None, None, "none"),
        ("S-COL", None, "none"),
    ],
)
def test_scans_come_through_a_qualified_station_of_the_site(
    site: str | None, state: str | None, seen: str | None
) -> None:
    """A station of another site, or one that is not qualified, signs nothing that counts."""
    reason = Reason("no_device", expected="a station qualified at S-COL", seen=seen or "")
    question = asked("h5_pack", device_site=site, device_state=state)

    assert (() if seen is None else (reason,)) == role.check(question)


def test_a_step_without_signed_scans_needs_no_station() -> None:
    """Nothing was scanned, or by a token: there is no station to judge."""
    token = swapped(PACK, "bag", replace(scanned(PACK, "bag"), assurance="token"))
    items = tuple(replace(item, assurance="token") for item in token.facts.items)

    assert role.check(asked("h11_release", device_site=None, device_state=None)) == ()
    assert role.check(asked("h5_pack", items=items, device_site=None, device_state=None)) == ()


def test_training_and_station_are_told_together() -> None:
    """Everything that is wrong is told at once."""
    question = replace(asked("h5_pack", device_state="retired"), by=by(Grant("cell_lab", "S-COL", None, None)))

    assert [reason.code for reason in role.check(question)] == ["untrained", "no_device"]
