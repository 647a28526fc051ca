"""Orders are opened once, and read by everybody who has a part in them."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from structlog.testing import capture_logs

from tests import programs
from tests.canaries import sings
from tests.coi.custody.api.asking import (
    opened,
    patient,
    wish,
)
from tests.programs import key, problem

if TYPE_CHECKING:
    from tests.programs import Programs


class TestOrders:
    """An order is opened once, and read by everybody who has a part in it."""

    def test_an_order_is_opened_and_read(self, town: Programs) -> None:
        """A coordinator's program opens an order, and hears its number, its receipt and where to read it."""
        reply = town.program("coordinator", "treatment").post("/orders", wish(town))
        told = reply.get_json()
        read = town.program("physician", "treatment").get(reply.headers["Location"].removeprefix(programs.BASE))
        order = read.get_json()

        entry = town.entries(told["order"])[-1]
        assert (201, told["order"]) == (reply.status_code, order["id"])
        assert told["receipt"] == {"chain": entry.chain, "seq": entry.seq, "hash": entry.hash}
        assert reply.headers["ETag"] == read.headers["ETag"] == f'"{entry.hash}"'
        assert (order["state"], order["patient"][:2], order["custodian"]) == ("DRAFT", "P-", None)
        assert [gate["checkpoint"] for gate in order["next"] if not gate["side"]] == ["h1_submit"]

    def test_only_a_coordinator_opens_one(self, town: Programs) -> None:
        """Another role is 403, and no order comes of it."""
        problem(town.program("physician", "treatment").post("/orders", wish(town)), 403, "not-permitted")

        assert town.world.road.all_orders() == ()

    def test_one_open_order_for_one_patient(self, town: Programs) -> None:
        """A second open order of the same patient for the same product is 409."""
        opened(town)

        problem(town.program("coordinator", "treatment").post("/orders", wish(town)), 409, "conflict")

    def test_a_wrong_site_or_product_is_malformed(self, town: Programs) -> None:
        """What is unknown in the body is 422: the address itself is right."""
        wrong = {"product": "NONE", "courier": "S-NONE", "manufacturing": town.site("treatment"), "treatment": "../x"}
        for field, value in wrong.items():
            reply = town.program("coordinator", "treatment").post("/orders", {**wish(town), field: value})
            problem(reply, 422, "malformed")

    def test_a_malformed_patient_is_never_repeated(self, town: Programs) -> None:
        """The problem names the field; no value of it, not even an unknown field's name, is in reply or log."""
        cases = (
            {"name": ""},
            {"name": " "},
            {"birth_date": "12 April 1961"},
            {"birth_date": "1961-02-31"},
            {"record_number": "1" * 61},
            {"erika": "Erika Mustermann"},
            {"Erika Mustermann": "x"},
        )
        coordinator = town.program("coordinator", "treatment")
        with capture_logs() as log:
            replies = [
                coordinator.post("/orders", {**wish(town), "patient": {**patient(town), **case}}) for case in cases
            ]
        told, logged = "".join(reply.get_data(as_text=True) for reply in replies), repr(log)

        assert {("/api/v1/orders", 422)} == {(line["route"], line["status"]) for line in log if "route" in line}
        for reply in replies:
            problem(reply, 422, "malformed")
        for canary in ("Erika", "erika", "April 1961", "1961-02", "Mustermann", "12 April", "1" * 61):
            assert not sings(canary, told + logged)

    def test_orders_are_listed_in_pages(self, town: Programs) -> None:
        """Pages follow one another without gap or repetition, and end."""
        names = {opened(town, number) for number in range(3)}
        coordinator = town.program("coordinator", "treatment")
        first = coordinator.get("/orders", limit="2").get_json()
        second = coordinator.get("/orders", limit="2", after=first["next"], only_open="true").get_json()

        assert [2, 1] == [len(first["orders"]), len(second["orders"])]
        assert names == {one["id"] for one in first["orders"] + second["orders"]}
        assert second["next"] is None

    def test_entries_are_read_byte_for_byte(self, town: Programs) -> None:
        """Entries come in pages, and an entry's bytes hash to what the receipt says."""
        order = opened(town)
        physician = town.program("physician", "treatment")
        first = physician.get(f"/orders/{order}/entries", limit="1").get_json()
        second = physician.get(f"/orders/{order}/entries", after=str(first["next"])).get_json()
        whole = physician.get(f"/orders/{order}/entries/2").get_json()

        assert [1, 2] == [one["seq"] for one in first["entries"] + second["entries"]]
        assert second["next"] is None
        assert whole["hash"] == hashlib.sha256(b"\x00" + whole["body"].encode()).hexdigest()
        assert json.loads(whole["body"])["stmt"] == whole["stmt"]
        for seq in ("3", "0", str(2**53), "9" * 30):
            problem(physician.get(f"/orders/{order}/entries/{seq}"), 404, "unknown")

    def test_what_cannot_be_a_name_is_unknown(self, town: Programs) -> None:
        """A text in the address that no name looks like is 404, and is not repeated."""
        for name in ("a%00b", "%ff", "Erika Mustermann", "a" * 65):
            reply = town.program("physician", "treatment").get(f"/orders/{name}")
            assert "Mustermann" not in problem(reply, 404, "unknown")["detail"]


class TestReading:
    """What waits, and what the ledger says."""

    def test_tasks_say_what_a_gate_wants(self, town: Programs) -> None:
        """A task names its gate with the scans, values and signatures that it wants, at the site of who asks."""
        order = town.world.order(0, "h2_print")
        (task,) = town.program("collection_operator", "collection").get("/tasks").get_json()["tasks"]

        gate = task["gate"]
        assert (order, "h3_begin", False) == (task["order"], gate["checkpoint"], task["held"])
        assert ["wristband", "band", "equipment", "kit", "container"] == [slot["what"] for slot in gate["scans"]]
        assert 2 == len(gate["places"])
        assert town.program("courier", "courier").get("/tasks").get_json() == {"tasks": []}

    def test_the_newest_entries_are_those_that_one_may_see(self, town: Programs) -> None:
        """A reader sees the chains of own orders and sites; an inspector those of the organisation too."""
        order = opened(town)
        nurse, inspector = town.program("ward_nurse", "treatment"), town.program("inspector", "treatment")
        seen = nurse.get("/ledger/recent").get_json()
        page = inspector.get("/ledger/recent", limit="2").get_json()
        rest = inspector.get("/ledger/recent", before=page["next"], limit="200").get_json()

        assert town.entries(order)[-1].hash == seen["entries"][0]["hash"]
        assert not {one["type"] for one in seen["entries"]} & {"people.person_added"}
        assert "people.person_added" in {one["type"] for one in rest["entries"]}
        assert not {one["hash"] for one in page["entries"]} & {one["hash"] for one in rest["entries"]}

    def test_the_ledger_is_verified(self, town: Programs) -> None:
        """Reading and hashing everything again finds it whole."""
        told = town.program("inspector", "treatment").get("/ledger/verify").get_json()

        assert (True, []) == (told["ok"], told["faults"])
        assert told["entries"] > 60

    def test_a_malformed_query_names_its_field(self, town: Programs) -> None:
        """A query of another shape is 422 and names the field; a field that is none of ours is not repeated."""
        inspector = town.program("inspector", "treatment")
        told = [
            problem(inspector.get(path), 422, "malformed")["fields"]
            for path in ("/orders?limit=0", "/holds?only_open=7", "/ledger/recent?before=x", "/orders?erika=1")
        ]

        assert [["limit"], ["only_open"], ["before"], ["?"]] == told


class TestProtocolOfTheWire:
    """What is no request of ours."""

    def test_a_body_is_json_of_the_described_shape(self, town: Programs) -> None:
        """Another media type is 415; no JSON, or too deep a one, is 422."""
        coordinator = town.program("coordinator", "treatment")
        headers = {**coordinator.headers, "Idempotency-Key": key()}

        def post(data: str, kind: str = "application/json") -> Any:  # noqa: ANN401 - a reply
            return coordinator.client.post("/api/v1/orders", data=data, content_type=kind, headers=headers)

        problem(post("x=1", "application/x-www-form-urlencoded"), 415, "media-type")
        for data in ("{", "[" * 100_000, '"\\ud800"', "[]", "null", "NaN", ""):
            problem(post(data), 422, "malformed")

    def test_a_body_that_is_too_large_is_not_read(self, town: Programs) -> None:
        """More than eight megabytes are 413."""
        coordinator = town.program("coordinator", "treatment")
        body = {**wish(town), "product": "A" * (8 * 1024 * 1024)}

        problem(coordinator.post("/orders", body), 413, "too-large")

    def test_other_methods_are_named(self, town: Programs) -> None:
        """A method that an address does not take is 405, and Allow names those it takes."""
        coordinator = town.program("coordinator", "treatment")
        reply = coordinator.client.delete("/api/v1/me", headers=dict(coordinator.headers))

        problem(reply, 405, "method")
        assert "GET" in reply.headers["Allow"]
