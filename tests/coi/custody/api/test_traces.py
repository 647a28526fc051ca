"""Programs hand in what a logger recorded; the verdict is the service's, whichever it is."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from coi.custody import legs
from coi.demo.road import csv
from tests.coi.custody.api.asking import a_stranger
from tests.programs import key, problem

if TYPE_CHECKING:
    from tests.programs import Programs


@pytest.fixture
def arrived(town: Programs) -> tuple[str, str]:
    """An order whose bag has arrived at the factory, and its shipment; no file was handed in."""
    order = town.world.order(0, "h7_receive")
    return order, town.world.road.order(order).shipments[0].id


def path(arrived: tuple[str, str]) -> str:
    """Return where the files of a shipment are."""
    return f"/orders/{arrived[0]}/shipments/{arrived[1]}/traces"


def file(town: Programs, order: str, degrees: str) -> dict[str, Any]:
    """Return the logger's file of an order's one leg, as a program sends it."""
    known = town.world.road.order(order)
    (leg,) = town.world.database.read(lambda session: legs.of_order(session, known))
    return {"file": base64.b64encode(csv(leg, degrees)).decode(), "dialect": "auto"}


def test_a_file_is_judged_and_told(town: Programs, arrived: tuple[str, str]) -> None:
    """A file of the whole leg within its range is told as such, comes with its receipt, and is listed."""
    warehouse, once = town.program("materials", "manufacturing"), key()
    before = warehouse.get(path(arrived)).get_json()
    body = file(town, arrived[0], "5.0")
    reply = warehouse.post(path(arrived), body, once=once)
    told = reply.get_json()
    again = warehouse.post(path(arrived), body, once=once)
    after = warehouse.get(path(arrived)).get_json()

    assert (before["temperature"], before["traces"]) == ("no_data", [])
    assert (201, "in_range", []) == (reply.status_code, told["trace"]["verdict"], told["trace"]["reasons"])
    assert told["receipt"]["seq"] == town.entries(arrived[0])[-1].seq
    assert reply.headers["ETag"] == f'"{told["receipt"]["hash"]}"'
    assert (again.status_code, again.get_json()) == (201, told)
    assert (after["temperature"], after["traces"]) == ("in_range", [told["trace"]])
    order = warehouse.get(f"/orders/{arrived[0]}").get_json()
    assert [one["temperature"] for one in order["shipments"]] == ["in_range"]


def test_a_leg_that_was_warm_stays_so(town: Programs, arrived: tuple[str, str]) -> None:
    """Out of range is told with its reasons, and no later file makes it good."""
    warehouse = town.program("materials", "manufacturing")
    warm = warehouse.post(path(arrived), file(town, arrived[0], "21.5")).get_json()["trace"]
    warehouse.post(path(arrived), file(town, arrived[0], "5.0"))

    assert (warm["verdict"], bool(warm["reasons"])) == ("out_of_range", True)
    assert "out_of_range" == warehouse.get(path(arrived)).get_json()["temperature"]


def test_a_file_that_cannot_be_read_was_not_judged(town: Programs, arrived: tuple[str, str]) -> None:
    """What is no logger's file, no known dialect, or no base64 is 422, and nothing is recorded."""
    warehouse, before = town.program("materials", "manufacturing"), len(town.entries(arrived[0]))
    good = file(town, arrived[0], "5.0")
    empty = base64.b64encode(b"no logger wrote this").decode()

    problem(warehouse.post(path(arrived), {**good, "file": empty}), 422, "trace-not-readable")
    for wrong in ({**good, "dialect": "nobody"}, {**good, "file": "not base64"}, {**good, "zone": "a b"}, {}):
        problem(warehouse.post(path(arrived), wrong), 422, "malformed")
    assert before == len(town.entries(arrived[0]))


def test_who_receives_hands_it_in(town: Programs, arrived: tuple[str, str]) -> None:
    """Another role or site is 403; to who has no part in the order, and of another number, there is no shipment."""
    body, stranger = file(town, arrived[0], "5.0"), a_stranger(town)

    problem(town.program("courier", "courier").post(path(arrived), body), 403, "not-permitted")
    problem(stranger.post(path(arrived), body), 404, "unknown")
    problem(town.program("materials", "manufacturing").post(path((arrived[0], "SH-NONE")), body), 404, "unknown")
    problem(stranger.get(path(arrived)), 404, "unknown")
