"""The page of a telephone: begun, shown, confirmed with an administrator beside, removed when lost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from coi.app import PROJECTIONS
from coi.people import factors, store
from tests import programs
from tests import world as worlds
from tests.coi.people.telephone import Telephone

if TYPE_CHECKING:
    from pathlib import Path

    from werkzeug.test import TestResponse

    from tests.conftest import MakeDatabase
    from tests.programs import Program, Programs

PAGE = "/account/factor"


@pytest.fixture
def database_kind() -> str:
    """SQLite: the actions behind the page are tried on both databases beside this."""
    return "sqlite"


@pytest.fixture
def town(make_database: MakeDatabase, tmp_path: Path) -> Programs:
    """A served world in which the second nurse has lost the telephone."""
    town = programs.serve(worlds.make(make_database(*PROJECTIONS), tmp_path))
    nurse, admin = town.world.road.persons["nurse2"], town.world.road.persons["admin"]
    at = town.world.road.clock()
    town.world.database.run(lambda session: factors.remove(session, nurse, by=admin, at=at))
    return town


def page(who: Program) -> str:
    """Return the page."""
    return who.client.get(PAGE).get_data(as_text=True)


def post(who: Program, verb: str, **form: str) -> TestResponse:
    """Send a form of the page."""
    return who.client.post(f"{PAGE}/{verb}", data=form, headers=dict(who.headers))


def telephone(who: Program) -> Telephone:
    """Read the key that the page shows."""
    found = re.search(r'factor__key">([A-Z2-7-]+)<', page(who))
    assert found is not None
    return Telephone(found[1])


def test_a_telephone_is_enrolled_with_an_administrator_beside(town: Programs) -> None:
    """The page shows a picture and the key; code and administrator enrol it; without the latter nothing is enrolled."""
    road, nurse = town.world.road, town.browser("nurse2@demo.example")
    assert "Not enrolled yet" in page(nurse)
    assert 302 == post(nurse, "begin").status_code
    shown = telephone(nurse)
    assert 'src="data:image/svg+xml;base64,' in page(nurse)
    beside = {"login": "admin@demo.example", "secret": road.secret}
    refused = {
        "nobody beside": (403, {}),
        "a wrong password": (401, {**beside, "secret": "wrong"}),
        "a colleague": (403, {**beside, "login": "nurse1@demo.example"}),
    }
    for case, (status, form) in refused.items():
        reply = post(nurse, "confirm", code=shown.code(road.clock.now), **form)
        assert status == reply.status_code, case
        assert 'role="alert"' in reply.get_data(as_text=True), case
    assert 401 == post(nurse, "confirm", code="000000", **beside).status_code
    assert 302 == post(nurse, "confirm", code=shown.code(road.clock.now), **beside).status_code

    whole = page(nurse)
    assert "Codes of your telephone count" in whole
    assert "factor__key" not in whole
    assert "Enrolled telephones" not in whole
    notes = [note.what for note in town.world.database.read(store.security_log)]
    assert ["wrong_code", "wrong_secret"] == [note for note in notes if note.startswith("wrong")]
    town.world.is_whole()


def test_an_administrator_removes_a_lost_one(town: Programs) -> None:
    """The administrator sees whose telephones count and takes one away; nobody else is offered that, or can."""
    admin, nurse, road = town.browser("admin@demo.example"), town.browser("nurse1@demo.example"), town.world.road
    assert "Nora Example" in page(admin)
    assert 403 == post(nurse, "remove", person=road.persons["nurse1"]).status_code
    assert 302 == post(admin, "remove", person=road.persons["nurse1"]).status_code
    assert "Nora Example" not in page(admin)
    assert "Not enrolled yet" in page(nurse)


def test_a_program_enrols_nothing(town: Programs) -> None:
    """A token belongs to a program, which has no telephone."""
    program = town.program("ward_nurse", "treatment")
    assert 403 == program.client.post(f"{PAGE}/begin", headers=dict(program.headers)).status_code


def test_a_demo_tells_its_codes(town: Programs) -> None:
    """The guided walk shows the present code of everybody who has a telephone: each signs, once."""
    road = town.world.road
    walk = town.app.test_client().get("/walk").get_data(as_text=True)
    found = dict(re.findall(r"<th scope=\"row\">([^<@]+)@demo.example</th><td><code>(\d{6})<", walk))
    assert "nurse1" in found
    assert "nurse2" not in found
    at, nurse = road.clock.now, road.persons["nurse1"]
    assert town.world.database.run(lambda session: factors.code_ok(session, nurse, found["nurse1"], at))
    assert not town.world.database.run(lambda session: factors.code_ok(session, nurse, found["nurse1"], at))
