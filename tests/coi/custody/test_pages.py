"""What do the pages of orders say? The board, one order whole, the command cards, and a station at the patient."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from coi import identity
from coi.app import PROJECTIONS, create_app
from coi.custody import board
from coi.custody.orders import PatientFacts
from coi.demo.cast import PASSWORD
from coi.identity.house import COMMANDS
from coi.settings import Settings
from scanners import decode
from tests import world as worlds

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

    from coi.custody.board import Row
    from tests.conftest import MakeDatabase
    from tests.world import World

PAGE = {"Accept": "text/html"}
TWIN = PatientFacts("Emil Mustermann (demo)", "1961-04-12", "DEMO-N", "900001")
"""Same family name and birth date as the first of the demo's patients."""


@pytest.fixture
def database_kind() -> str:
    """SQLite: what is tried is what pages say."""
    return "sqlite"


@pytest.fixture
def world(make_database: MakeDatabase, tmp_path: Path) -> World:
    """A founded world without orders."""
    return worlds.make(make_database(*PROJECTIONS), tmp_path)


@pytest.fixture
def app(world: World, tmp_path: Path) -> Flask:
    """The world, served."""
    knobs = Settings(data=tmp_path, purpose="demo", argon2_kib=8, argon2_passes=1)
    made = create_app(knobs, database=world.database, clock=world.road.clock)
    made.testing = False
    return made


def browser(app: Flask, login: str) -> FlaskClient:
    """Come in by the door."""
    client = app.test_client()
    found = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/sign-in").text)
    assert found is not None
    form = {"login": f"{login}@demo.example", "password": PASSWORD, "csrf_token": found[1]}
    client.post("/sign-in", data=form, headers=PAGE)
    return client


def page(app: Flask, login: str, address: str) -> str:
    """Return the text of a page as somebody sees it, without its tags."""
    reply = browser(app, login).get(address, headers=PAGE)
    assert reply.status_code == 200, reply.text[:300]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", reply.text))


def rows(world: World) -> dict[str, Row]:
    """Return the rows of the coordinator's board by order number."""
    by = world.road.deed("coordinator", world.road.sites["treatment"]).by
    found = world.database.read(lambda session: board.rows(session, by, world.road.clock.now))
    return {row.name: row for row in found}


def test_the_board_has_every_open_order_with_its_clocks(app: Flask, world: World) -> None:
    """Where the cells are, what comes next and who does it, until when, and for how many days they have been away."""
    carried, waiting = world.order(0, "h5_accept"), world.order(1, "h2_schedule")
    names = {name: world.road.order(name).coi for name in (carried, waiting)}
    world.road.clock.forward(hours=50)

    found = rows(world)
    late = found[str(names[carried])]

    assert (late.part, late.handoff, late.who.split(" · ")[0], late.days) == ("way", "H7", "courier", 2)
    assert late.where == ("DEMO Night Courier",)
    assert [alarm.level for alarm in late.alarms] == ["warning", "alarm"]
    assert late.lost
    assert late.is_trouble
    assert late.expires is not None
    assert late.infusion is not None
    calm = found[str(names[waiting])]
    assert (calm.part, calm.where, calm.days, calm.is_trouble) == ("collection", (), None, False)
    told = page(app, "coordinator", "/board?part=collection")
    assert str(world.road.order(carried).coi)[-6:] in told  # what is lost stands on top of every view
    assert "missing: search now" in told
    assert "2 open orders" in told


def test_a_board_is_narrowed_down_and_sorted(world: World) -> None:
    """By part of the road, by what needs a look, by deadline, expiry or planned infusion."""
    for number, until in enumerate(("h2_schedule", "h4_end", "h5_accept")):
        world.order(number, until)
    found = tuple(rows(world).values())

    parts = [row.part for row in board.chosen(found, sort="", part="way", trouble=False)]
    by_expiry = [row.expires for row in board.chosen(found, sort="expiry", part="", trouble=False)]
    by_infusion = [row.infusion for row in board.chosen(found, sort="infusion", part="", trouble=False)]

    assert parts == ["way"]
    assert by_expiry[-1] is None
    assert by_infusion == sorted(day for day in by_infusion if day is not None)
    assert board.chosen(found, sort="due", part="", trouble=True) == ()


def test_a_closed_order_is_off_the_board(world: World) -> None:
    """A board shows what is open; a thawed bag comes before every other clock."""
    thawed = world.order(0, "h14_thaw")
    row = rows(world)[str(world.road.order(thawed).coi)]
    assert row.thaw_ends is not None
    assert row.thaw_ends - world.road.clock.now < timedelta(hours=1)

    world.road.carry(thawed, "h17_reconcile", world.patient(0))

    assert rows(world) == {}


def test_a_board_that_asks_again_gets_rows_and_their_time(app: Flask, world: World) -> None:
    """The page on the wall asks for rows only, which is no use of the session by a person."""
    world.order(0, "h2_schedule")

    told = browser(app, "coordinator").get("/board", headers={"Accept": "application/json"}).get_json()

    assert told["at"].startswith("As of ")
    assert 'class="board"' in told["html"]
    assert "<html" not in told["html"]


def test_the_order_page_says_what_can_happen_beside_the_road(app: Flask, world: World) -> None:
    """What this person may do opens at the station; what others may do says who and where."""
    name = world.order(0, "h16_start")

    nurse = browser(app, "nurse1").get(f"/orders/{name}", headers=PAGE).text
    told = page(app, "nurse1", f"/orders/{name}")

    assert f"/station?order={name}&amp;step=h17_stop" in nurse
    assert "Stop the infusion for now" in told
    assert "Stop, interrupt, begin again" in told
    assert "The patient has died" in told
    assert "step=x_deceased" not in nurse
    assert "Dose: 0 of 1 bags given" in told
    assert "What was made of what" in told
    assert "after the thaw" in told
    assert "In range" in told


def test_custody_that_is_offered_can_be_declined_where_it_is_offered(app: Flask, world: World) -> None:
    """Only the site that it is offered to sees the button."""
    name = world.order(0, "h5_offer")

    assert "Decline" in page(app, "courier", f"/orders/{name}")
    giver = page(app, "celllab1", f"/orders/{name}")
    assert "Offered, not taken yet" in giver
    assert "Decline" not in giver


STOPPED = {
    "x_cancel": ("h2_schedule", "The order was cancelled."),
    "x_deceased": ("h4_end", "The patient has died."),
    "x_lost": ("h5_accept", "The shipment is lost, and its containers are on hold"),
}


@pytest.mark.parametrize(("step", "until", "text"), [(step, *rest) for step, rest in STOPPED.items()])
def test_a_stopped_order_says_what_comes_next(app: Flask, world: World, step: str, until: str, text: str) -> None:
    """On its own page, on the board, and at the station."""
    name = world.order(0, until)
    assert world.road.do(name, step).outcome == "accepted"

    assert text in page(app, "coordinator", f"/orders/{name}")
    assert rows(world)[str(world.road.order(name).coi)].is_trouble
    assert text in page(app, "courier", f"/station?order={name}&step=h5_accept")


def test_an_infusion_without_verification_is_said_on_every_screen(app: Flask, world: World) -> None:
    """Never green again: the order's page and its station say so."""
    name = world.order(0, "h15_accept")
    assert world.road.do(name, "h16_unverified").outcome == "accepted"

    assert "Infused without verification" in page(app, "physician", f"/orders/{name}")
    assert "Infused without verification" in page(app, "pharmacist", f"/station?order={name}&step=h17_reconcile")


def test_the_bedside_asks_blind_and_shows_nothing_of_what_is_asked(app: Flask, world: World) -> None:
    """Neither name, birth date nor the order's number stands on the page on which they are entered."""
    name = world.order(0, "h15_accept")
    facts, coi = world.patient(0), str(world.road.order(name).coi)

    text = browser(app, "nurse1").get(f"/station?order={name}&step=h16_start", headers=PAGE).text
    shown = re.sub(r"<input[^>]*>", "", text)

    assert text.count('type="password"') == 4
    assert identity.CoiId.parse(coi).human not in shown
    assert coi not in shown
    assert facts.name not in text
    assert facts.birth_date not in text
    assert "patient_record_number" not in text


def test_two_who_are_alike_are_told_apart_by_their_record_number(app: Flask, world: World) -> None:
    """A namesake with an open order brings a warning, and the third identifier is asked."""
    name = world.order(0, "h2_print")
    world.road.open(TWIN)

    text = browser(app, "apheresis1").get(f"/station?order={name}&step=h3_begin", headers=PAGE).text

    assert "Another patient could be taken for this one." in text
    assert 'name="patient_record_number"' in text


def test_another_hospital_is_chosen_from_those_that_treat(app: Flask, world: World) -> None:
    """The hospital that treats already is none of them."""
    name = world.order(0, "h2_schedule")

    text = browser(app, "physician").get(f"/station?order={name}&step=x_change_site", headers=PAGE).text

    assert f'value="{world.road.other_hospital}"' in text
    assert f'name="new_site" value="{world.road.sites["treatment"]}"' not in text


def test_every_command_card_reads_as_its_command(app: Flask) -> None:
    """Square code and bar code of each card on the sheet are the command, and a card of no command is none."""
    client = browser(app, "nurse1")
    sheet = client.get("/commands", headers=PAGE).text

    for code in COMMANDS:
        word = code.removeprefix("CMD-")
        assert f"/commands/{word}.png" in sheet
        read = {scan.data.decode("ascii") for scan in decode.read(client.get(f"/commands/{word}.png").data)}
        assert read == {code}
    assert client.get("/commands/RELEASE.png").status_code == 404


@pytest.mark.parametrize(
    ("scheme", "before", "after"),
    [
        ("isbt128", "Donation number none yet", "Donation number A9990"),
        ("gs1", "Article number of the bags none yet", f"Article number of the bags {worlds.GTIN}"),
        ("plain", "Collected under the chain of identity alone", "Collected under the chain of identity alone"),
    ],
)
def test_an_order_is_opened_at_a_hospital_of_each_scheme(
    app: Flask, world: World, scheme: str, before: str, after: str
) -> None:
    """A coordinator opens it by the form, and its page says under which number the cells are collected."""
    world.label_by(scheme)
    client, facts = browser(app, "coordinator"), world.patient(0)
    form = client.get("/orders/new", headers=PAGE).text
    hidden = dict(re.findall(r'type="hidden" name="(csrf_token|once)" value="([^"]+)"', form))
    patient = {
        "patient_name": facts.name,
        "patient_birth_date": facts.birth_date,
        "patient_issuer": facts.issuer,
        "patient_record_number": facts.record_number,
    }

    reply = client.post(
        "/orders/new", data={**hidden, **patient, "product": "CRYO-CAR-T", **world.road.sites}, headers=PAGE
    )

    assert reply.status_code == 302, reply.text[:300]
    name = reply.headers["Location"].rsplit("/", 1)[1]
    assert before in page(app, "coordinator", f"/orders/{name}")
    world.road.carry(name, "h2_schedule", facts)
    assert after in page(app, "coordinator", f"/orders/{name}")
