"""The page of one leg: who may hand a file in, what is said of it, and what nobody is shown."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from coi import ledger, people
from coi.app import create_app
from coi.custody import legs
from coi.demo.cast import PASSWORD
from coi.settings import Settings
from coi.shipping import trace_store
from coi.shipping.trace import Logger
from coi.shipping.web import Wiring

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session
    from werkzeug.test import TestResponse

    from coi.person import Person
    from coi.shipping.trace_leg import Leg
    from tests.journeys import Story
    from tests.moments import MakeStory
    from tests.world import World

PAGE = {"Accept": "text/html"}


@pytest.fixture
def database_kind() -> str:
    """SQLite: what is tried is the edge, which is the same on both databases."""
    return "sqlite"


@pytest.fixture
def story(before: MakeStory) -> Story:
    """An order that waits at the factory's door."""
    return before("h7_receive")


@pytest.fixture
def world(story: Story) -> World:
    """The world that it happens in."""
    return story.world


@pytest.fixture
def leg(story: Story) -> Leg:
    """Its leg two days after the sealing, with a logger sealed in and a range said."""
    order = story.world.road.order(story.name)
    (bare,) = story.world.database.read(lambda session: legs.of_order(session, order))
    story.world.road.clock.now = bare.sealed_at + timedelta(hours=48)
    until = bare.sealed_at + timedelta(days=300)
    return replace(bare, logger=Logger("LGR-1", "SN-4711", until), profile="refrigerated")


@pytest.fixture
def app(world: World, leg: Leg, tmp_path: Path) -> Flask:
    """The world, served, told of that leg to whoever may see the order."""
    knobs = Settings(data=tmp_path, purpose="demo", argon2_kib=8, argon2_passes=1)
    made = create_app(knobs, database=world.database, clock=world.road.clock)

    def told(session: Session, person: Person, name: str) -> tuple[Leg, ...]:
        return tuple(
            replace(one, logger=leg.logger, profile=leg.profile) for one in legs.seen_by(session, person, name)
        )

    made.extensions["coi_shipping"] = Wiring(told)
    return made


def csv(leg: Leg, *, warm: str = "5.0", serial: str = "SN-4711", remark: str = "") -> bytes:
    """Return the logger's file: a sample every ten minutes for two days, one of them *warm*."""
    rows = []
    for number in range(-1, 48 * 6 + 1):
        at = leg.sealed_at + timedelta(minutes=10 * number)
        rows.append(f"{at:%d.%m.%Y %H:%M:%S};{(warm if number == 9 else '5.0').replace('.', ',')}\n")
    head = f"Seriennummer;{serial}\nBemerkung;{remark}\nDatum/Zeit;Temperatur °C\n"
    return (head + "".join(rows)).encode()


def inside(app: Flask, login: str) -> FlaskClient:
    """Return the browser of somebody who is signed in."""
    client = app.test_client()
    form = {"login": f"{login}@demo.example", "password": PASSWORD, "csrf_token": mark(client.get("/sign-in"))}
    client.post("/sign-in", data=form, headers=PAGE)
    return client


def mark(reply: TestResponse) -> str:
    """Return the mark against forged forms that a page carries."""
    found = re.search(r'name="csrf-token" content="([^"]+)"', reply.text)
    assert found is not None
    return found[1]


def address(leg: Leg) -> str:
    """Return the page of a leg."""
    return f"/orders/{leg.name}/shipments/{leg.shipment}/trace"


def hand_in(client: FlaskClient, leg: Leg, data: bytes | None, once: str = "once-0001", **more: str) -> TestResponse:
    """Send a file by the page's form, and follow to where it leads."""
    form = {"csrf_token": mark(client.get("/work")), "once": once, "dialect": "auto", "zone": "UTC", **more}
    files = {} if data is None else {"file": (BytesIO(data), "export.csv")}
    return client.post(
        address(leg), data={**form, **files}, headers=PAGE, content_type="multipart/form-data", follow_redirects=True
    )


def test_a_good_file_is_in_range(app: Flask, world: World, leg: Leg) -> None:
    """The warehouse hands the file in: the page says in range, draws the plot, and the ledger has one entry."""
    client = inside(app, "warehouse")
    before = client.get(address(leg))

    reply = hand_in(client, leg, csv(leg))

    assert "No data" in before.text
    assert "<svg" in reply.text
    assert "In range" in reply.text
    assert "trace-plot__line" in reply.text
    assert "In range" in client.get(f"/orders/{leg.name}/shipments").text
    entry = world.last(leg.order, "shipping.trace_read")
    assert ("in_range", "SN-4711", 290) == tuple(entry.stmt[name] for name in ("verdict", "logger", "samples"))
    world.is_whole()


def test_a_warm_sample_is_shown(app: Flask, leg: Leg) -> None:
    """Out of range says since when and how warm, marks it in the plot, and no later file hides it."""
    client = inside(app, "warehouse")

    warm = hand_in(client, leg, csv(leg, warm="9.25")).text
    again = hand_in(client, leg, csv(leg), "once-0002").text

    assert "Out of range" in warm
    assert "Expected 2 to 8 Cel, seen 9.25 Cel, up to 20 min." in warm
    assert "trace-plot__excursion" in warm
    assert "Receive the shipment into quarantine" in again
    assert "Files handed in" in again


def test_one_form_is_one_deed(app: Flask, world: World, leg: Leg) -> None:
    """Sent twice, the same form leaves one entry."""
    client = inside(app, "warehouse")
    for _ in range(2):
        hand_in(client, leg, csv(leg))

    kinds = [entry.type for entry in world.road.entries(leg.order)]
    assert 1 == kinds.count("shipping.trace_read")


REFUSED = {
    "no file": (None, {}, "Expected a file of the logger, seen none."),
    "rubbish": (b"\x00\x01", {}, "Line 1: expected printable text, seen control characters."),
    "no such dialect": (b"a", {"dialect": "excel"}, "Expected a dialect of comma-iso"),
    "no zone": (csv, {"zone": ""}, "expected a time zone in the row, in the header, or told with the file"),
}


@pytest.mark.parametrize(("data", "more", "says"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_cannot_be_read_is_not_taken(
    app: Flask, world: World, leg: Leg, data: object, more: dict[str, str], says: str
) -> None:
    """The form comes back with what was expected and what was seen; nothing is recorded."""
    raw = csv(leg) if callable(data) else data
    assert raw is None or isinstance(raw, bytes)

    reply = hand_in(inside(app, "warehouse"), leg, raw, **more)

    assert reply.status_code in {404, 422}
    assert says in reply.text
    assert "The file was not taken" in reply.text
    assert "shipping.trace_read" not in [entry.type for entry in world.road.entries(leg.order)]


def refused(world: World) -> list[str]:
    """Return the deeds that were refused at any site, site by site."""

    def work(session: Session) -> list[str]:
        chains = [people.site(session, site).chain for site in sorted(set(world.road.sites.values()))]
        entries = [entry for chain in chains for entry in ledger.entries(session, chain)]
        return [str(entry.stmt["deed"]) for entry in entries if entry.type == "deed.refused"]

    return world.database.read(work)


@pytest.mark.parametrize(("login", "status"), [("operator1", 200), ("qa", 200), ("celllab1", 403), ("courier", 403)])
def test_who_may_hand_in(app: Flask, world: World, leg: Leg, login: str, status: int) -> None:
    """Only who receives may: the same roles at the site that sent are not shown the form; their tries are entries."""
    client = inside(app, login)
    before = refused(world)

    assert (status == 200) == ('type="file"' in client.get(address(leg)).text)
    assert status == hand_in(client, leg, csv(leg)).status_code
    assert refused(world)[len(before) :] == ([] if status == 200 else ["shipping.take"])


def test_no_leg_of_others(app: Flask, leg: Leg) -> None:
    """A shipment that is not this order's, and an order that is not there, are unknown."""
    client = inside(app, "warehouse")

    assert 404 == client.get(f"/orders/{leg.name}/shipments/SH-0/trace", headers=PAGE).status_code
    assert 404 == client.get(f"/orders/none/shipments/{leg.shipment}/trace", headers=PAGE).status_code
    assert 404 == client.get("/orders/none/shipments", headers=PAGE).status_code


def test_nobody_is_shown_what_stands_in_a_header(app: Flask, world: World, leg: Leg) -> None:
    """A name that somebody typed into the logger's remark is on no page and in no entry, not even when it is wrong."""
    client = inside(app, "warehouse")

    taken = hand_in(client, leg, csv(leg, remark="Erika Mustermann"))
    refused = hand_in(client, leg, csv(leg, serial="Erika Mustermann"), "once-0002")

    assert "Mustermann" not in taken.text + refused.text
    assert all(b"Mustermann" not in entry.body for entry in world.road.entries(leg.order))


def test_bytes_that_were_changed_are_not_drawn(app: Flask, world: World, leg: Leg) -> None:
    """Where the kept bytes are no longer those of the entry, the verdict stands and no plot is drawn."""
    client = inside(app, "warehouse")
    hand_in(client, leg, csv(leg))
    world.database.run(lambda session: session.execute(update(trace_store.file_table).values(packed=b"x")))

    page = client.get(address(leg)).text

    assert "In range" in page
    assert "The file can no longer be drawn" in page
    assert "trace-plot__line" not in page
