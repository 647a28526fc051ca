"""Holds, deviations and the on-call list as pages: what who sees, what the forms do, and what they say when refused."""

from __future__ import annotations

import re
import uuid
from functools import partial
from typing import TYPE_CHECKING

import pytest

from coi.app import PROJECTIONS, create_app
from coi.demo.cast import PASSWORD
from coi.people import person
from coi.quality import actions, deviation_store
from coi.quality import store as quality
from coi.settings import Settings
from tests import world as worlds

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from tests.conftest import MakeDatabase
    from tests.world import World

PAGE = {"Accept": "text/html"}
TEXT = "A tag lay on the floor <b>here</b> (demo)."


@pytest.fixture
def database_kind() -> str:
    """SQLite: what is tried is the edge, which is the same on both databases."""
    return "sqlite"


@pytest.fixture
def world(make_database: MakeDatabase, tmp_path: Path) -> World:
    """A founded world with one order at its collection."""
    made = worlds.make(make_database(*PROJECTIONS), tmp_path)
    made.order(0, "h4_end")
    return made


@pytest.fixture
def app(world: World, tmp_path: Path) -> Flask:
    """The world, served."""
    knobs = Settings(data=tmp_path, purpose="demo", argon2_kib=8, argon2_passes=1)
    made = create_app(knobs, database=world.database, clock=world.road.clock)
    made.testing = False
    return made


def mark(page: str) -> str:
    """Return the mark against forged forms that a page carries."""
    found = re.search(r'name="csrf-token" content="([^"]+)"', page)
    assert found is not None, page[:200]
    return found[1]


def enter(app: Flask, login: str) -> FlaskClient:
    """Come in by the door."""
    client = app.test_client()
    form = {"login": f"{login}@demo.example", "password": PASSWORD, "csrf_token": mark(client.get("/sign-in").text)}
    client.post("/sign-in", data=form, headers=PAGE)
    return client


def send(client: FlaskClient, path: str, form: dict[str, str | list[str]] | None = None) -> TestResponse:
    """Send a form and follow where it leads."""
    marked = {"csrf_token": mark(client.get("/work").text), "once": str(uuid.uuid4()), **(form or {})}
    return client.post(path, data=marked, headers=PAGE, follow_redirects=True)


def see(client: FlaskClient, path: str) -> str:
    """Return a page that is there."""
    reply = client.get(path, headers=PAGE)
    assert reply.status_code == 200, reply.text[:500]
    return reply.text


def test_a_deviation_goes_its_way_through_the_pages(app: Flask, world: World) -> None:
    """Reported by a nurse, taken on, looked into and closed by quality; the words only after they were opened."""
    nurse, qa = enter(app, "nurse1"), enter(app, "hospitalqa")

    reported = send(nurse, "/deviations", {"seen": "damage", "severity": "minor", "text": TEXT})
    assert "The deviation is open." in reported.text
    (known,) = world.database.read(lambda session: deviation_store.at_sites(session, (nurse_site(world),)))
    path = f"/deviations/{known.id}"
    assert "Take it on" not in see(nurse, path)
    assert known.id in see(qa, "/deviations")
    assert "Deviation: Damage" in see(qa, "/work")
    assert "Deviation: Damage" not in see(nurse, "/work")
    assert "It is yours now." in send(qa, f"{path}/take").text
    assert "Expected a text of 1 to 4000" in send(qa, f"{path}/notes", {"text": " "}).text
    assert "Written down." in send(qa, f"{path}/notes", {"text": "It was swept up."}).text
    assert "swept up" not in see(qa, path)
    opened = send(qa, f"{path}/texts")
    assert "It was swept up." in opened.text
    assert "&lt;b&gt;here&lt;/b&gt;" in opened.text
    assert send(nurse, f"{path}/texts").status_code == 403
    end: dict[str, str | list[str]] = {"root_cause": "label_damaged", "impact": "none", "conclusion": "Closed (demo)."}
    wrong = send(qa, f"{path}/close", end | {"secret": "guess"})
    assert (wrong.status_code, "Closed (demo)." in wrong.text) == (401, True)
    assert "The deviation is closed." in send(qa, f"{path}/close", end | {"secret": PASSWORD}).text
    assert "a label could not be read" in see(nurse, path)
    assert "Deviation: Damage" not in see(qa, "/work")
    assert "The product" not in see(nurse, path)
    world.is_whole()


def nurse_site(world: World) -> str:
    """Return the hospital."""
    return world.road.sites["treatment"]


def test_a_deviation_of_another_site_is_not_there(app: Flask, world: World) -> None:
    """For somebody of the factory the hospital's deviation does not exist; the inspector sees all."""
    at = world.road.clock.now
    nurse = world.database.read(lambda session: person(session, world.road.persons["nurse1"]))
    report = partial(
        actions.report, by=nurse, site=nurse_site(world), seen="damage", severity="minor", text=TEXT, at=at
    )
    name = world.database.run(report)

    stranger = enter(app, "operator1")
    assert stranger.get(f"/deviations/{name}", headers=PAGE).status_code == 404
    assert send(stranger, f"/deviations/{name}/take").status_code == 404
    assert name not in see(stranger, "/deviations")
    assert "No deviation" in see(stranger, "/deviations")
    assert name in see(enter(app, "inspector"), "/deviations")
    assert "Choose from the list: What it was." in send(stranger, "/deviations").text
    assert "Nothing was opened yet" in send(stranger, "/deviations", {"seen": "gossip", "severity": "minor"}).text


def test_cells_are_stopped_from_the_order_page_and_let_go_from_the_holds(app: Flask, world: World) -> None:
    """Whoever works on cells places the hold; the page of holds names owner, contact, deadline and way out."""
    (order,) = world.road.all_orders()
    path = f"/orders/{order.coi}/hold"
    bag = order.of_kind("starting_material")[-1].id
    worker, qa = enter(app, "apheresis1"), enter(app, "hospitalqa")

    assert path in see(worker, f"/orders/{order.coi}")
    assert bag in see(worker, path)
    assert "Choose from the list" in send(worker, path, {"why": "", "container": bag}).text
    assert "Expected containers of this order" in send(worker, path, {"why": "damage_seen", "container": "C-0"}).text
    page = send(worker, path, {"why": "temperature_doubt", "container": bag}).text
    for words in (
        "The hold is placed.",
        "It is in doubt whether the cells stayed cold",
        "whether they stayed cold",
        "Quality at DEMO Hospital North",
        "Hanna Example (demo)",
        "+49 30 5550 101",
        "Quality on call decides.",
        "Keep the container cold and apart.",
        "one of quality",
    ):
        assert words in page, words
    assert re.search(r"<b>(1 d 0 h|23 h 59 min)</b>", page)
    assert "open for the same reason" in send(worker, path, {"why": "temperature_doubt", "container": bag}).text
    assert send(enter(app, "inspector"), path, {"why": "damage_seen"}).status_code == 403
    (held,) = world.database.read(quality.open_holds)
    assert held.containers == (bag,)
    lift: dict[str, str | list[str]] = {"basis": "condition_evidence", "secret": "guess"}
    assert send(qa, f"/holds/{held.id}/lift", lift).status_code == 401
    assert "The hold is lifted." in send(qa, f"/holds/{held.id}/lift", lift | {"secret": PASSWORD}).text
    assert "lifted" in see(worker, "/holds")


def test_the_list_of_who_is_on_call(app: Flask, world: World) -> None:
    """Everybody reads it; an administrator of the site puts people on and takes them off; the number is in no entry."""
    nurse, admin = enter(app, "nurse1"), enter(app, "admin")
    who = f"{world.road.persons['hospitalqa']}/qa_reviewer"
    form: dict[str, str | list[str]] = {
        "who": who,
        "contact": "pager 4711",
        "begins": "2026-11-02T08:00",
        "ends": "2026-11-09T08:00",
    }

    assert "Put somebody on call" not in see(nurse, "/on-call")
    assert "Hanna Example (demo)" in see(nurse, "/on-call")
    assert send(nurse, "/on-call", form).status_code == 403
    assert "The list is changed." in send(admin, "/on-call", form).text
    assert "pager 4711" in see(nurse, "/on-call")
    assert "lasts at most 92 days" in send(admin, "/on-call", form | {"ends": "2028-01-01T08:00"}).text
    assert "Expected a day and a time" in send(admin, "/on-call", form | {"ends": "soon"}).text
    assert "Expected a contact" in send(admin, "/on-call", form | {"contact": ""}).text
    assert "Expected a person" in send(admin, "/on-call", form | {"who": ""}).text
    duties = re.findall(r"/on-call/(R-\w+)/remove", see(admin, "/on-call"))
    assert len(duties) == 2
    for duty in duties:
        assert "The list is changed." in send(admin, f"/on-call/{duty}/remove").text
    assert "Nobody is on the list" in see(nurse, "/on-call")
    assert send(admin, f"/on-call/{duties[0]}/remove").status_code == 404
    world.is_whole()
