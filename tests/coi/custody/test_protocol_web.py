"""The pages of protocols: anybody signed in reads them, two persons put one in force, two move an order."""

from __future__ import annotations

import uuid
from io import BytesIO
from typing import TYPE_CHECKING

import pytest

from coi.app import PROJECTIONS, create_app
from coi.custody import protocol_store
from coi.demo.cast import PASSWORD
from coi.settings import Settings
from tests import world as worlds
from tests.coi.custody.test_protocol_actions import PRODUCT, approve, propose, version
from tests.coi.test_web import PAGE, mark, sign_in

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from werkzeug.test import TestResponse

    from tests.conftest import MakeDatabase
    from tests.world import World


@pytest.fixture
def database_kind() -> str:
    """SQLite: what is tried is the edge, which is the same on both databases."""
    return "sqlite"


@pytest.fixture
def world(make_database: MakeDatabase, tmp_path: Path) -> World:
    """A founded world."""
    return worlds.make(make_database(*PROJECTIONS), tmp_path)


@pytest.fixture
def app(world: World, tmp_path: Path) -> Flask:
    """The world, served."""
    knobs = Settings(data=tmp_path, purpose="demo", argon2_kib=8, argon2_passes=1)
    made = create_app(knobs, database=world.database, clock=world.road.clock)
    made.testing = False
    return made


def send(app: Flask, who: str, address: str, /, **form: object) -> TestResponse:
    """Send one form as somebody; return what was answered after it was followed."""
    client, _ = sign_in(app, who)
    token = mark(client.get("/protocols", headers=PAGE))
    data = {"csrf_token": token, "once": str(uuid.uuid4()), **form}
    return client.post(address, data=data, headers=PAGE, follow_redirects=True)


def page(app: Flask, login: str, address: str) -> TestResponse:
    """Read one page as somebody."""
    return sign_in(app, login)[0].get(address, headers=PAGE)


def test_a_version_is_proposed_read_approved_and_retired_on_pages(app: Flask, world: World) -> None:
    """Document control sends the file, quality reads what it changes and signs; later it is retired."""
    data = version(3, lambda raw: raw["limits"].update(wristband_to_bag_s=90))

    told = send(app, "documents", "/protocols", file=(BytesIO(data), "two.json"))
    assert "Proposed. Another person now reads it and signs." in told.text
    assert "Sign and approve" not in told.text
    new, old = world.database.read(protocol_store.all_)[:2]
    assert (new.version, old.version) == (3, 2)
    for name in (new.sha256[:12], new.sha256):
        assert "Sign and approve" in page(app, "qa", f"/protocols/{name}").text
    diff = page(app, "qa", f"/protocols/{old.sha256[:12]}/diff/{new.sha256[:12]}")
    assert "120 s" in diff.text
    assert "90 s" in diff.text
    assert "Nothing differs" in page(app, "qa", f"/protocols/{old.sha256[:12]}/diff/{old.sha256[:12]}").text
    wrong = send(app, "qa", f"/protocols/{new.sha256[:12]}/approve", secret="wrong-secret-1")
    assert (wrong.status_code, "say--fault" in wrong.text) == (401, True)
    assert "Approved." in send(app, "qa", f"/protocols/{new.sha256[:12]}/approve", secret=PASSWORD).text
    listed = page(app, "inspector", "/protocols").text
    assert "superseded" in listed
    assert "in force" in listed
    unsaid = send(app, "qa", f"/protocols/{new.sha256[:12]}/retire", secret=PASSWORD, why="")
    assert unsaid.status_code == 422
    assert "Retired." in send(app, "qa", f"/protocols/{new.sha256[:12]}/retire", secret=PASSWORD, why="faulty").text
    assert world.database.read(lambda session: protocol_store.effective(session, PRODUCT)) is None


def test_what_is_wrong_is_told_line_by_line(app: Flask, world: World) -> None:
    """A protocol with two faults is answered with both, and nothing is kept."""

    def two(raw: dict[str, dict[str, object]]) -> None:
        raw["limits"].update(wristband_to_bag_s=0, thaw_to_infusion_min=0)

    count = len(world.database.read(protocol_store.all_))
    told = send(app, "documents", "/protocols", file=(BytesIO(version(3, two)), "two.json"))

    assert told.status_code == 422
    assert told.text.count("<li>Limit ") == 2
    assert send(app, "documents", "/protocols").status_code == 422
    assert send(app, "nurse1", "/protocols", file=(BytesIO(version(3)), "x.json")).status_code == 403
    assert len(world.database.read(protocol_store.all_)) == count


def test_a_form_that_is_sent_twice_is_taken_once(app: Flask, world: World) -> None:
    """A page that was sent again proposes nothing a second time, and says so by leading to the list."""
    client, _ = sign_in(app, "documents")
    token = mark(client.get("/protocols", headers=PAGE))
    answers = []
    for _ in range(2):
        form = {"csrf_token": token, "once": "the-same-form", "file": (BytesIO(version(3)), "two.json")}
        answers.append(client.post("/protocols", data=form, headers=PAGE).headers["Location"])

    assert answers[1] == "/protocols"
    assert [one.version for one in world.database.read(protocol_store.all_) if one.product == PRODUCT] == [3, 2]


def test_only_who_may_is_offered_a_form(app: Flask, world: World) -> None:
    """A physician reads everything and signs nothing; the menu names the protocols for readers only."""
    sha = propose(world, version(3))
    read = page(app, "physician", f"/protocols/{sha[:12]}").text

    assert "Verify at the bedside" in read
    assert "Sign and approve" not in read
    assert "Sign and retire" not in read
    assert 'href="/protocols"' in page(app, "physician", "/work").text
    assert 'href="/protocols"' not in page(app, "nurse1", "/work").text
    assert page(app, "physician", "/protocols/000000000000").status_code == 404


def test_an_order_is_moved_on_its_own_page(app: Flask, world: World) -> None:
    """Its page names its version, what a newer one changes, and takes two signatures."""
    name = world.order(0, "h3_begin")
    assert "No other version is in force" in page(app, "coordinator", f"/orders/{name}/protocol").text
    assert f"/orders/{world.road.order(name).coi}/protocol" in page(app, "coordinator", f"/orders/{name}").text
    sha = propose(world, version(3))
    approve(world, sha)
    assert "Sign and go on by version 3" in page(app, "coordinator", f"/orders/{name}/protocol").text
    assert "Sign and go on by version 3" not in page(app, "nurse1", f"/orders/{name}/protocol").text

    form = {"sha256": sha, "secret": PASSWORD, "login": "hospitalqa@demo.example"}
    wrong = send(app, "coordinator", f"/orders/{name}/protocol", **form, other="wrong-secret-1")
    assert (wrong.status_code, "say--fault" in wrong.text) == (401, True)
    done = send(app, "coordinator", f"/orders/{name}/protocol", **form, other=PASSWORD)

    assert "The order goes on by the version that two persons have signed." in done.text
    assert world.last(name, "order.protocol_migrated").stmt["protocol_sha256"] == sha


def test_what_stands_against_a_move_is_shown(app: Flask, world: World) -> None:
    """No form is offered where the order has left a new step behind, and the page says which."""
    name = world.order(0, "h4_end")

    def weigh(raw: dict[str, list[dict[str, object]]]) -> None:
        steps = raw["checkpoints"]
        here = next(number for number, step in enumerate(steps) if step["id"] == "h4_end")
        extra = {**steps[here], "id": "h4_weigh", "to": None, "effects": [], "values": [], "sign": None}
        steps[here]["needs"] = ["h3_begin", "h4_weigh"]
        steps.insert(here, extra)

    approve(world, propose(world, version(3, weigh)))
    told = page(app, "coordinator", f"/orders/{name}/protocol").text

    assert "Expected no new step behind the order, seen h4_weigh." in told
    assert "Sign and go on" not in told
