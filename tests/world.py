"""A small world to tell stories in: one hospital, one factory, one courier, their people, and real printed labels.

The rules, actions, tables and labels are the product's own; only the clock is simulated and the passwords are cheap.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coi.app import PROJECTIONS
from coi.custody import actions, endings, printing
from coi.db import metadata
from coi.demo import seed
from coi.demo.road import Clock
from coi.labelling import store as pieces
from coi.ledger import audit
from coi.people import actions as staff
from coi.quality import store as quality
from coi.settings import Settings
from labels.printers import VirtualPrinter
from tests import postgres

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coi.custody.deed import Deed, Done
    from coi.custody.orders import PatientFacts
    from coi.custody.reading import Scanned
    from coi.db import Database
    from coi.demo.road import Road
    from coi.labelling.pieces import Piece
    from coi.ledger.entry import Entry

BASIS = "scan_of_another_by_mistake"
GTIN = "09506000134390"
"""The article number of the hospital's bags, where it labels by GS1."""
BEGAN = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
"""A Monday morning, when every story begins."""


@dataclass(slots=True)
class World:
    """One installation with its road."""

    database: Database
    road: Road

    def patient(self, number: int) -> PatientFacts:
        """Return the facts of one of the invented patients."""
        return seed.patient(number)

    def order(self, number: int = 0, until: str | None = None) -> str:
        """Open the order of a patient and carry it up to and with *until*."""
        name = self.road.open(self.patient(number))
        if until is not None:
            self.road.carry(name, until, self.patient(number))
        return name

    def label_by(self, scheme: str) -> None:
        """Let the hospital label by another scheme: one administrator asks, another approves."""
        by, second = (self.road.persons[login] for login in ("sysadmin", "admin"))
        change = partial(
            staff.change_labels,
            site=self.road.sites["collection"],
            scheme=scheme,
            by=by,
            approved_by=second,
            at=self.road.clock(),
            gtin=GTIN if scheme == "gs1" else None,
            fin="A9990" if scheme == "isbt128" else None,
        )
        self.database.run(change)

    def lift_holds(self) -> int:
        """Let quality lift every open hold; return how many there were."""
        holds = self.database.read(quality.open_holds)
        for hold in holds:
            order = self.road.order(hold.order)
            deed = self.road.deed("qa_reviewer", order.site("manufacturing"))
            login = self.road.login(self.road.cast["qa_reviewer", deed.site][0])
            lift = partial(
                actions.lift_hold, deed=deed, hold_id=hold.id, basis=BASIS, login=login, secret=self.road.secret
            )
            self.database.run(lift)
        return len(holds)

    def reprint(self, name: str, piece: Piece, why: str = "damaged", fate: str = "destroyed") -> Piece:
        """Have a label printed again where its thing is, and return the new one.

        Near the patient, two persons and quality establish first whose the bag is.
        """
        order = self.road.order(name)
        held = None if piece.container is None else order.container(piece.container)
        point = order.site("collection") if held is None else held.custodian or order.site("collection")
        site, _, unit = point.partition("/")
        if held is not None and held.kind == "drug_product" and held.state in printing.FILLED:
            self.road.do(name, f"r9_{unit or 'manufacturing'}")
        role = next((role for role in printing.REPRINTERS if (role, site) in self.road.cast), None)
        if role is None:  # a courier prints nothing: it is done where the shipper is going
            site = order.site("manufacturing" if order.lot is None else "treatment")
            role = next(role for role in printing.REPRINTERS if (role, site) in self.road.cast)
        deed = self.road.deed(role, site)
        auths = self.two(deed)
        self.database.run(lambda session: printing.reprint(session, deed, name, piece.id, why, fate, auths))
        self.road.print_queued()
        found = self.database.read(lambda session: pieces.of_order(session, name))
        return next(new for new in found if new.replaces == piece.id)

    def two(self, deed: Deed) -> list[tuple[str, str]]:
        """Return the login and secret of who does a deed, and of somebody beside who may witness it."""
        by_id = {person: login for login, person in self.road.persons.items()}
        own = by_id[deed.by.id]
        roles = sorted(endings.WITNESSES)
        beside = [login for role in roles for login in self.road.cast.get((role, deed.site), ()) if login != own]
        return [(self.road.login(login), self.road.secret) for login in (own, beside[0])]

    def their_container(self, name: str, kind: str = "drug_product", *, linear: bool = False) -> Scanned:
        """Return the scan of the newest container of a kind of an order."""
        order = self.road.order(name)
        return self.road.read_piece(
            self.road.piece(order, "container", order.of_kind(kind)[-1].id, "applied"), linear=linear
        )

    def last(self, name: str, kind: str) -> Entry:
        """Return the newest entry of a type on an order's chain."""
        return [entry for entry in self.road.entries(name) if entry.type == kind][-1]

    def codes(self, done: Done) -> set[str]:
        """Return the reason codes of an answer."""
        return {reason.code for reason in done.reasons}

    def is_whole(self) -> None:
        """Assert what holds after every story: the ledger verifies, and every table rebuilds byte for byte."""
        report = self.database.read(audit.fsck)
        assert report.ok, report.faults
        assert list(audit.rebuild_check(self.database, PROJECTIONS)) == []


def make(database: Database, folder: Path) -> World:
    """Return a world on an empty database: founded once in a run, since founding takes longer than most tests; copied.

    The first of its kind is founded where it was asked for and kept; every other one begins as its copy, with its keys.
    """
    settings(folder).attach(database.engine)
    known = (database.is_sqlite, frozenset(metadata.tables))
    if database.projections != PROJECTIONS:
        return World(database, seed.found(database, BEGAN))
    if known not in _KEPT:
        road = seed.found(database, BEGAN)
        _KEPT[known] = _kept(road, folder)
        return World(database, road)
    return World(database, _KEPT[known].again(database, folder))


@dataclass(frozen=True, slots=True)
class Kept:
    """A founded database, the keys it was founded with, and the road that was laid in it."""

    source: bytes | str
    """The bytes of the file, or the URL of the copy from which others are made."""
    keys: Mapping[str, bytes]
    road: Road

    def again(self, database: Database, folder: Path) -> Road:
        """Put the founded database in the place of an empty one, and return its road."""
        database.dispose()
        if isinstance(self.source, bytes):
            Path(str(database.url.database)).write_bytes(self.source)
        else:
            postgres.replace(database.url.render_as_string(hide_password=False), template=self.source)
        place = folder / "keys"
        place.mkdir(mode=0o700, exist_ok=True)
        for name, key in self.keys.items():
            (place / name).touch(mode=0o600)
            (place / name).write_bytes(key)
        return replace(
            self.road,
            database=database,
            printer=VirtualPrinter(folder / "tray"),
            clock=Clock(BEGAN),
            reads={},
            seals=[],
        )


_KEPT: dict[tuple[bool, frozenset[str]], Kept] = {}


def _kept(road: Road, folder: Path) -> Kept:
    """Keep what was just founded; nobody is connected while it is copied."""
    road.database.dispose()
    url = road.database.url
    source: bytes | str
    if road.database.is_sqlite:
        source = Path(str(url.database)).read_bytes()
    else:
        source = postgres.new_database(template=url.render_as_string(hide_password=False))
    keys = {file.name: file.read_bytes() for file in sorted((folder / "keys").iterdir())}
    return Kept(source, keys, replace(road))


def settings(folder: Path) -> Settings:
    """Return the settings of a world: cheap passwords, and its keys and its tray in *folder*."""
    return Settings(data=folder, purpose="demo", argon2_kib=8, argon2_passes=1)


def said(entry: Entry) -> dict[str, Any]:
    """Return what an entry says, as plain data."""
    return dict(entry.stmt)
