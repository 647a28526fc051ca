"""The pages of labels, of templates and of the paper: what they count, whom they let sign, and what they refuse."""

from __future__ import annotations

import base64
import re
import uuid
from dataclasses import replace
from datetime import timedelta
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from coi import people
from coi.app import PROJECTIONS, create_app
from coi.custody import continuity_store
from coi.demo.cast import PASSWORD
from coi.labelling import store as pieces
from coi.labelling import template_store
from coi.people import devices
from coi.settings import Settings
from scanners import decode
from tests import world as worlds
from tests.coi.labelling.test_template_actions import NAME, changed
from tests.coi.people.test_devices import Station
from tests.coi.test_web import PAGE, mark, sign_in

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from sqlalchemy.orm import Session
    from werkzeug.test import TestResponse

    from coi.custody.reading import Scanned
    from coi.labelling.pieces import Piece
    from tests.conftest import MakeDatabase
    from tests.world import World

SECOND = {"secret": PASSWORD, "login": "apheresis2@demo.example", "other": PASSWORD}


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
    token = mark(client.get("/work", headers=PAGE))
    data = {"csrf_token": token, "once": str(uuid.uuid4()), **form}
    return client.post(address, data=data, headers=PAGE, follow_redirects=True)


def page(app: Flask, login: str, address: str) -> TestResponse:
    """Read one page as somebody."""
    return sign_in(app, login)[0].get(address, headers=PAGE)


def words(reply: TestResponse) -> str:
    """Return the text of a page without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", reply.text))


def label(world: World, name: str, role: str, state: str) -> Piece:
    """Return an order's label of a role in a state."""
    found = world.database.read(lambda session: pieces.of_order(session, name))
    return next(piece for piece in found if (piece.role, piece.state) == (role, state))


def test_the_count_of_an_order_opens_and_closes(app: Flask, world: World) -> None:
    """Two printed, none scanned back: the books stay open; one returned is accounted for, and the site says so too."""
    name = world.order(0, "h2_print")
    before = words(page(app, "apheresis1", f"/orders/{name}/labels"))
    band = label(world, name, "wristband", "printed")
    told = send(app, "apheresis1", f"/orders/{name}/labels/{band.id}/fate", why="not_needed", fate="returned", **SECOND)

    assert "The books stay open: 2 not scanned back." in before
    assert "Told. Whoever scans this label from now on is stopped." in words(told)
    assert "The books stay open: 1 not scanned back." in words(told)
    assert "not needed any more" in words(told)
    site = words(page(app, "apheresis1", "/labels"))
    assert "1 of 2 unaccounted" in site
    assert "By day and printer" in site
    assert "Nothing was printed here yet" in words(page(app, "courier", "/labels"))
    assert page(app, "apheresis1", f"/orders/{name}/labels/{band.id}/fate").status_code == 409
    assert page(app, "apheresis1", f"/orders/{name}/labels/000000000001/fate").status_code == 404


def enrolled(world: World, own: Station, where: str = "") -> str:
    """Enrol a browser's key at the hospital or *where* it is, as a demo does; return its number."""
    site, by = where or world.road.sites["collection"], world.road.persons["apheresis1"]

    def work(session: Session) -> str:
        made = devices.propose(session, site, own.jwk, "Chair 2", by=by, at=world.road.clock())
        return devices.qualify_in_demo(session, made.id, at=world.road.clock()).id

    return world.database.run(work)


def signed(world: World, own: Station, device: str, scan: Scanned) -> dict[str, str]:
    """Return what a page sends of a scan that its device signed."""
    nonce = world.database.run(lambda session: devices.nonce(session, device, at=world.road.clock()))
    signature = own.sign(nonce, scan.data, scan.aim, "wedge")
    told = {"data": base64.b64encode(scan.data), "signature": base64.b64encode(signature)}
    said = {name: value.decode() for name, value in told.items()}
    said |= {"aim": scan.aim, "source": "wedge", "device": device, "nonce": nonce}
    return {f"scan_{name}": value for name, value in said.items()}


def test_the_label_at_hand_lets_one_person_tell_its_fate(app: Flask, world: World) -> None:
    """A signed scan of its square code: who has it needs no witness. The bar code, another label, a repeat do not."""
    name = world.order(0, "h2_print")
    band, bag = (label(world, name, role, "printed") for role in ("wristband", "container"))
    form = {"why": "not_needed", "fate": "destroyed", "secret": PASSWORD}
    address = f"/orders/{name}/labels/{band.id}/fate"
    own = Station()
    device = enrolled(world, own)
    read = partial(world.road.read_piece, linear=False)

    def tried(scan: Scanned, **more: str) -> int:
        return send(app, "apheresis1", address, **form, **{**signed(world, own, device, scan), **more}).status_code

    assert tried(read(bag)) == 422
    assert tried(read(band), scan_signature="AAAA") == 403
    assert tried(read(band), scan_nonce="used") == 403
    assert tried(replace(read(band), aim="]C0")) == 403
    assert tried(read(band), scan_data="%%") == 403
    assert tried(read(band)) == 200
    entry = world.last(name, "label.destroyed")
    assert (entry.stmt["how"], len(entry.sig)) == ("scanned", 1)


def test_a_code_that_was_typed_is_no_label_at_hand(app: Flask, world: World) -> None:
    """Whoever knows the order can make the code up again: typed it must be the right one, and two persons sign."""
    name = world.order(0, "h2_print")
    band = label(world, name, "wristband", "printed")
    code = world.road.read_piece(band, linear=False).data.decode()
    form = {"why": "not_needed", "fate": "destroyed", "secret": PASSWORD}
    address = f"/orders/{name}/labels/{band.id}/fate"

    assert code not in page(app, "apheresis1", address).text
    assert send(app, "apheresis1", address, **form, scanned=band.id).status_code == 422
    assert send(app, "apheresis1", address, **form).status_code == 403
    alone = send(app, "apheresis1", address, **form, scanned=code)
    assert (alone.status_code, "beside them a second person" in words(alone)) == (403, True)
    assert send(app, "nurse1", address, **form, scanned=code).status_code == 403
    assert "Told." in words(send(app, "apheresis1", address, **{**form, **SECOND}, scanned=f"]d1{code}"))
    entry = world.last(name, "label.destroyed")
    assert (entry.stmt["how"], len(entry.sig)) == ("keyed", 2)


def test_a_label_is_told_where_it_lies(app: Flask, world: World) -> None:
    """The bag has gone to the factory: its label is replaced there, and nobody at the hospital tells its fate."""
    name = world.order(0, "h7_accept")
    bag = label(world, name, "container", "applied")
    address = f"/orders/{name}/labels/{bag.id}/reprint"
    form = {"why": "damaged", "fate": "destroyed", **SECOND}

    away = send(app, "apheresis1", address, **form)
    assert (away.status_code, "ask somebody there" in words(away)) == (403, True)
    assert "told where it lies:" in words(page(app, "apheresis1", f"/orders/{name}/labels"))
    assert "does this:" in words(page(app, "apheresis1", address))
    two = {"login": "operator2@demo.example", "other": PASSWORD}
    assert f"/labels/{bag.id}/reprint" in page(app, "operator1", f"/orders/{name}/labels").text
    assert "The old label is dead." in words(send(app, "operator1", address, **{**form, **two}))


def test_a_reprint_asks_for_the_fate_and_a_second_person(app: Flask, world: World) -> None:
    """From the order's page to the dialogue; without witness or fate nothing is printed; with both, REPRINT 1."""
    name = world.order(0, "h3_begin")
    bag = label(world, name, "container", "applied")
    address = f"/orders/{name}/labels/{bag.id}/reprint"
    form = {"why": "damaged", "fate": "destroyed", **SECOND}

    assert f"/labels/{bag.id}/reprint" in page(app, "apheresis1", f"/orders/{name}").text
    assert f"/labels/{bag.id}/reprint" not in page(app, "nurse1", f"/orders/{name}").text
    assert "What became of it" in words(page(app, "apheresis1", address))
    assert send(app, "apheresis1", address, **{**form, "fate": ""}).status_code == 422
    assert send(app, "apheresis1", address, **{**form, "why": "lost"}).status_code == 422
    assert send(app, "apheresis1", address, **{**form, "login": ""}).status_code == 403
    assert send(app, "apheresis1", address, **{**form, "other": "wrong-secret-1"}).status_code == 401
    assert label(world, name, "container", "applied") == bag
    done = send(app, "apheresis1", address, **form)

    assert "The old label is dead." in words(done)
    world.road.print_queued()
    shown = words(page(app, "apheresis1", f"/orders/{name}/labels"))
    assert f"reprint 1, for …{bag.tail}" in shown
    new = label(world, name, "container", "printed")
    assert (new.replaces, page(app, "apheresis1", address).status_code) == (bag.id, 409)


def test_a_specimen_cannot_be_scanned(app: Flask, world: World) -> None:
    """The picture for the batch record shows the label without a code in it; strangers see none."""
    name = world.order(0, "h3_begin")
    bag = label(world, name, "container", "applied")
    picture = page(app, "apheresis1", f"/orders/{name}/labels/{bag.id}/specimen.png")

    assert picture.mimetype == "image/png"
    assert decode.read(picture.data) == []
    assert page(app, "apheresis1", f"/orders/{name}/labels/000000000001/specimen.png").status_code == 404
    assert page(app, "physician2", f"/orders/{name}/labels/{bag.id}/specimen.png").status_code == 404


def test_templates_are_drafted_submitted_looked_at_and_approved_on_pages(app: Flask, world: World) -> None:
    """Document control drafts and submits, quality sees the proofs and the differences, sends back, and signs."""
    drafted = send(
        app, "documents", "/templates", file=(BytesIO(changed(title="Vial, wider")), "two.json"), why="layout"
    )
    assert "Drafted. Draw its proofs and submit it." in words(drafted)
    new, old = world.database.read(lambda session: template_store.of_name(session, NAME))
    address = f"/templates/{new.sha256[:12]}"
    assert "Submitted." in words(send(app, "documents", f"{address}/submit"))
    assert "Sign and approve" not in page(app, "documents", address).text
    assert "Sign and approve" in page(app, "qa", address).text
    proof = page(app, "qa", f"{address}/proofs/203/least.png")
    assert proof.mimetype == "image/png"
    assert page(app, "qa", f"{address}/proofs/72/least.png").status_code == 404
    diff = words(page(app, "qa", f"/templates/{old.sha256[:12]}/diff/{new.sha256[:12]}"))
    assert "Vial, wider" in diff
    assert "Nothing differs" in words(page(app, "qa", f"/templates/{old.sha256[:12]}/diff/{old.sha256[:12]}"))
    assert "Sent back." in words(send(app, "qa", f"{address}/back", why="proofs"))
    send(app, "documents", f"{address}/submit")
    assert send(app, "qa", f"{address}/approve", secret="wrong-secret-1").status_code == 401
    assert send(app, "qa", f"{address}/approve", secret=PASSWORD, effective="tomorrow").status_code == 422
    assert send(app, "documents", f"{address}/approve", secret=PASSWORD).status_code == 403
    assert "Approved." in words(send(app, "qa", f"{address}/approve", secret=PASSWORD, effective="2026-12-24"))
    listed = words(page(app, "inspector", "/templates"))
    assert "approved, its day is to come" in listed
    assert "in force" in listed
    assert send(app, "qa", f"{address}/retire", secret=PASSWORD, why="").status_code == 422
    assert "Retired." in words(send(app, "qa", f"{address}/retire", secret=PASSWORD, why="faulty"))
    assert send(app, "nurse1", "/templates", file=(BytesIO(changed(3)), "x.json"), why="layout").status_code == 403
    wrong = send(app, "documents", "/templates", file=(BytesIO(b"{}"), "x.json"), why="layout")
    assert (wrong.status_code, "Not a template" in wrong.text) == (422, True)
    assert 'href="/templates"' in page(app, "qa", "/work").text
    assert 'href="/templates"' not in page(app, "nurse1", "/work").text


def test_paper_is_made_read_and_entered_on_pages(app: Flask, world: World) -> None:
    """A pack has its sheet and its code; entered with the bag at hand it is taken, and a second time it is a STOP."""
    name = world.order(0, "h4_end")
    coi = world.road.order(name).coi
    assert "No pack yet" in words(page(app, "apheresis1", f"/orders/{coi}/paper"))
    assert f"/orders/{coi}/paper" in page(app, "apheresis1", f"/orders/{coi}").text
    assert "A new pack is in force." in words(send(app, "apheresis1", f"/orders/{coi}/paper"))
    assert send(app, "inspector", f"/orders/{coi}/paper").status_code == 403
    pack = world.database.read(lambda session: continuity_store.of_order(session, name))[0]
    sheet = words(page(app, "apheresis1", f"/orders/{coi}/paper/{pack.code}"))
    assert pack.code in sheet
    assert "Name, signature, time" in sheet
    reads = decode.read(page(app, "apheresis1", f"/orders/{coi}/paper/{pack.code}/code.png").data)
    assert {scan.data for scan in reads} == {pack.code.encode()}
    assert page(app, "apheresis1", f"/orders/{coi}/paper/PAK-000000000001").status_code == 404

    bag = label(world, name, "container", "applied")
    code = world.road.read_piece(bag, linear=False).data.decode()
    world.road.clock.forward(hours=1)
    form = {"pack": pack.code, "label": code, "did": "Moved to the bench.", **SECOND}
    assert send(app, "apheresis1", f"/orders/{coi}/paper/enter", **form, began="soon").status_code == 422
    zone = world.database.read(lambda session: people.site(session, world.road.sites["collection"]).zone)
    began = (pack.printed_at + timedelta(minutes=5)).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M")
    assert "Entered." in words(send(app, "apheresis1", f"/orders/{coi}/paper/enter", **form, began=began))
    again = send(app, "apheresis1", f"/orders/{coi}/paper/enter", **form, began=began)
    assert (again.status_code, "STOP. The paper does not fit." in again.text) == (409, True)
