"""What the tests of the API ask, and who asks it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from coi import ledger, people
from coi.people import actions as staff
from tests import programs
from tests.programs import entered, key, problem, sent

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tests.programs import Program, Programs

BOTH = pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"])
SUBMIT = "/orders/{}/checkpoints/h1_submit"
SCHEDULE = "/orders/{}/checkpoints/h2_schedule"
SLOTS = {"slot_collection": "2026-11-09", "slot_manufacturing": "2026-11-12", "slot_infusion": "2026-12-10"}


def patient(town: Programs, number: int = 0) -> dict[str, str]:
    """Return what identifies an invented patient, as a program sends it."""
    return entered(town.world.patient(number))


def wish(town: Programs, number: int = 0) -> dict[str, Any]:
    """Return an order as a coordinator's program sends it."""
    parts = {part: town.site(part) for part in ("collection", "manufacturing", "treatment", "courier")}
    return {"patient": patient(town, number), "product": "CRYO-CAR-T", **parts}


def opened(town: Programs, number: int = 0) -> str:
    """Open an order through the API; return its number."""
    reply = town.program("coordinator", "treatment").post("/orders", wish(town, number))
    assert reply.status_code == 201, reply.get_json()
    return str(reply.get_json()["order"])


def canaries(town: Programs, number: int = 0) -> tuple[str, ...]:
    """Return what of a patient must not be found anywhere."""
    facts = town.world.patient(number)
    return (facts.name, facts.birth_date, facts.record_number)


def a_stranger(town: Programs) -> Program:
    """Return the program of a nurse of a hospital that has no part in any order."""
    road = town.world.road
    nurse, at = road.persons["nurse1"], road.clock()
    common = {"actor": "console", "at": ledger.instant(at), "outcome": "accepted", "basis": "bootstrap"}

    def work(session: Session) -> str:
        far, org = "S-FAR", ledger.installation(session).org_chain
        site = {"kind": "treatment", "zone": "UTC", "organization": people.sites(session)[0].organization}
        site |= {"opened": far, "scheme": "plain", "chain": ledger.new_chain(session, "site", far, at=at, by="console")}
        held = {"grant": "G-FAR", "person": nurse, "granted": "ward_nurse", "site": far, "product": None}
        ledger.record(session, org, "people.site_registered", {**common, **site, "fin": None, "id": key()}, at=at)
        said = {**common, **held, "approved_by": None, "trained_until": None, "id": key()}
        ledger.record(session, org, "people.role_granted", said, at=at)
        return staff.create_token(session, nurse, "ward_nurse", far, by=nurse, at=at).secret

    secret = town.world.database.run(work)
    return programs.Program(town.app.test_client(), {"Authorization": f"Bearer {secret}"})


def head(program: Program, order: str) -> str:
    """Return the ETag of an order as a program reads it."""
    return program.get(f"/orders/{order}").headers["ETag"]


def held(town: Programs) -> tuple[str, str]:
    """Let another order's bag be scanned where an own one was due; return the order and the hold on it."""
    mine, other = (town.world.order(number, "h5_bench") for number in (0, 1))
    road = town.world.road
    theirs = road.order(other)
    piece = road.piece(theirs, "container", theirs.of_kind("starting_material")[-1].id, "applied")
    extra = sent(road.read_piece(piece, linear=False))
    scans = [*town.scans(mine, "h5_pack"), extra]
    reply = town.program("cell_lab", "collection").post(f"/orders/{mine}/checkpoints/h5_pack", {"scans": scans})
    (hold,) = problem(reply, 409, "refused")["holds"]
    return mine, hold
