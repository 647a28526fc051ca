"""Imports propose (hazards.md R7): whatever another system says of a patient, nobody is moved; an order may wait."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from coi.custody.identity_review import CHANGES, PROPOSED
from coi.quality import store as quality
from tests import programs, wanderer
from tests.programs import PROBLEM, Programs, entered, key, problem

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from coi.custody.orders import PatientFacts
    from tests.world import World

PATIENTS = 4
BINDINGS = (
    "SELECT code, subject FROM vault_index ORDER BY code",
    "SELECT commitment, owner, subject, field FROM vault_value WHERE subject IS NOT NULL ORDER BY commitment",
    "SELECT order_id, patient, coi, likeness FROM treatment_order ORDER BY order_id",
    "SELECT container, order_id FROM container ORDER BY container",
    "SELECT piece, order_id, container FROM label_piece ORDER BY piece",
)
"""Who is whom, whose order it is, and whose every container and label are."""


@pytest.fixture
def town(world: World) -> Programs:
    """A served world with an order on its way for each of some patients."""
    served = programs.serve(wanderer.quick(world))
    for number in range(PATIENTS):
        served.world.order(number, "h2_print")
    return served


def bindings(town: Programs) -> list[list[tuple[Any, ...]]]:
    """Return everything that says who somebody is, or whose something is."""
    return town.world.database.read(
        lambda session: [[tuple(row) for row in session.execute(text(query))] for query in BINDINGS]
    )


def imported(town: Programs, rows: list[PatientFacts], once: str | None = "") -> list[TestResponse]:
    """Send the rows of a file one after the other, as orders."""
    parts = {part: town.site(part) for part in ("collection", "manufacturing", "treatment", "courier")}
    coordinator = town.program("coordinator", "treatment")
    return [
        coordinator.post("/orders", {"patient": entered(row), "product": "CRYO-CAR-T", **parts}, once=once)
        for row in rows
    ]


def orders(town: Programs) -> list[str]:
    """Return every order."""
    return [order.id for order in town.world.road.all_orders()]


class TestFiles:
    """Files of patients, wrong in the ways that files are wrong."""

    def test_a_file_whose_rows_have_shifted_changes_nobody(self, town: Programs) -> None:
        """Names that slid one row down against birth dates and record numbers are refused, each row of them."""
        rows = [town.world.patient(number) for number in range(PATIENTS)]
        names = [row.name for row in rows]
        shifted = [replace(row, name=name) for row, name in zip(rows, [names[-1], *names[:-1]], strict=True)]
        before, known = bindings(town), orders(town)
        told = imported(town, shifted)
        born = imported(town, [replace(row, birth_date="1970-01-01") for row in rows])

        for reply in (*told, *born):
            problem(reply, 409, "conflict")
            assert not any(name in reply.get_data(as_text=True) for name in names)
        assert (before, known) == (bindings(town), orders(town))
        town.world.is_whole()

    def test_a_file_sent_again_opens_nothing(self, town: Programs) -> None:
        """Replayed with other keys every row is refused; with the key of before it hears the answer of before."""
        rows = [town.world.patient(number) for number in range(PATIENTS)]
        before, known = bindings(town), orders(town)
        for reply in imported(town, rows) + imported(town, rows):
            problem(reply, 409, "conflict")
        assert (before, known) == (bindings(town), orders(town))

        fresh, once = [town.world.patient(PATIENTS)], key()
        first, second = imported(town, fresh, once), imported(town, fresh, once)
        assert [201, 201] == [first[0].status_code, second[0].status_code]
        assert first[0].get_json() == second[0].get_json()
        assert len(orders(town)) == PATIENTS + 1

    def test_a_record_number_given_to_somebody_else_is_no_rename(self, town: Programs) -> None:
        """An overlay, another person under a number that is known, is refused and overwrites nothing."""
        before = bindings(town)
        overlay = replace(town.world.patient(8), record_number=town.world.patient(0).record_number)

        problem(imported(town, [overlay])[0], 409, "conflict")
        assert before == bindings(town)


class TestMessages:
    """Merge, unmerge, link and a changed identifier, by whoever's token."""

    def test_no_scope_moves_a_patient(self, town: Programs) -> None:
        """A token of every role at every site brings every change: not one binding moves, and the order waits once."""
        name, *others = orders(town)
        before, road = bindings(town), town.world.road
        replies = {
            (role, site, change): town.program(role, site).post(f"/orders/{name}/identity-review", {"change": change})
            for (role, site), change in product(road.cast, CHANGES)
        }
        taking_part = set(dict(road.order(name).sites).values())

        for (role, site, _change), reply in replies.items():
            sees = site in taking_part or role in {"inspector", "system_admin"}
            assert reply.status_code == (201 if sees else 404), (role, reply.get_json())
        holds = town.world.database.read(lambda session: quality.of_order(session, name))
        told = [reply.get_json() for reply in replies.values() if reply.status_code == 201]
        assert [("review", "identifiers_changed", ())] == [(one.kind, one.reason, one.containers) for one in holds]
        assert {holds[0].id} == {one["hold"] for one in told}
        assert len(told) == len([entry for entry in town.entries(name) if entry.type == PROPOSED])
        assert before == bindings(town)
        for other in others:
            assert not town.world.database.read(partial(quality.of_order, order=other))
        town.world.is_whole()

    def test_the_order_waits_and_goes_on_as_who_it_was(self, town: Programs) -> None:
        """Nothing moves until quality has signed; then the next gate is passed, for the same patient."""
        (name, *_), road = orders(town), town.world.road
        patient = road.order(name).patient
        number = next(n for n in range(PATIENTS) if said(town, name, n) == 202)
        interface = town.program("coordinator", "treatment")
        told = interface.post(f"/orders/{name}/identity-review", {"change": "unmerged"}).get_json()
        (listed,) = interface.get("/holds", only_open="true").get_json()["holds"]

        assert (listed["id"], listed["kind"], listed["care"]["signers"]) == (told["hold"], "review", 1)
        assert said(town, name, number) == 409
        assert town.world.lift_holds() == 1
        assert said(town, name, number) == 202
        assert road.order(name).patient == patient

    def test_nothing_else_can_be_said_of_a_patient(self, town: Programs) -> None:
        """There is no way to write a patient: other methods are 405, other words and personal data are 422."""
        name, interface = orders(town)[0], town.program("coordinator", "treatment")
        path, before = f"/orders/{name}/identity-review", bindings(town)
        entries = len(town.entries(name))
        facts = entered(town.world.patient(8))

        for body in ({"change": "moved"}, {}, {"change": "merged", "into": "P-OTHER"}, {"change": "merged", **facts}):
            told = interface.post(path, body)
            problem(told, 422, "malformed")
            assert facts["name"] not in told.get_data(as_text=True)
        for method in ("put", "patch", "delete"):
            for where in (f"/orders/{name}", path):
                call = getattr(interface.client, method)
                reply = call(programs.BASE + where, json=facts, headers=dict(interface.headers))
                assert (405, PROBLEM) == (reply.status_code, reply.mimetype)
        assert (before, entries) == (bindings(town), len(town.entries(name)))

    def test_a_closed_order_has_nothing_to_hold(self, world: World) -> None:
        """A change after the books are closed is told as a conflict: whose cells they were does not change any more."""
        town = programs.serve(wanderer.quick(world))
        name = town.world.order(0, "h1_submit")
        for step in ("x_cancel", "x_close"):
            town.world.road.do(name, step, patient=town.world.patient(0))
        reply = town.program("coordinator", "treatment").post(f"/orders/{name}/identity-review", {"change": "merged"})

        problem(reply, 409, "conflict")
        assert town.world.road.order(name).state == "RECONCILED"


def said(town: Programs, order: str, number: int) -> int:
    """Try to begin the collection with what a patient says; return what the gate answers."""
    body = {**town.said(order, "h3_begin", number), "scans": town.scans(order, "h3_begin")}
    nurse = town.program("collection_operator", "collection")
    return nurse.post(f"/orders/{order}/checkpoints/h3_begin", body).status_code
