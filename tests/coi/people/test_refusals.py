"""What is refused to an authenticated person leaves a trace, and what was only mistyped leaves none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from coi import ledger, people
from coi.app import PROJECTIONS
from coi.people import refusals
from tests import programs, wanderer
from tests import world as worlds
from tests.programs import Programs, entered

if TYPE_CHECKING:
    from pathlib import Path

    from coi.ledger import Entry
    from tests.conftest import MakeDatabase


@pytest.fixture
def town(make_database: MakeDatabase, tmp_path: Path) -> Programs:
    """A founded world, served."""
    return programs.serve(wanderer.quick(worlds.make(make_database(*PROJECTIONS), tmp_path)))


def refused(town: Programs, part: str) -> list[Entry]:
    """Return the refusals on the chain of a site."""
    site = town.site(part)
    chain = town.world.database.read(lambda session: people.site(session, site).chain)
    entries = town.world.database.read(lambda session: ledger.entries(session, chain))
    return [entry for entry in entries if entry.type == "deed.refused"]


def wish(town: Programs) -> dict[str, object]:
    """Return what a coordinator orders."""
    road = town.world.road
    return {"patient": entered(town.world.patient(0)), "product": "CRYO-CAR-T", **road.parts("CRYO-CAR-T")}


def test_every_refusal_of_role_or_state_is_one_entry(town: Programs) -> None:
    """A wrong role, a second order of one patient, an offer that is not there: each is an entry that names nobody."""
    coordinator = town.program("coordinator", "treatment")
    opened = coordinator.post("/orders", wish(town))
    order = opened.get_json()["order"]
    asked = [
        (town.program("physician", "treatment").post("/orders", wish(town)), 403, [], "not_permitted"),
        (coordinator.post("/orders", wish(town)), 409, [], "conflict"),
        (coordinator.post(f"/orders/{order}/decline", {"why": "late"}), 403, [order], "not_permitted"),
    ]

    entries = refused(town, "treatment")
    assert [reply.status_code for reply, *_ in asked] == [status for _, status, _, _ in asked]
    assert [(said.stmt["outcome"], said.stmt["about"]) for said in entries] == [
        ("blocked", about) for _, _, about, _ in asked
    ]
    told = [json.loads(said.body)["stmt"]["reasons"] for said in entries]
    assert [[one["code"] for one in reasons] for reasons in told] == [[code] for *_, code in asked]
    assert all(town.world.patient(0).name.encode() not in said.body for said in entries)
    town.world.is_whole()


def test_what_was_not_judged_is_no_entry(town: Programs) -> None:
    """Mistyped, unknown, unauthenticated or merely read: nothing was judged, and the ledger does not fill with it."""
    program = town.program("coordinator", "treatment")
    stranger = programs.Program(town.app.test_client(), {"Authorization": "Bearer none"})

    replies = [
        program.post("/orders", {**wish(town), "product": "NONE"}),
        program.post("/orders/O-NONE00000/decline", {"why": "late"}),
        program.post("/orders", wish(town), once=None),
        stranger.post("/orders", wish(town)),
        program.get("/orders/O-NONE00000"),
    ]

    assert [reply.status_code for reply in replies] == [422, 404, 428, 401, 404]
    assert refused(town, "treatment") == []


def test_a_gate_writes_its_own_refusal_and_no_second(town: Programs) -> None:
    """The refusal of a gate stands on the order's chain with its scans, and nowhere else."""
    order = town.program("coordinator", "treatment").post("/orders", wish(town)).get_json()["order"]

    reply = town.program("coordinator", "treatment").post(f"/orders/{order}/checkpoints/h2_schedule", {"scans": []})

    assert reply.status_code == 409
    assert town.entries(order)[-1].stmt["outcome"] == "blocked"
    assert refused(town, "treatment") == []


NAMED = {
    "an order": ("O-K7N2B4X9", True),
    "a thing": ("EQP-7K3N9XB2CD4U", True),
    "a label": ("7K3N9XB2CD4U", True),
    "a lease": ("LS-0123456789ab", True),
    "a template on its page": ("0a1b2c3d4e5f", True),
    "a protocol": ("0a1b2c3d" * 8, True),
    "a patient's number": ("990123456789", False),
    "a longer number": ("4915112345678901", False),
    "a name": ("Mustermann", False),
    "a name in capitals": ("MARIAKOLOMAN", False),
    "half a hash": ("0a1b2c3d4e5f6a7b", False),
    "words": ("LS-erika mustermann", False),
    "a verb": ("approve", False),
}


@pytest.mark.parametrize("case", NAMED)
def test_what_is_named_in_a_refusal_is_a_thing_of_ours(case: str) -> None:
    """Leases, templates and protocols are named as orders and labels are; what may be a person's stays out."""
    text, named = NAMED[case]

    assert named == (refusals.NAMES.fullmatch(text) is not None)
