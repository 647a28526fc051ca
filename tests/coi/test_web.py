"""Are the pages shut to strangers, silent about patients, and honest about errors?"""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from coi.app import PROJECTIONS, create_app
from coi.custody import order_screen
from coi.custody.verdict_views import marks
from coi.demo.cast import PASSWORD, PEOPLE
from coi.errors import Unknown
from coi.person import Grant, Person
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
OPEN = {"/healthz", "/readyz", "/metrics", "/sign-in", "/static/<path:filename>", "/", "/walk"}
OPEN |= {"/station/wedge.json", "/station/light.json"}  # how keys and pictures are read is no secret
"""What anybody may read: no patient, no order and no person is in it."""


@pytest.fixture
def database_kind() -> str:
    """SQLite: what is tried is the edge, which is the same on both databases."""
    return "sqlite"


@pytest.fixture
def world(make_database: MakeDatabase, tmp_path: Path) -> World:
    """A founded world with one order at its collection."""
    made = worlds.make(make_database(*PROJECTIONS), tmp_path)
    made.order(0, "h3_begin")
    return made


@pytest.fixture
def app(world: World, tmp_path: Path) -> Flask:
    """The world, served."""
    knobs = Settings(data=tmp_path, purpose="demo", argon2_kib=8, argon2_passes=1)
    made = create_app(knobs, database=world.database, clock=world.road.clock)
    made.testing = False
    return made


def mark(reply: TestResponse) -> str:
    """Return the mark against forged forms that a page carries."""
    found = re.search(r'name="csrf-token" content="([^"]+)"', reply.text)
    assert found is not None, reply.text[:200]
    return found[1]


def sign_in(app: Flask, login: str, password: str = PASSWORD, **more: str) -> tuple[FlaskClient, TestResponse]:
    """Come in by the door; return the browser and what the door said."""
    client = app.test_client()
    form = {"login": f"{login}@demo.example", "password": password, "csrf_token": mark(client.get("/sign-in")), **more}
    return client, client.post("/sign-in", data=form, headers=PAGE)


def test_a_stranger_sees_only_the_door(app: Flask) -> None:
    """Every page sends a stranger to the door, and every other address answers 401, but for what is open to all."""
    told = {}
    for rule in app.url_map.iter_rules():
        if rule.rule in OPEN or rule.rule.startswith("/api/") or "GET" not in (rule.methods or ()):
            continue
        address = re.sub(r"<[^>]+>", "1", rule.rule)
        page, script = app.test_client().get(address, headers=PAGE), app.test_client().get(address)
        told[rule.rule] = (page.status_code, page.headers.get("Location", "")[:8], script.status_code)

    assert dict.fromkeys(told, (302, "/sign-in", 401)) == told


def test_a_forged_form_is_refused(app: Flask) -> None:
    """No form is taken without its mark, whoever is signed in."""
    client, _ = sign_in(app, "coordinator")

    told = {}
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/") or "POST" not in (rule.methods or ()):
            continue
        told[rule.rule] = client.post(re.sub(r"<[^>]+>", "1", rule.rule)).status_code

    assert len(told) > 10
    assert dict.fromkeys(told, 400) == told


def test_who_was_signed_out_meanwhile_is_told_so(app: Flask) -> None:
    """A page older than its sign-in leads to the door in a sentence, and not to the administrator with a reference."""
    reply = app.test_client().post("/orders/new", data={"patient_name": "Paula"}, headers=PAGE)

    assert reply.status_code == 400
    assert "signed out meanwhile" in reply.text
    assert "Sign in, open the page again" in reply.text
    assert 'href="/sign-in"' in reply.text
    assert "Paula" not in reply.text


def test_nobody_is_told_why_the_door_stays_shut(app: Flask) -> None:
    """A wrong password, an unknown login and a scanned nonsense badge are answered in the same words."""
    told = {
        sign_in(app, "coordinator", "wrong-password")[1].text.split("<form")[0].split("say--fault")[1],
        sign_in(app, "nobody-at-all")[1].text.split("<form")[0].split("say--fault")[1],
        sign_in(app, "coordinator", badge="BDG-0000")[1].text.split("<form")[0].split("say--fault")[1],
    }

    assert len(told) == 1


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "evil"])
def test_the_door_leads_into_this_house_only(app: Flask, elsewhere: str) -> None:
    """After signing in nobody is sent to another host."""
    _, inside = sign_in(app, "coordinator", next="/orders")
    _, told = sign_in(app, "coordinator", next=elsewhere)

    assert inside.headers["Location"] == "/orders"
    assert told.headers["Location"] == "/work"


def test_every_reply_is_hardened(app: Flask) -> None:
    """No reply allows scripts of others, other hosts, frames or a cache; a demo says on each page what it is."""
    client, _ = sign_in(app, "coordinator")

    for address in ("/work", "/orders", "/ledger", "/station", "/nothing-here"):
        reply = client.get(address, headers=PAGE)
        policy = reply.headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert reply.headers["Cache-Control"] == "no-store"
        assert "style=" not in reply.text
        assert not re.search(r"<script(?![^>]*\bsrc=)", reply.text)
        assert "Invented people and cells" in reply.text


def test_an_order_of_other_sites_is_no_order(world: World) -> None:
    """Who has no part in an order hears the same words as about an order that does not exist; an inspector sees all."""
    (order,) = world.road.all_orders()
    stranger = Person("U-ELSEWHERE", (Grant("coordinator", "S-ELSEWHERE"),))
    inspector = Person("U-INSPECTOR", (Grant("inspector", "S-ELSEWHERE"),))

    with pytest.raises(Unknown) as known:
        world.database.read(lambda session: order_screen.seen_by(session, stranger, order.id))
    with pytest.raises(Unknown) as unknown:
        world.database.read(lambda session: order_screen.seen_by(session, stranger, "O-0000000000"))

    assert str(known.value) == str(unknown.value)
    assert order == world.database.read(lambda session: order_screen.seen_by(session, inspector, order.id))


def test_an_error_carries_the_id_that_the_log_has(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody expected is 500 with a reference that the log has; its text may hold values and is told to nobody."""
    client, _ = sign_in(app, "coordinator")
    monkeypatch.setattr("coi.custody.order_screen.lines", lambda *_: 1 / 0)

    with capture_logs() as logs:
        reply = client.get("/orders", headers=PAGE)
        told = client.get("/orders")

    surprise = next(line for line in logs if line["event"] == "surprise")
    assert reply.status_code == 500
    assert surprise["reference"] in reply.text
    assert "division" not in reply.text + str(surprise)
    assert told.mimetype == "application/problem+json"
    assert told.json is not None
    assert told.json["reference"] == told.headers["X-Reference"]


def test_no_page_or_log_line_tells_a_patient(app: Flask, world: World) -> None:
    """Name, birth date and record number stand on no page of any role and in no line of the log."""
    facts = world.patient(0)
    (order,) = world.road.all_orders()
    addresses = ("/work", "/orders", f"/orders/{order.coi}", "/holds", "/ledger", f"/ledger/{order.chain}/3", "/tray")

    with capture_logs() as logs:
        pages = [
            sign_in(app, one.login)[0].get(address, headers=PAGE, follow_redirects=True).text
            for one in PEOPLE
            for address in addresses
        ]

    told = "".join(pages) + str(logs)
    assert not [fact for fact in (facts.name, facts.birth_date, facts.record_number) if fact in told]
    assert str(order.coi) not in str(logs)


def test_only_the_step_at_the_patient_opens_the_vault(app: Flask, world: World) -> None:
    """Name and birth date stand on the screen of a step at the patient, only for that step's role, never when blind."""
    name = world.order(1, "h2_print")
    facts = world.patient(1)

    witness = sign_in(app, "physician")[0].get(f"/station?order={name}&step=h3_witness", headers=PAGE).text
    another_role = sign_in(app, "pharmacist")[0].get(f"/station?order={name}&step=h3_witness", headers=PAGE).text
    blind = sign_in(app, "apheresis1")[0].get(f"/station?order={name}&step=h3_begin", headers=PAGE).text

    assert facts.name in witness
    assert facts.name not in another_role
    assert 'name="patient_birth_date"' in blind
    assert facts.name not in blind


def test_a_form_sent_twice_is_one_deed(app: Flask, world: World) -> None:
    """The second click on the same form answers and does nothing."""
    client, _ = sign_in(app, "coordinator")
    facts = world.patient(2)
    sites = {part: world.road.sites[part] for part in ("collection", "manufacturing", "treatment", "courier")}
    form = {
        "csrf_token": mark(client.get("/orders/new", headers=PAGE)),
        "once": str(uuid.uuid4()),
        "patient_name": facts.name,
        "patient_birth_date": facts.birth_date,
        "patient_issuer": facts.issuer,
        "patient_record_number": facts.record_number,
        "product": "CRYO-CAR-T",
        **sites,
    }

    first, second = (client.post("/orders/new", data=form, headers=PAGE) for _ in range(2))

    assert (first.status_code, second.status_code) == (302, 302)
    assert len(world.road.all_orders()) == 2


def test_what_was_typed_wrong_comes_back_with_its_reason(app: Flask, world: World) -> None:
    """A new order without a birth date is shown again with what was typed; nothing is opened."""
    client, _ = sign_in(app, "coordinator")
    form = {
        "csrf_token": mark(client.get("/orders/new", headers=PAGE)),
        "once": str(uuid.uuid4()),
        "patient_name": "Ida",
    }

    reply = client.post("/orders/new", data=form, headers=PAGE)

    assert reply.status_code == 422
    assert 'value="Ida"' in reply.text
    assert len(world.road.all_orders()) == 1


def test_production_knows_no_tray_no_walk_and_no_picture(app: Flask) -> None:
    """In a database for patients the tray, the walk and pictures as scans do not exist, and no page offers them."""
    app.extensions["coi"] = replace(app.extensions["coi"], purpose="production")
    client, _ = sign_in(app, "apheresis1")
    station = client.get("/station", headers=PAGE)
    form: dict[str, Any] = {"csrf_token": mark(station), "picture": (BytesIO(b"x"), "x.png")}

    told = {
        "tray": client.get("/tray", headers=PAGE).status_code,
        "walk": client.get("/walk", headers=PAGE).status_code,
        "picture": client.post("/station/picture", data=form).status_code,
    }

    assert {"tray": 404, "walk": 404, "picture": 403} == told
    assert "pasted" not in station.text
    assert "demo_logins" not in app.test_client().get("/sign-in").text
    assert PASSWORD not in app.test_client().get("/sign-in").text


def test_the_ledger_page_says_whole_and_shows_the_bytes(app: Flask, world: World) -> None:
    """Verify reads every entry, and an entry's page shows its hash with the very bytes it is of."""
    client, _ = sign_in(app, "coordinator")
    (order,) = world.road.all_orders()
    shown = client.get("/ledger", headers=PAGE)

    verified = client.post("/ledger/verify", data={"csrf_token": mark(shown)}, headers=PAGE)
    entry = client.get(f"/ledger/{order.chain}/2", headers=PAGE)

    assert "proof--whole" in verified.text
    assert world.road.entries(order.id)[1].hash in entry.text
    assert "SHA-256(0x00" in entry.text


MARKED = {
    "one letter": ("7K3M", "7X3M", ["K"], ["X"]),
    "the same": ("7K3M", "7K3M", [], []),
    "nothing scanned": ("7K3M", "", ["7K3M"], []),
    "only a tail is told": ("7K3M 0X2H LNPQ", "…LNVQ", ["P"], ["V"]),
}


@pytest.mark.parametrize(("expected", "scanned", "left", "right"), MARKED.values(), ids=MARKED)
def test_what_differs_is_marked(expected: str, scanned: str, left: list[str], right: list[str]) -> None:
    """Side by side, exactly the characters that differ are marked, and each text is whole."""
    one, other = marks(expected, scanned)

    assert (expected, scanned) == ("".join(text for text, _ in one), "".join(text for text, _ in other))
    assert (left, right) == ([text for text, bad in one if bad], [text for text, bad in other if bad])
