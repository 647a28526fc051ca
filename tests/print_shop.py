"""A print shop without patients: one site, its people, one virtual Zebra, and wristband labels that wait for it."""

from __future__ import annotations

import hashlib
import json
import socket
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from coi import ledger, people
from coi.labelling import (
    actions,
    printer_actions,
    printer_store,
    queue_answers,
    queue_store,
    store,
    template_actions,
    template_store,
)
from coi.labelling.claim import NOT_PRINTED
from coi.labelling.drawing import DESIGNS, LabelFacts, payload
from coi.labelling.ordered import facts_sha256
from coi.labelling.worker import Worker
from coi.people import CONSOLE
from coi.people import actions as staff
from coi.settings import Settings
from labels import shipped, zpl
from labels.printers import opened
from migrations.tables import all_tables

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

    from coi.db import Database
    from coi.labelling.printers import Registered
    from coi.labelling.queue_store import Job
    from coi.ledger.entry import Entry
    from coi.person import Person
    from labels.printers import Printer
    from labels.printers.network import VirtualZebra

all_tables()  # a piece names its container's table

PASSWORD = "a-long-Passw0rd"
MODEL = "ZD621-300dpi"
SERIAL = "VZ00000001"
BEGAN = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
PROJECTIONS = (people.PROJECTION, template_store.PROJECTION, store.PROJECTION, printer_store.PROJECTION)


@dataclass(slots=True)
class Shop:
    """One site whose printer is *zebra*."""

    database: Database
    zebra: VirtualZebra
    site: str = ""
    chain: str = ""
    printer: str = ""
    at: datetime = BEGAN
    persons: dict[str, Person] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def now(self) -> datetime:
        """The time; each look at it is a millisecond later."""
        self.at += timedelta(milliseconds=1)
        return self.at

    def later(self, seconds: float) -> None:
        """Let time go by."""
        self.at += timedelta(seconds=seconds)

    def worker(
        self, name: str = "w1", *, database: Database | None = None, small: bool = True, strict: bool = False
    ) -> Worker:
        """Return a worker; *small* draws the serial in a few dots in place of the label."""
        made = Worker(database or self.database, self.line, self.now, name, strict=strict, patience=0.05)
        if small:
            made.draw = dots
        return made

    def line(self, printer: Registered) -> Printer:
        """Open the way to a printer, with little patience."""
        return opened(printer.address, seconds=1.0)

    def register(self, **more: str) -> str:
        """Register the Zebra, or another address or serial."""
        told = {
            "model": more.get("model", MODEL),
            "serial": more.get("serial", SERIAL),
            "stock": more.get("stock", "any"),
        }
        work = partial(printer_actions.register, by=self.persons["admin"], site=self.site, told=told, dpi=300)
        named = partial(work, name=more.get("name", "Room 2"), address=more.get("address", self.zebra.address))
        return self.database.run(partial(named, at=self.now()))

    def ask(self, labels: int = 1) -> list[str]:
        """Ask for so many labels; return their serials."""
        made = [self.database.run(self._intend) for _ in range(labels)]
        self.asked += made
        return made

    def _intend(self, session: Session) -> str:
        piece, at = actions.new_piece(), self.now()
        facts = facts_of(piece)
        stmt = {
            "id": ledger.new_id(),
            "actor": self.persons["user"].id,
            "site": self.site,
            "at": ledger.instant(at),
            "outcome": "accepted",
            "order": "O-1",
            "piece": piece,
            "role": DESIGNS["wristband"].role,
            "design": "wristband",
            "payload_sha256": hashlib.sha256(payload(facts)).hexdigest(),
            "template_sha256": facts.template_sha256,
            "facts_sha256": facts_sha256(facts),
        }
        ledger.record(session, self.chain, "label.intended", stmt, at=at)
        queue_store.queue(
            session, chain=self.chain, piece=piece, order="O-1", site=self.site, stock="", facts=facts.to_json(), at=at
        )
        return piece

    def state(self, piece: str) -> str:
        """The state of a piece."""
        held = self.database.read(lambda session: store.find(session, piece))
        assert held is not None
        return held.state

    def job(self, piece: str) -> Job:
        """The job of a piece."""
        found = self.database.read(lambda session: queue_store.of_piece(session, piece))
        assert found is not None
        return found

    def known(self) -> Registered:
        """The printer as it stands."""
        return self.database.read(lambda session: printer_store.printer(session, self.printer))

    def entries(self, kind: str = "", chain: str = "") -> list[Entry]:
        """The entries of a type, on the order's chain or another."""
        found = self.database.read(lambda session: ledger.entries(session, chain or self.chain))
        return [entry for entry in found if entry.type.startswith(kind)]

    def stops(self) -> list[str]:
        """Why the printer was ever taken out of use, in order."""
        return [str(entry.stmt["why"]) for entry in self.entries("printer.suspended", self.known().chain)]

    def came_out(self) -> list[str]:
        """The serials of the labels that came out whole, in order."""
        whole = [label.zpl for label in self.zebra.labels if not label.cut]
        return [piece for sent in whole for piece in self.asked if sent.strip() in self.bytes_of(piece)]

    def bytes_of(self, piece: str) -> bytes:
        """What ``dots`` draws for a piece."""
        return dots(self.database, facts_of(piece), 300)

    def resume(self, why: str = "examined") -> None:
        """Put the printer back into use."""
        work = partial(printer_actions.resume, printer_id=self.printer, by=self.persons["admin"], why=why)
        self.database.run(partial(work, at=self.now()))

    def power_cycle(self) -> None:
        """Let the printer forget what it holds."""
        with socket.create_connection(("127.0.0.1", self.zebra.port)) as line:
            line.sendall(b"~JA")
            line.shutdown(socket.SHUT_WR)
            while line.recv(64):
                pass

    def answer(self, piece: str, copies: int) -> str:
        """Answer for an uncertain label what somebody sees at the printer, and return the answer."""
        user, at = self.persons["user"], self.now()
        if self.job(piece).why == NOT_PRINTED:
            self.database.run(partial(queue_answers.again, piece=piece, by=user, at=at))
            return "again"
        if copies == 1:
            shown = queue_answers.Shown(
                payload(LabelFacts.from_json(self.job(piece).facts)).decode("ascii"), in_hand=True
            )
            self.database.run(partial(queue_answers.found, piece=piece, by=user, shown=shown, at=at))
            return "found"
        why = "several" if copies else "not_found"
        second = ("second@shop.example", PASSWORD)
        self.database.run(partial(queue_answers.spoil, piece=piece, by=user, why=why, second=second, at=at))
        return why


def facts_of(piece: str) -> LabelFacts:
    """Return what the wristband of a serial says."""
    template = shipped()["wristband"].sha256
    return LabelFacts("wristband", "CHA999026000001", piece, mark="TRAINING", template_sha256=template)


def approve(session: Session, name: str, by: str, at: datetime) -> None:
    """Let a shipped template count, as if somebody had signed it."""
    template = shipped()[name]
    data = json.dumps(template.to_json()).encode("utf-8")
    sha256 = template_actions.draft_at_console(session, data, at)
    stmt = {"id": ledger.new_id(), "actor": by, "at": ledger.instant(at), "outcome": "accepted", "sha256": sha256}
    org = ledger.installation(session).org_chain
    ledger.record(session, org, "template.approved", {**stmt, "effective": ledger.instant(at)}, at=at)


def dots(_database: Database, facts: LabelFacts, _dpi: int) -> bytes:
    """Draw nothing but the serial, a byte a row."""
    rows = [[bool(byte >> bit & 1) for bit in range(8)] for byte in facts.piece.encode()]
    return zpl.written(np.repeat(np.array(rows, dtype=bool), 2, axis=1))


def open_shop(database: Database, zebra: VirtualZebra, folder: Path, purpose: str = "training") -> Shop:
    """Found the installation, and register the printer."""
    Settings(data=folder, purpose="demo", argon2_kib=8, argon2_passes=1).attach(database.engine)
    shop = Shop(database, zebra)
    at = shop.now()
    database.run(lambda session: ledger.found(session, log="shop.invalid/coi", purpose=purpose, at=at))

    def work(session: Session) -> None:
        owner = staff.register_organization(session, name="Shop", by=CONSOLE, at=at)
        site = {"name": "Shop", "kind": "treatment", "zone": "Europe/Berlin", "organization": owner, "scheme": "plain"}
        shop.site = staff.register_site(session, **site, fin=None, by=CONSOLE, at=at).id
        roles = {"user": "collection_operator", "second": "cell_lab", "nobody": "inspector", "admin": "site_admin"}
        for login, role in roles.items():
            person = staff.add_person(session, name=login, email=f"{login}@shop.example", by=CONSOLE, at=at)
            staff.set_password(session, person, PASSWORD, by=CONSOLE, at=at)
            staff.grant(session, person, role, shop.site, by=CONSOLE, at=at, trained_until=at + timedelta(days=400))
            shop.persons[login] = people.person(session, person)
        approve(session, "wristband", shop.persons["admin"].id, at)
        shop.chain = ledger.new_chain(session, "order", "O-1", at=at, by="system")

    database.run(work)
    shop.printer = shop.register()
    return shop
