"""A screen left alone is nobody's: it locks, opens nothing, and shows its person everything again as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from coi.app import PROJECTIONS
from tests import programs
from tests import world as worlds

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeDatabase
    from tests.programs import Program, Programs

IDLE = 5
"""Minutes, as the settings have them by default."""
READER = {"Accept": "text/html"}
"""What the browser of a person says, and no script."""


@pytest.fixture
def database_kind() -> str:
    """SQLite: what is tried here is the session's, which lies in no database."""
    return "sqlite"


@pytest.fixture
def town(make_database: MakeDatabase, tmp_path: Path) -> Programs:
    """A served world."""
    return programs.serve(worlds.make(make_database(*PROJECTIONS), tmp_path))


def unlock(town: Programs, nurse: Program, login: str = "nurse1@demo.example") -> None:
    """Come back by the password."""
    form = {"csrf_token": programs.mark(nurse.client), "login": login, "password": town.world.road.secret}
    assert 302 == nurse.client.post("/sign-in", data=form).status_code


def test_a_used_screen_stays_open(town: Programs) -> None:
    """Pages, and a hand that types without asking the server for anything, keep it open as long as one likes."""
    nurse = town.browser("nurse1@demo.example")
    for _ in range(3):
        town.world.road.clock.forward(minutes=IDLE - 1)
        assert 200 == nurse.client.get("/work", headers=READER).status_code
        town.world.road.clock.forward(minutes=IDLE - 1)
        assert 204 == nurse.client.post("/still-here", headers=dict(nurse.headers)).status_code


def test_an_unused_screen_is_locked(town: Programs) -> None:
    """After five minutes no page, no deed and no question of a script is answered; each leads to the door."""
    nurse = town.browser("nurse1@demo.example")
    town.world.road.clock.forward(minutes=IDLE, seconds=2)

    page = nurse.client.get("/station?order=O-1&step=h3_begin", headers=READER)
    assert (302, "/sign-in?next=/station?order%3DO-1%26step%3Dh3_begin") == (page.status_code, page.location)
    asked = {**nurse.headers, "Accept": "application/json"}
    assert 401 == nurse.client.get("/station/state", headers=asked).status_code
    assert 401 == nurse.client.post("/station/cancel", headers=asked).status_code
    assert 401 == nurse.client.post("/still-here", headers=asked).status_code
    programs.problem(nurse.get("/me"), 401, "not-authenticated")


def test_a_script_that_asks_does_not_keep_a_screen_open(town: Programs) -> None:
    """A page that asks the server by itself every minute locks like any other."""
    nurse = town.browser("nurse1@demo.example")
    asked = {**nurse.headers, "Accept": "application/json"}
    seen = []
    for _ in range(IDLE + 1):
        seen.append(nurse.client.get("/station/state", headers=asked).status_code)
        town.world.road.clock.forward(minutes=1, seconds=1)
    assert [200] * IDLE + [401] == [*seen[:IDLE], nurse.client.get("/station/state", headers=asked).status_code]


def test_the_person_finds_everything_as_it_was(town: Programs) -> None:
    """The door says who locked it; the same person goes on where the screen stood, at the same site."""
    nurse = town.browser("nurse1@demo.example")
    with nurse.client.session_transaction() as session:
        session["device"] = "D-OURS"
    nurse.client.post("/lock", headers=dict(nurse.headers))

    door = nurse.client.get("/sign-in").get_data(as_text=True)
    assert "Nora Example" in door
    assert 'value="nurse1@demo.example"' in door
    unlock(town, nurse)

    assert 200 == nurse.client.get("/work").status_code
    with nurse.client.session_transaction() as session:
        assert "D-OURS" == session["device"]


def test_somebody_else_begins_anew(town: Programs) -> None:
    """Another person at the locked screen works under the own name, with nothing of the one before."""
    nurse = town.browser("nurse1@demo.example")
    with nurse.client.session_transaction() as session:
        session["device"] = "D-OURS"
    nurse.client.post("/lock", headers=dict(nurse.headers))
    unlock(town, nurse, "nurse2@demo.example")

    assert "Nils Example" in nurse.client.get("/work").get_data(as_text=True)
    with nurse.client.session_transaction() as session:
        assert "device" not in session


def test_a_late_answer_brings_nothing_back(town: Programs) -> None:
    """What a script asked carries no session: an answer that comes after signing out or locking cannot undo it."""
    nurse = town.browser("nurse1@demo.example")
    asked = {**nurse.headers, "Accept": "application/json"}
    replies = [nurse.client.get(path, headers=asked) for path in ("/station/state", "/station/inbox", "/me")]

    assert [[]] * 3 == [reply.headers.getlist("Set-Cookie") for reply in replies]
    assert nurse.client.post("/sign-out", headers=dict(nurse.headers)).headers.getlist("Set-Cookie")


def test_a_token_has_no_screen(town: Programs) -> None:
    """A program's token is not a session, and locks by its own expiry only."""
    program = town.program("ward_nurse", "treatment")
    town.world.road.clock.forward(minutes=IDLE * 3)
    assert 200 == program.get("/me").status_code
