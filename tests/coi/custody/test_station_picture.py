"""What does the station answer to a picture that is a bomb, or none at all?"""

from __future__ import annotations

import re
import time
from io import BytesIO
from typing import TYPE_CHECKING

import pytest

from coi.app import PROJECTIONS, create_app
from coi.demo.cast import PASSWORD
from coi.settings import Settings
from tests import world as worlds
from tests.scanners.test_decode import PIECE, RUBBISH, drawn, png

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from tests.conftest import MakeDatabase

BOMBS = [
    case for case, data in RUBBISH.items() if isinstance(data, bytes) and len(data) < 1_000_000
]  # more is not even taken


@pytest.fixture
def database_kind() -> str:
    """SQLite: a picture reaches no database."""
    return "sqlite"


@pytest.fixture
def client(make_database: MakeDatabase, tmp_path: Path) -> FlaskClient:
    """A coordinator at a station."""
    world = worlds.make(make_database(*PROJECTIONS), tmp_path)
    knobs = Settings(data=tmp_path, purpose="demo", argon2_kib=8, argon2_passes=1)
    made = create_app(knobs, database=world.database, clock=world.road.clock)
    client = made.test_client()
    form = {"login": "coordinator@demo.example", "password": PASSWORD, "csrf_token": _mark(client.get("/sign-in").text)}
    client.post("/sign-in", data=form)
    return client


def _mark(page: str) -> str:
    found = re.search(r'name="csrf-token" content="([^"]+)"', page)
    assert found is not None
    return found[1]


def _sent(client: FlaskClient, data: bytes) -> TestResponse:
    mark = _mark(client.get("/station", headers={"Accept": "text/html"}).text)
    return client.post(
        "/station/picture",
        data={"picture": (BytesIO(data), "label.png")},
        headers={"Accept": "application/json", "X-CSRFToken": mark},
    )


def test_bombs_and_rubbish_are_told_so_and_the_station_works_on(client: FlaskClient) -> None:
    """Each is refused with 413 or 422 and a reason, no scan comes of it, and the next picture is read."""
    good = _sent(client, png(drawn(PIECE, "Code128")))
    assert (200, ["]C0"]) == (good.status_code, [scan["aim"] for scan in good.json["scans"]])  # type: ignore[index]  # it is JSON

    took = []
    for case in BOMBS:
        began = time.process_time()
        reply = _sent(client, RUBBISH[case])  # type: ignore[arg-type]  # bytes, as chosen above
        took.append(time.process_time() - began)
        assert reply.status_code in {413, 422}, case
        assert reply.json is not None
        assert [] == reply.json.get("scans", []), case
    assert max(took) < 0.5

    assert 200 == _sent(client, png(drawn(PIECE, "Code128"))).status_code
