"""Does the edge let a station prove itself, name what is malformed, and keep the page without the server empty?"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from coi.app import create_app
from coi.demo.cast import PASSWORD
from coi.people import devices
from tests import world as worlds
from tests.leases import WHO, auths_of, station, texts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from coi.custody.lease import Lease
    from tests.journeys import Story
    from tests.leases import Station
    from tests.moments import MakeStory

PAGE = {"Accept": "text/html"}


@pytest.fixture
def database_kind() -> str:
    """SQLite: what is tried is the edge, which is the same on both databases."""
    return "sqlite"


@pytest.fixture
def held(before: MakeStory) -> tuple[Story, Station, Lease]:
    """A story whose bag a station holds."""
    story = before("h14_thaw")
    holder = station(story)
    lease = holder.ask().lease
    assert lease is not None
    return story, holder, lease


@pytest.fixture
def client(held: tuple[Story, Station, Lease], tmp_path: Path) -> FlaskClient:
    """A nurse's browser."""
    story, _, _ = held
    app = create_app(worlds.settings(tmp_path), database=story.world.database, clock=story.world.road.clock)
    worlds.settings(story.world.road.printer.tray.parent).attach(story.world.database.engine)
    client = app.test_client()
    form = {"login": "nurse1@demo.example", "password": PASSWORD, "csrf_token": mark(client.get("/sign-in"))}
    client.post("/sign-in", data=form, headers=PAGE)
    return client


def mark(reply: TestResponse) -> str:
    """Return the mark against forged forms that a page carries."""
    found = re.search(r'name="csrf-token" content="([^"]+)"', reply.text)
    assert found is not None, reply.text[:200]
    return found[1]


def post(client: FlaskClient, address: str, body: Mapping[str, Any]) -> TestResponse:
    """Post as the page's script does."""
    token = mark(client.get("/station", headers=PAGE))
    return client.post(address, json=body, headers={"Accept": "application/json", "X-CSRFToken": token})


def proof(held: tuple[Story, Station, Lease], **other: Any) -> dict[str, Any]:  # noqa: ANN401  any part of the form
    """Return the signature by which a station proves that it holds the lease."""
    story, holder, lease = held
    at = story.world.road.clock()
    nonce = story.world.database.run(lambda session: devices.nonce(session, holder.id, at=at))
    data = base64.b64encode(lease.id.encode()).decode()
    signature = base64.b64encode(holder.sign(f"{nonce}\n{data}\n\nlease")).decode()
    return {"device": holder.id, "nonce": nonce, "signature": signature, **other}


def test_only_the_holder_renews_and_gives_back(client: FlaskClient, held: tuple[Story, Station, Lease]) -> None:
    """The station that signs the lease's name is told its state and may end it; any other signature is 403."""
    _, _, lease = held
    address = f"/station/lease/{lease.id}"

    told = post(client, address, proof(held))
    forged = post(client, address, proof(held, signature=base64.b64encode(bytes(64)).decode()))
    missing = post(client, f"{address}/end", proof(held, sent=1))
    ended = post(client, f"{address}/end", proof(held))
    again = post(client, f"{address}/end", proof(held))

    assert told.json is not None
    assert (200, lease.id) == (told.status_code, told.json["packet"]["lease"]["id"])
    assert [403, 409, 200, 409] == [forged.status_code, missing.status_code, ended.status_code, again.status_code]


def test_a_station_is_declared_lost_by_two(client: FlaskClient, held: tuple[Story, Station, Lease]) -> None:
    """A wrong secret is told and ends nothing; two persons of the lease end it."""
    story, _, lease = held
    address = f"/station/lease/{lease.id}/lost"
    persons = [{"login": login, "secret": secret} for login, secret, _ in auths_of(story, WHO[1:])]

    wrong = post(client, address, {"persons": [{**persons[0], "secret": "wrong-password"}, persons[1]]})
    right = post(client, address, {"persons": persons})

    assert wrong.json is not None
    assert right.json is not None
    assert (None, True) == (wrong.json["receipt"], bool(wrong.json["error"]))
    assert right.json["receipt"]["chain"] == story.world.road.order(story.name).chain


def test_a_red_preflight_is_409_and_a_wrong_secret_is_told(
    client: FlaskClient, held: tuple[Story, Station, Lease]
) -> None:
    """Without a scan and without everybody the checklist comes back, red; a wrong secret writes nothing."""
    story, _, _ = held
    nurse = {"login": "nurse1@demo.example", "secret": PASSWORD}
    token = mark(client.get("/station", headers=PAGE))
    asked = {"Accept": "application/json", "X-CSRFToken": token}

    red = client.post(
        "/station/lease",
        json={"order": story.name, "persons": [nurse]},
        headers={**asked, "Idempotency-Key": "k-000001"},
    )
    twice = client.post(
        "/station/lease",
        json={"order": story.name, "persons": [nurse]},
        headers={**asked, "Idempotency-Key": "k-000001"},
    )
    wrong = client.post(
        "/station/lease",
        json={"order": story.name, "persons": [{**nurse, "secret": "wrong-password"}]},
        headers={**asked, "Idempotency-Key": "k-000002"},
    )

    assert red.json is not None
    assert wrong.json is not None
    assert (409, None, True) == (red.status_code, red.json["packet"], "check--red" in red.json["html"])
    assert 422 == twice.status_code
    assert (None, True) == (wrong.json["packet"], bool(wrong.json["error"]))


MALFORMED: dict[str, tuple[str, Any]] = {
    "no order": ("/station/lease", {"persons": []}),
    "no records": ("/station/provisional", {"lease": "LS-1", "records": []}),
    "a record that is none": (
        "/station/provisional",
        {"lease": "LEASE", "records": [{"text": "{}", "signature": "AAAA"}]},
    ),
    "a signature that is none": (
        "/station/provisional",
        {"lease": "LEASE", "records": [{"text": "{}", "signature": "§"}]},
    ),
    "no proof": ("/station/lease/LEASE", {}),
}


@pytest.mark.parametrize(("address", "body"), MALFORMED.values(), ids=MALFORMED)
def test_what_is_malformed_is_422(
    client: FlaskClient, held: tuple[Story, Station, Lease], address: str, body: dict[str, Any]
) -> None:
    """A form of another shape is refused, and nothing is taken of it."""
    _, _, lease = held
    said = json.loads(json.dumps(body).replace("LEASE", lease.id))

    assert 422 == post(client, address.replace("LEASE", lease.id), said).status_code


def test_records_come_in_over_http(client: FlaskClient, held: tuple[Story, Station, Lease]) -> None:
    """Records that the station signed are taken, each with its receipt."""
    story, holder, lease = held
    (text,) = texts(story, lease, ("h15_issue", "celllab1"), word="STOP")
    record = {"text": text, "signature": base64.b64encode(holder.sign(text)).decode()}

    reply = post(client, "/station/provisional", {"lease": lease.id, "records": [record]})

    assert reply.json is not None
    assert [(1, "noted")] == [(one["number"], one["outcome"]) for one in reply.json["taken"]]


def test_the_page_without_the_server_holds_nothing(client: FlaskClient, held: tuple[Story, Station, Lease]) -> None:
    """It names no person, order or site, and its worker may serve the station's addresses only."""
    story, _, lease = held

    page, worker = client.get("/station/alone", headers=PAGE), client.get("/station/worker.js")

    order = story.world.road.order(story.name)
    assert not [text for text in ("Nora", "Hospital", order.id, order.coi or order.id, lease.id) if text in page.text]
    assert "/station" == worker.headers["Service-Worker-Allowed"]
    assert "javascript" in worker.headers["Content-Type"]


def test_the_clock_of_an_order(client: FlaskClient, held: tuple[Story, Station, Lease]) -> None:
    """Before the thaw nothing runs, and a stranger's order has no clock."""
    story, _, _ = held

    told = client.get(f"/orders/{story.name}/clock", headers={"Accept": "application/json"})

    assert told.json is not None
    assert (None, "READY_FOR_INFUSION") == (told.json["ends_at"], told.json["state"])
    assert 404 == client.get("/orders/O-0000000000/clock", headers=PAGE).status_code
