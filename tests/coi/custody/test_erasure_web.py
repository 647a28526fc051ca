"""The page of an erasure: what stands against it, two passwords, and afterwards what was done."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from coi import vault
from coi.app import PROJECTIONS, create_app
from coi.demo.cast import PASSWORD
from coi.settings import Settings
from tests import wanderer
from tests import world as worlds
from tests.coi.test_web import PAGE, mark, sign_in

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeDatabase

SECOND = {"secret": PASSWORD, "login": "physician@demo.example", "other": PASSWORD, "basis": "patient_request"}


@pytest.fixture
def database_kind() -> str:
    """SQLite: what is tried is the edge, which is the same on both databases."""
    return "sqlite"


def test_two_persons_erase_on_a_page(make_database: MakeDatabase, tmp_path: Path) -> None:
    """The page says what stands against it, refuses a wrong password, erases by two, and says so for ever after."""
    world = wanderer.quick(worlds.make(make_database(*PROJECTIONS), tmp_path))
    knobs = Settings(data=tmp_path, purpose="demo", argon2_kib=8, argon2_passes=1)
    app = create_app(knobs, database=world.database, clock=world.road.clock)
    name = world.order(0, "h1_submit")
    patient, address = world.road.order(name).patient, f"/orders/{name}/erasure"
    client, _ = sign_in(app, "hospitalqa")
    token = mark(client.get("/work", headers=PAGE))

    def send(**form: str) -> tuple[int, str]:
        data = {"csrf_token": token, "once": str(uuid.uuid4()), **SECOND, **form}
        reply = client.post(address, data=data, headers=PAGE, follow_redirects=True)
        return reply.status_code, reply.get_data(as_text=True)

    assert "It cannot be done now" in client.get(address, headers=PAGE).get_data(as_text=True)
    assert send()[0] == 409
    for step in ("x_cancel", "x_close"):
        assert world.road.do(name, step).outcome == "accepted"
    world.road.clock.forward(minutes=-14)  # nobody sits idle so long before the page
    assert "Sign and erase for ever" in client.get(address, headers=PAGE).get_data(as_text=True)
    assert "Erase the patient" in client.get(address.removesuffix("/erasure"), headers=PAGE).get_data(as_text=True)
    assert send(other="wrong")[0] == 401
    assert not knobs.tombstones.exists()  # nobody was erased yet
    knobs.tombstones.write_bytes(b"caf\xe9\n")
    assert not world.database.read(lambda session: vault.is_erased(session, patient))

    status, page = send()

    assert (status, "The data of this patient were erased." in page) == (200, True)
    assert world.database.read(lambda session: vault.is_erased(session, patient))
    assert knobs.tombstones.read_bytes().splitlines()[1].startswith(patient.encode())
    assert client.get(address.removesuffix("/erasure"), headers=PAGE).status_code == 200
    nurse, _ = sign_in(app, "nurse1")
    assert "were erased" in nurse.get(address, headers=PAGE).get_data(as_text=True)
    world.is_whole()
