"""Make the demo: sites, persons, things, and orders that have lived a month, some refused, one infused."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from coi import identity, ledger, people
from coi.custody.orders import PatientFacts
from coi.demo.cast import ISSUER, PASSWORD, PATIENTS, PEOPLE, SEALS, SITE_OF_THING, SITES, THINGS
from coi.demo.road import Clock, Road
from coi.demo.tags import draw_tag
from coi.equipment import actions as equipment
from coi.people import CONSOLE
from coi.people import actions as staff
from labels.printers import VirtualPrinter

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

    from coi.db import Database

LIVED = timedelta(days=34)
"""How long the demo's first order has lived when it opens."""
TRAINED = timedelta(days=400)

STATIONS = (
    "h2_schedule",
    "h4_end",
    "h5_offer",
    "h7_receive",
    "h9_transfer",
    "h11_release",
    "h13_store",
    "h17_reconcile",
)
"""How far each of the demo's orders has come; the last is infused and closed."""


def patient(number: int) -> PatientFacts:
    """Return the facts of one of the demo's patients."""
    name, born, record = PATIENTS[number]
    return PatientFacts(name, born, ISSUER, record)


def found(database: Database, at: datetime) -> Road:
    """Found the demo's installation: sites, persons with their roles, equipment; return the road that it offers."""
    database.run(lambda session: ledger.found(session, log="demo.invalid/coi", purpose="demo", at=at))
    sites = database.run(lambda session: _sites(session, at))
    persons = database.run(lambda session: _people(session, sites, at))
    things = database.run(lambda session: _things(session, sites, persons, at))
    cast: dict[tuple[str, str], list[str]] = {}
    for one in PEOPLE:
        cast.setdefault((one.role, sites[one.site]), []).append(one.login)
    return Road(
        database=database,
        printer=VirtualPrinter(_tray(database)),
        clock=Clock(at),
        sites={
            "collection": sites["hospital"],
            "treatment": sites["hospital"],
            "manufacturing": sites["factory"],
            "courier": sites["courier"],
        },
        cast=cast,
        persons=persons,
        secret=PASSWORD,
        shippers=things["shipper"],
        suites=things["suite"],
        freezers={sites["factory"]: things["factory_freezer"], sites["hospital"]: things["hospital_freezer"]},
    )


def seed(database: Database, now: datetime | None = None) -> Road:
    """Make the whole demo; its last deed lies a little before *now*."""
    end = now or datetime.now(UTC)
    road = found(database, end - LIVED - timedelta(days=2))
    _tags(road)
    for number, until in reversed(list(enumerate(STATIONS))):
        road.clock.now = max(road.clock.now, end - LIVED + timedelta(days=3 * (len(STATIONS) - number)))
        facts = patient(number)
        name = road.open(facts)
        road.carry(name, until, facts)
        if until == "h7_receive":
            _refused(road, name)
    road.clock.now = end
    return road


def _refused(road: Road, name: str) -> None:
    """Let quality scan the bag of another order: the refusal and its hold stay to be looked at."""
    others = [order for order in road.all_orders() if order.id != name and order.of_kind("drug_product")]
    piece = road.piece(others[0], "container", others[0].of_kind("drug_product")[-1].id, "applied")
    done = road.do(name, "h7_accept", instead={"bag": road.read_piece(piece, linear=False)})
    if done.outcome != "blocked":
        raise AssertionError(f"Expected another order's bag to be refused, seen {done.outcome}.")


def _tray(database: Database) -> Path:
    from coi import settings  # noqa: PLC0415 - the folder is a knob of the installation, not of the demo

    return settings.of_engine(database.engine).data / "tray"


def _sites(session: Session, at: datetime) -> dict[str, str]:
    owner = staff.register_organization(session, name="DEMO organisation", by=CONSOLE, at=at)
    return {
        one.key: staff.register_site(
            session,
            name=one.name,
            kind=one.kind,
            zone=one.zone,
            organization=owner,
            scheme=one.scheme,
            fin=one.fin,
            by=CONSOLE,
            at=at,
        ).id
        for one in SITES
    }


def _people(session: Session, sites: dict[str, str], at: datetime) -> dict[str, str]:
    """Add everybody; the administrators come last, for as soon as there is one the console may not."""
    persons: dict[str, str] = {}
    for one in sorted(PEOPLE, key=lambda person: person.role == "site_admin"):
        person = staff.add_person(session, name=one.name, email=f"{one.login}@demo.example", by=CONSOLE, at=at)
        staff.set_password(session, person, PASSWORD, by=CONSOLE, at=at)
        persons[one.login] = person
        staff.grant(session, person, one.role, sites[one.site], by=CONSOLE, at=at, trained_until=at + TRAINED)
    return persons


def _things(session: Session, sites: dict[str, str], persons: dict[str, str], at: datetime) -> dict[str, list[str]]:
    registrars = {"hospital": persons["admin"], "factory": persons["warehouse"]}
    made: dict[str, list[str]] = {}
    for name, (kind, _, words) in THINGS.items():
        where = SITE_OF_THING[name]
        by = people.person(session, registrars[where])
        for label in words:
            code = str(identity.HouseCode.from_random(kind, secrets.token_bytes))
            equipment.register(
                session,
                code=code,
                kind=kind,
                site=sites[where],
                label=label,
                qualified_until=at + TRAINED,
                by=by,
                at=at,
            )
            made.setdefault(name, []).append(code)
    return made


def _tags(road: Road) -> None:
    """Draw the tags of shippers, places and seals, so that they can be scanned from pictures as well."""
    folder = road.printer.tray / "things"
    words = {
        **dict(zip(road.shippers, THINGS["shipper"][2], strict=True)),
        **dict(zip(road.suites, THINGS["suite"][2], strict=True)),
        **dict(zip(road.freezers[road.sites["manufacturing"]], THINGS["factory_freezer"][2], strict=True)),
        **dict(zip(road.freezers[road.sites["treatment"]], THINGS["hospital_freezer"][2], strict=True)),
    }
    for code, label in words.items():
        draw_tag(folder, code, label)
    for number in range(1, SEALS + 1):
        draw_tag(folder, road.new_seal(), f"Seal {number:02d}")
