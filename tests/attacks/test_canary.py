"""Nothing of a patient, and no secret or name of staff, is found where it must not be: every place is searched.

Two orders are carried, mixed up, refused, mistyped and asked for over the web; the names, birth dates, record numbers,
logins, passwords and badges in it are the canaries.
"""

from __future__ import annotations

import re
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

import labels
from coi.app import PROJECTIONS
from coi.custody import actions, orders
from coi.db import metadata
from coi.demo.cast import ISSUER, PATIENTS, PEOPLE
from coi.errors import CoiError
from coi.identity.badge import Badge
from coi.labelling import drawing
from coi.labelling import store as pieces
from coi.ledger.store import ledger_entry
from coi.people import actions as staff
from coi.people import signatures
from scanners import decode
from tests import programs
from tests.canaries import sings

if TYPE_CHECKING:
    from collections.abc import Callable

    from labels import Label, Record, Template
    from tests.journeys import Story
    from tests.moments import MakeStory

BADGE = Badge.from_random(b"canarybird")
STORES = {
    "people_account": "login and e-mail",
    "people_name": "names of staff, sites and devices",
}
"""The tables that may hold a canary in the clear; each is a store of docs/stores.md. Patients' data stand in none."""


def of_patients() -> set[str]:
    """Return what identifies the patients."""
    found: set[str] = set()
    for name, born, record in PATIENTS[:3]:
        found |= {name, born, record, *name.replace("(demo)", "").split(), f"{ISSUER} {record}"}
    return found


def of_staff(story: Story) -> set[str]:
    """Return names, addresses and secrets of staff."""
    named = {text for one in PEOPLE for text in (one.name, one.name.split(" Example")[0] + " Example")}
    return named | {f"{one.login}@demo.example" for one in PEOPLE} | {story.world.road.secret, str(BADGE)}


def live(story: Story) -> list[Exception]:
    """Do what people do wrong, with canaries in their hands; return the errors they were told."""
    world, road, name = story.world, story.world.road, story.name
    facts = world.patient(0)
    told: list[Exception] = []

    def fails(work: Callable[[], object]) -> None:
        with pytest.raises((CoiError, ValueError)) as error:
            work()
        told.append(error.value)

    nurse = road.persons["nurse1"]
    one, two = road.persons["admin"], road.persons["factoryadmin"]
    admins: dict[str, Any] = {"by": one, "approved_by": two, "at": road.clock()}
    world.database.run(lambda session: staff.set_badge(session, nurse, BADGE, **admins))
    fails(lambda: road.open(facts))
    fails(lambda: road.open(replace(facts, name=world.patient(1).name)))
    fails(lambda: road.open(replace(facts, birth_date="yesterday")))
    fails(lambda: road.open(replace(facts, record_number="")))
    third = road.open(world.patient(2))
    wrong = road.do(third, "h1_submit", patient=facts)
    assert wrong.outcome == "blocked"
    road.carry(third, "h1_submit", world.patient(2))
    typed = road.do(third, "h2_schedule", values={"slot_collection": facts.name, facts.name: "2026-12-01"})
    assert typed.outcome == "blocked"
    ward = road.deed("ward_nurse", road.sites["treatment"])
    order = road.order(name)
    card = world.database.run(lambda session: orders.patient_card(session, ward, order, "h16_start"))
    assert card["name"] == facts.name
    band = road.read_piece(road.piece(order, "wristband", None, "applied"), linear=False)
    for data in (f"{facts.name} {facts.birth_date}".encode(), str(BADGE).encode(), facts.record_number.encode()):
        done = road.do(third, "h2_print", instead={})
        scans = [replace(band, data=data, at=road.clock())]
        deed = road.deed("collection_operator", road.sites["collection"])
        outcome = world.database.run(
            partial(actions.attempt, deed=deed, order_id=story.other, checkpoint="h4_end", scans=scans, values={})
        )
        assert outcome.outcome == "blocked"  # type: ignore[union-attr]
        assert done.outcome == "blocked"
    stmt = {"id": "x", "site": road.sites["treatment"], "actor": nurse}
    wait = world.database.run(
        lambda session: signatures.prepare(session, stmt, "approved", (frozenset({"ward_nurse"}),), road.clock())
    )
    for login, secret in ((road.login("nurse1"), "guess"), (facts.name, road.secret), (str(BADGE), "guess")):
        sign = partial(signatures.sign, prepared_id=wait.id, login=login, secret=secret, at=road.clock())
        fails(partial(world.database.run, sign))
    return told


def served(story: Story) -> list[str]:
    """Ask the pages and the API, rightly and wrongly; return the bodies of what they refused."""
    town = programs.serve(story.world)
    town.app.extensions["coi_logins"] = tuple  # the door of a demo prints its logins; this one does not
    facts = story.world.patient(0)
    town.browser("nurse1@demo.example")
    browser = town.browser("physician@demo.example")
    mark = browser.headers["X-CSRFToken"]
    person = {"name": facts.name, "birth_date": facts.birth_date, "issuer": facts.issuer}
    wish = {"patient": {**person, "record_number": facts.record_number}, "product": facts.name}
    coordinator = town.program("coordinator", "treatment")
    # What was typed as a login stands in its field again, for who typed it; the log must not have it.
    browser.client.post("/sign-in", data={"csrf_token": mark, "login": facts.name, "password": facts.birth_date})
    replies = [
        coordinator.post("/orders", wish),
        coordinator.post("/orders", {**wish, "product": "CRYO-CAR-T"}),
        coordinator.post("/orders", {"patient": {"name": [facts.name]}}),
        coordinator.get(f"/orders/{facts.record_number}"),
        coordinator.post(f"/orders/{story.name}/checkpoints/h99", {"values": {"volume": facts.name}}),
        browser.client.get(f"/orders/{facts.record_number}"),
        browser.client.get("/ledger"),
        browser.client.get(f"/orders/{story.name}"),
    ]
    told = [reply.get_data(as_text=True) for reply in replies if reply.status_code >= 400]
    assert len(told) >= 5
    return told


def test_no_canary_sings(after: MakeStory, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    """Not in an entry, a projection, an error, a problem document, a log line or a label."""
    caplog.set_level("DEBUG")
    story = after("h16_start")
    patients, staff_ = of_patients(), of_staff(story)

    errors = live(story)
    problems = served(story)

    log = "\n".join([*capfd.readouterr(), *(f"{one.getMessage()} {one.args}" for one in caplog.records)])
    assert '"event": "request"' in log
    places = {"log": log, "errors": "\n".join(f"{one!s} {one!r}" for one in errors), "problems": "\n".join(problems)}
    database = story.world.database
    bodies = database.read(lambda session: session.scalars(select(ledger_entry.c.body)).all())
    places["ledger"] = b"\n".join(bodies).decode()
    for place, text in places.items():
        for canary in sorted(patients | staff_):
            assert not sings(canary, text), f"{canary!r} in the {place}"


def test_tables_hold_canaries_only_in_the_stores_that_say_so(after: MakeStory) -> None:
    """Patients' data stand in no table in the clear, staff's only in two stores, and no projection holds any."""
    story = after("h16_start")
    live(story)
    patients, staff_ = of_patients(), of_staff(story)
    projected = {table.name for projection in PROJECTIONS for table in projection.tables}
    page = (Path(__file__).parents[2] / "docs" / "stores.md").read_text(encoding="utf-8")

    def text(name: str) -> str:
        rows = story.world.database.read(lambda session: session.execute(select(metadata.tables[name])).all())
        return "\n".join(
            " ".join(cell.decode("latin-1") if isinstance(cell, bytes) else str(cell) for cell in row) for row in rows
        )

    secrets = {story.world.road.secret, str(BADGE)}
    for name in metadata.tables:
        held = text(name)
        for canary in sorted(patients):
            assert not sings(canary, held), f"{canary!r} in {name}"
        for canary in sorted(secrets if name in STORES else staff_):
            assert not sings(canary, held), f"{canary!r} in {name}"
    assert not projected & set(STORES)
    assert all(f"`{name}`" in page for name in STORES)


def test_no_label_of_the_manufacture_names_a_patient(
    after: MakeStory, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Neither what a decoder reads from the pictures in the tray nor any word that is drawn."""
    story = after("h16_start")
    road, canaries = story.world.road, of_patients() | of_staff(story)
    drawn: list[Label] = []

    def compose(template: Template, record: Record, dpi: int = 300) -> Label:
        drawn.append(composed(template, record, dpi))
        return drawn[-1]

    composed = labels.compose
    monkeypatch.setattr(labels, "compose", compose)
    third = road.open(story.world.patient(2))
    road.carry(third, "h10_print", story.world.patient(2))

    read = [scan.data for picture in road.printer.tray.glob("*.png") for scan in decode.read(picture.read_bytes())]
    words = [repr(part) for label in drawn for part in (*label.puts, label.record)]
    named = [path.name for path in road.printer.tray.iterdir()]

    made = story.world.database.read(lambda session: pieces.of_order(session, third))
    assert len(drawn) == len(made) == 6
    assert len(read) >= 2 * len(made)
    assert any("FOR AUTOLOGOUS USE ONLY" in word for word in words)
    for text in (*words, *named, *(data.decode("latin-1") for data in read)):
        for canary in canaries:
            assert not sings(canary, text), (canary, text)
    assert not list(tmp_path.iterdir())


def test_a_label_knows_no_field_of_a_person() -> None:
    """The facts of a label have no place for a name, a birth date or a record number."""
    names = " ".join(field.name for field in fields(drawing.LabelFacts))

    assert not re.search(r"patient|birth|record|person|issuer|login|mail", names)
