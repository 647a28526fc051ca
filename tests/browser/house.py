"""A house with the lights on: one founded world, served over HTTP, and a browser with an enrolled station at each site.

What a person does in the browser stands here as a verb; what must then be true stands in the tests.
"""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlalchemy import delete, update
from waitress.server import create_server

from coi import people
from coi.app import create_app
from coi.custody import protocol_register as protocols
from coi.custody import steps
from coi.custody.orders import PatientFacts
from coi.custody.store import station_table
from coi.demo import seed
from coi.demo.cast import PASSWORD
from coi.labelling.tags import tag
from coi.people.accounts import User
from coi.settings import Settings
from tests import chromium
from tests.browser import probes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page
    from sqlalchemy.orm import Session

    from coi.custody.order import Order
    from coi.custody.protocol import Checkpoint, Slot
    from coi.db import Database
    from coi.demo.road import Road
    from coi.person import Person

PROTOCOL = protocols.for_product("CRYO-CAR-T")
STRIDE = timedelta(minutes=7, seconds=10)
"""What the road lets pass at most for a step: its minutes, and a moment for each thing that is scanned and signed."""
PATIENCE = chromium.PATIENCE
"""Milliseconds that a station waits here: longer than an installation may be told, on a machine that tests share."""
STAYS = {"slot_collection": 3, "slot_manufacturing": 5, "slot_infusion": 30}


@dataclass(slots=True)
class House:
    """One served installation."""

    road: Road
    url: str
    opened: dict[str, PatientFacts] = field(default_factory=dict)
    signed_in: str = ""

    def order(self, name: str) -> Order:
        """Return an order as it stands."""
        return self.road.order(name)

    def open(self, until: str | None = None) -> str:
        """Open the order of another invented patient, and carry it up to and with a step without the browser."""
        road = [step.id for step in PROTOCOL.checkpoints if not step.side]
        done = 0 if until is None else road.index(until) + 1
        self.road.clock.now = datetime.now(UTC) - STRIDE * (done + 1)
        self.road.database.run(forget_codes)  # the clock goes back to before codes that a browser has used
        number = len(self.opened) + 1
        facts = PatientFacts(f"Paula Patient {number} (demo)", "1950-05-05", "DEMO-N", f"{300_000 + number}")
        name = self.road.open(facts)
        self.opened[name] = facts
        if until is not None:
            self.road.carry(name, until, facts)
        assert self.road.clock.now < datetime.now(UTC)  # what the server does next comes after it
        return name

    def who(self, name: str, step: Checkpoint) -> str:
        """Return the login that does a step of an order, at the site where it happens."""
        site = self.order(name).site(step.site)
        return next(self.road.cast[role, site][0] for role in step.roles if (role, site) in self.road.cast)

    def clear(self) -> None:
        """Take from everybody's hands what another test left there: a step half done, a verdict that still stands."""
        self.road.database.run(lambda session: session.execute(delete(station_table)))

    def sign_in(self, page: Page, login: str) -> None:
        """Come in as *login*, going out first as whoever was in."""
        self.door(page)
        page.fill("#login", f"{login}@demo.example")
        page.fill("#password", PASSWORD)
        page.click("form button")
        page.wait_for_url(lambda url: urlsplit(url).path == "/work")  # the door's own address may end with next=/work
        self.signed_in = login

    def door(self, page: Page) -> None:
        """Go to the door, out of what whoever was in had open."""
        page.goto(f"{self.url}/work")
        if urlsplit(page.url).path != "/sign-in":
            page.click("text=Sign out")
            page.wait_for_url(lambda url: urlsplit(url).path == "/sign-in")
        page.wait_for_selector("html[data-ready=door]")

    def enrol(self, page: Page) -> None:
        """Propose this browser at each site; in a demo it is qualified at once."""
        for login in ("coordinator", "warehouse", "courier"):
            self.sign_in(page, login)
            page.goto(f"{self.url}/devices")
            page.wait_for_selector("html[data-ready=devices]")
            page.fill("#label", f"Station of {login}")
            page.click("text=Propose this device")
            page.wait_for_selector(f"[data-device-words]:has-text('Station of {login}'):has-text('qualified')")

    def station(self, page: Page, name: str | None = None, step: str | None = None) -> None:
        """Open the station, at a step where one is named."""
        page.goto(f"{self.url}/station" + (f"?order={name}&step={step}" if name else ""))
        page.wait_for_selector("html[data-ready=station]")

    def do(self, page: Page, name: str, step: Checkpoint, instead: Mapping[str, Path] | None = None) -> str:
        """Do one step as its person does: scan every code from its picture, state, sign; return the word shown."""
        if "trace_read" in step.checks:
            self.road.clock.now = datetime.now(UTC)
            self.road.hand_in_traces(self.order(name))
        self.sign_in(page, self.who(name, step))
        self.station(page, name, step.id)
        self.scan_all(page, name, step, instead or {})
        if page.query_selector(".gate"):
            self.state(page, name, step)
        if page.query_selector(".sign"):
            self.sign(page, *self.signers(name, step))
        return self.word(page)

    def scan_all(self, page: Page, name: str, step: Checkpoint, instead: Mapping[str, Path]) -> None:
        """Scan what every slot of a step wants, until there is a verdict; the bar code stands in the same picture."""
        number = 0
        for slot in step.slots:
            if slot.optional or slot.symbol == "linear":
                continue
            given = instead.get(slot.name)
            for picture in [given] if given else self.pictures(name, slot, step):
                number += 1
                self.scan(page, picture, number)
            if page.query_selector(".verdict"):
                break

    def scan(self, page: Page, picture: Path, number: int) -> None:
        """Scan what is on a picture; *number* says how many things are then scanned at least."""
        page.evaluate(probes.BEFORE)
        page.set_input_files("#picture", picture)
        page.wait_for_function(probes.SCANNED, arg=number)

    def state(self, page: Page, name: str, step: Checkpoint) -> None:
        """Type what a step asks for, and confirm."""
        for value in step.values:
            place = f"[name={value.name}]"
            match value.type:
                case "yes":
                    page.check(place)
                case "identity" | "spoken":
                    facts = self.opened[name]
                    page.fill("[name=patient_name]", facts.name)
                    page.fill("[name=patient_birth_date]", facts.birth_date)
                    if page.query_selector("[name=patient_record_number]"):
                        page.fill("[name=patient_issuer]", facts.issuer)
                        page.fill("[name=patient_record_number]", facts.record_number)
                case "choice":
                    page.check(f"{place}[value={(value.good or value.choices)[0]!r}]")
                case "site":
                    page.check(f"{place}[value={self.road.other_hospital!r}]")
                case "tail":
                    page.fill(place, (self.order(name).coi or "")[-4:])
                case "piece":
                    page.fill(place, self.road.own_piece(self.order(name)))
                case "date":
                    day = datetime.now(UTC).date() + timedelta(days=STAYS.get(value.name, 3))
                    page.fill(place, day.isoformat())
                case _:
                    page.fill(place, "120")
        page.click("button:has-text('Confirm')")
        page.wait_for_function(probes.ANSWERED)

    def signers(self, name: str, step: Checkpoint) -> list[str]:
        """Return the logins that sign a step: who is signed in, then others who may."""
        order = self.order(name)
        deed = replace(self.road.actor(order, step), by=self.person(self.signed_in))
        return self.road.signers(order, step, deed)

    def person(self, login: str) -> Person:
        """Return the person of a login."""
        return self.road.database.read(lambda session: people.person(session, self.road.persons[login]))

    def sign(self, page: Page, *logins: str) -> None:
        """Give the signatures that the panel asks for: the first is who is signed in."""
        assert logins[0] == self.signed_in
        for number, login in enumerate(logins, start=1):
            if page.query_selector(f"#login-{number}"):
                page.fill(f"#login-{number}", f"{login}@demo.example")
            page.fill(f"#secret-{number}", PASSWORD)
            if page.query_selector(f"#code-{number}"):
                page.fill(f"#code-{number}", self.code(login))
        page.click(".sign button:has-text('Sign')")
        page.wait_for_function(probes.JUDGED)

    def code(self, login: str) -> str:
        """Return what a telephone shows now; within the same half minute it is good for another test as well."""
        self.road.clock.now = datetime.now(UTC)  # a telephone shows the server's time
        self.road.database.run(forget_codes)
        return self.road.code(login)

    def word(self, page: Page) -> str:
        """Wait for the word that fills the screen; a GO that has gone by itself meanwhile counts once."""
        return str(page.wait_for_function(probes.WORD).json_value())

    def pictures(self, name: str, slot: Slot, step: Checkpoint) -> list[Path]:
        """Return every picture that a slot wants: each bag of a slot that wants them all."""
        if not slot.many:
            return [self.picture(name, slot, step)]
        self.road.print_queued()
        order = self.order(name)
        waiting = steps.waiting(step, slot, order)
        return [self.road.picture(self.road.piece(order, "container", held.id, slot.piece)) for held in waiting]

    def picture(self, name: str, slot: Slot, step: Checkpoint) -> Path:
        """Return the picture that a slot of this order wants: a printed label, or the tag of a thing."""
        self.road.print_queued()
        order = self.order(name)
        if slot.klass == "wristband":
            return self.road.picture(self.road.piece(order, "wristband", None, slot.piece))
        if slot.klass in {"container", "cassette"}:
            held = self.road.container(order, slot, step)
            return self.road.picture(self.road.piece(order, slot.klass, held.id, slot.piece))
        code = self.road.scan_for(order, slot, step).data.decode("ascii")
        return self.card(code, slot.name)

    def card(self, code: str, label: str) -> Path:
        """Return the picture of the tag of a thing, or of a command card."""
        path = self.road.printer.tray / "things" / f"{code}.png"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(tag(code, label, "DEMO").png())
        return path


def forget_codes(session: Session) -> None:
    """Let everybody's telephone count from the beginning again."""
    session.execute(update(User).values(totp_counter=None))


def serve(database: Database, folder: Path, days: int = 1) -> Iterator[House]:
    """Found a world so many days ago, serve it on a free port of this machine, and stop at the end."""
    settings = Settings(data=folder, purpose="demo", argon2_kib=8, argon2_passes=1)
    settings = settings.model_copy(update={"station_patience_ms": PATIENCE})
    settings.attach(database.engine)
    road = seed.found(database, datetime.now(UTC) - timedelta(days=days))
    app = create_app(settings, database=database)
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield House(road, f"http://127.0.0.1:{server.effective_port}")
    finally:
        server.close()
        server.task_dispatcher.shutdown()
        thread.join(timeout=5)


@contextlib.contextmanager
def browser(house: House) -> Iterator[BrowserContext]:
    """A Chromium whose key is qualified at every site of an installation."""
    with chromium.browser() as context:
        context.add_init_script(probes.WATCH)
        page = context.new_page()
        house.enrol(page)
        page.close()
        yield context
