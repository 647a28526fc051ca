"""Make the demo: sites, persons, things, and orders that have lived a month, some refused, one infused."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from coi import identity, ledger, people
from coi.custody import protocol_actions, protocol_check
from coi.custody import protocol_register as protocols
from coi.custody.deed import Deed
from coi.custody.orders import PatientFacts
from coi.demo.cast import ISSUER, ON_CALL, PASSWORD, PATIENTS, PEOPLE, SEALS, SITE_OF_THING, SITES, THINGS
from coi.demo.road import Clock, Road
from coi.equipment import actions as equipment
from coi.equipment import store
from coi.labelling import printer_actions, template_actions
from coi.labelling.printers import ANY_STOCK, CHECKS
from coi.labelling.tags import DRAWINGS, tag
from coi.labelling.template_actions import OF_ORDERS
from coi.people import CONSOLE, factors
from coi.people import actions as staff
from coi.people.on_call_actions import put_on_call
from coi.people.on_call_rules import LONGEST
from labels.printers import VirtualPrinter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from sqlalchemy.orm import Session

    from coi.db import Database
    from coi.equipment.register import Equipment

LIVED = timedelta(days=45)
"""How long before now the demo's installation was founded."""
TRAINED = timedelta(days=400)
PRODUCT = "CRYO-CAR-T"

STATIONS = (
    "h2_schedule",
    "h4_end",
    "h5_offer",
    "h7_receive",
    "h7_receive",
    "h9_transfer",
    "h11_release",
    "h13_store",
    "h17_reconcile",
)
"""How far each of the demo's orders has come; the last is infused and closed."""
REFUSED, HELD = 3, 4
"""The order at which another patient's bag was scanned, and the one that came without temperature data."""

WALK = timedelta(minutes=7)
"""What the road lets pass after each deed."""

PAUSES = {
    "h2_schedule": timedelta(hours=2),
    "h2_print": timedelta(days=2),
    "h4_end": timedelta(hours=4),
    "h5_pack": timedelta(hours=1),
    "h7_deliver": timedelta(hours=9),
    "h7_accept": timedelta(hours=2),
    "h8_start": timedelta(hours=14),
    "h10_print": timedelta(days=9),
    "h11_qc": timedelta(days=5),
    "h11_release": timedelta(days=2),
    "h12_pack": timedelta(days=1),
    "h13_deliver": timedelta(hours=10),
    "h14_ready": timedelta(days=3),
    "h14_retrieve": timedelta(hours=2),
    "h17_end": timedelta(minutes=40),
    "h17_reconcile": timedelta(hours=3),
}
"""How long people take before a step; ten minutes before every other."""


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
    database.run(lambda session: _on_call(session, sites, persons, at))
    database.run(lambda session: _protocols(session, sites["factory"], persons, at))
    database.run(lambda session: _templates(session, sites["factory"], persons, at))
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
            "depot": sites["depot"],
        },
        cast=cast,
        persons=persons,
        secret=PASSWORD,
        shippers=things["shipper"],
        suites=things["suite"],
        other_hospital=sites["south"],
        freezers={
            sites["factory"]: things["factory_freezer"],
            sites["hospital"]: things["hospital_freezer"],
            sites["south"]: things["south_freezer"],
        },
        benches={
            sites["factory"]: things["factory_bench"],
            sites["hospital"]: things["hospital_bench"],
            sites["south"]: things["south_bench"],
        },
        machines={
            "separator": {sites["hospital"]: things["separator"]},
            "bath": {sites["hospital"]: things["bath"], sites["south"]: things["south_bath"]},
        },
        kits=things["kit"],
        loggers=things["logger"],
    )


def seed(database: Database, now: datetime | None = None) -> Road:
    """Make the whole demo; the newest deed of each order lies half an hour to an hour before *now*."""
    end = now or datetime.now(UTC)
    road = found(database, end - LIVED)
    site, began = road.sites["manufacturing"], end - LIVED
    database.run(lambda session: _templates(session, site, road.persons, began, DRAWINGS))
    _tags(road)
    names: dict[int, str] = {}
    for at, number, step in _calendar(end):
        road.clock.now = max(road.clock.now, at)
        if number not in names:
            names[number] = road.open(patient(number))
        answers = {"condition": "no_data"} if (number, step) == (HELD, "h7_receive") else None
        done = road.do(names[number], step, patient=patient(number), values=answers)
        if done.outcome == "blocked":
            raise AssertionError(f"{step}: expected it to be done, seen {done.reasons}.")
        road.clock.now -= WALK  # the people of other orders were at work meanwhile
    _refused(road, names[REFUSED])
    road.clock.now = end
    _printers(road)
    return road


def _printers(road: Road) -> None:
    """Register the virtual printer at each site that prints, qualify it, and do today's check."""
    seen = road.printer.identity()
    told = {"model": seen.model, "serial": seen.serial, "stock": ANY_STOCK} if seen else {}
    results = {str(number): "pass" for number in range(1, printer_actions.SHEET + 1)}
    admins = {site: login for (role, site), (login, *_) in road.cast.items() if role == "site_admin"}
    for site, login in sorted(admins.items()):
        by = road.database.read(partial(people.person, person_id=road.persons[login]))
        at, kept = road.clock(), road.clock() + TRAINED
        register = partial(
            printer_actions.register, by=by, site=site, address="virtual:tray", told=told, dpi=300, at=at
        )
        made = road.database.run(partial(register, name="Label printer"))
        sign = (road.login(login), road.secret)
        qualify = partial(
            printer_actions.qualify, printer_id=made, by=by, results=results, until=kept, sign=sign, at=at
        )
        road.database.run(qualify)
        good = dict.fromkeys(CHECKS, "yes")
        road.database.run(partial(printer_actions.check, printer_id=made, by=by, answers=good, at=at))


def _calendar(end: datetime) -> list[tuple[datetime, int, str]]:
    """Return every step of every order with its time, the oldest first: chains shared by orders must run forward."""
    steps = [step.id for step in protocols.for_product(PRODUCT).checkpoints if not step.side]
    calendar = []
    for number, until in enumerate(STATIONS):
        at = end - timedelta(minutes=30 + 4 * number)
        for step in reversed(steps[: steps.index(until) + 1]):
            calendar.append((at, number, step))
            at -= PAUSES.get(step, timedelta(minutes=10))
    return sorted(calendar)


def _refused(road: Road, name: str) -> None:
    """Let quality scan the bag of another order: the refusal stays to be looked at."""
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
    """Add everybody at the console and give the roles; administrators make each other, as in any installation."""
    persons: dict[str, str] = {}
    for one in PEOPLE:
        person = staff.add_person(session, name=one.name, email=f"{one.login}@demo.example", by=CONSOLE, at=at)
        staff.set_password(session, person, PASSWORD, by=CONSOLE, at=at)
        persons[one.login] = person
    grant = partial(staff.grant, session, at=at, trained_until=at + TRAINED)
    for one in PEOPLE:
        if not one.role.endswith("_admin"):
            grant(persons[one.login], one.role, sites[one.site], by=CONSOLE)
            factors.enrol_in_demo(session, persons[one.login], at)
    first, *others = [one for one in PEOPLE if one.role.endswith("_admin")]
    grant(persons[first.login], first.role, sites[first.site], by=CONSOLE)
    approver = None
    for one in others:
        grant(persons[one.login], one.role, sites[one.site], by=persons[first.login], approved_by=approver)
        approver = persons[one.login]
    return persons


def _protocols(session: Session, site: str, persons: dict[str, str], at: datetime) -> None:
    """Let document control propose the shipped protocols, and quality approve each by signature."""
    writer, reviewer = (Deed(people.person(session, persons[login]), site, at) for login in ("documents", "qa"))
    for data in protocol_check.shipped_bytes().values():
        sha256 = protocol_actions.propose(session, writer, data)
        protocol_actions.approve(session, reviewer, sha256, "qa@demo.example", PASSWORD)


def _templates(
    session: Session, site: str, persons: Mapping[str, str], at: datetime, names: Iterable[str] = OF_ORDERS
) -> None:
    """Let document control submit shipped label templates with their proofs, and quality approve each."""
    writer, reviewer = (people.person(session, persons[login]) for login in ("documents", "qa"))
    for data in template_actions.shipped(names):
        sha256 = template_actions.draft(session, writer, site, data, "first", at=at)
        template_actions.submit(session, writer, site, sha256, at=at)
        template_actions.approve(session, reviewer, site, sha256, at, ("qa@demo.example", PASSWORD), at=at)


def _on_call(session: Session, sites: dict[str, str], persons: dict[str, str], at: datetime) -> None:
    """Put quality on call for the first quarter."""
    cast = {one.login: one for one in PEOPLE}
    for login, admin, contact in ON_CALL:
        role, site = cast[login].role, sites[cast[login].site]
        span = (at, at + LONGEST)
        put_on_call(session, site, persons[login], role, span, contact, by=persons[admin], at=at)


def _things(session: Session, sites: dict[str, str], persons: dict[str, str], at: datetime) -> dict[str, list[str]]:
    registrars = {"hospital": persons["admin"], "factory": persons["warehouse"], "south": persons["southadmin"]}
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
    for site in sorted({*road.sites.values(), road.other_hospital}):
        for thing in road.database.read(partial(things_at, site=site)):
            _lay(folder, thing.code, thing.label)
    fresh = [road.new_seal() for _ in range(SEALS)]
    for number, code in enumerate(fresh, start=1):
        _lay(folder, code, f"Seal {number:02d}")
    road.seals = fresh


def things_at(session: Session, site: str) -> tuple[Equipment, ...]:
    """Return what a site registered."""
    return store.at_site(session, site)


def _lay(folder: Path, code: str, label: str) -> None:
    """Lay the picture of a thing's tag into the tray."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{label.replace(' ', '-')}.png").write_bytes(tag(code, label, "DEMO").png())
