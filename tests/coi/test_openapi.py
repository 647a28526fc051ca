"""The API is what its description says: every operation, tried with what fits and what does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from openapi_spec_validator import validate
from schemathesis import Case, GenerationMode
from schemathesis.config import SchemathesisConfig as Config
from schemathesis.specs.openapi.checks import positive_data_acceptance

from coi import people
from coi.app import PROJECTIONS
from coi.quality import actions as quality
from tests import programs, wanderer
from tests import world as worlds
from tests.coi.people.test_devices import Station
from tests.programs import BASE, PROBLEM, Programs

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeDatabase
    from tests.evidence import Evidence

BEYOND_SHAPE: list[Any] = [positive_data_acceptance]
"""Left out: what has the described shape may still be no point of the curve, no site, and no day of the calendar."""


@pytest.fixture
def database_kind() -> str:
    """SQLite: what is tried is the edge, which is the same on both databases."""
    return "sqlite"


@pytest.fixture
def town(make_database: MakeDatabase, tmp_path: Path) -> Programs:
    """A served world with one order on its way."""
    town = programs.serve(wanderer.quick(worlds.make(make_database(*PROJECTIONS), tmp_path)))
    town.world.order(0, "h3_begin")
    return town


def document(town: Programs) -> dict[str, Any]:
    """Return what the API says of itself."""
    found: dict[str, Any] = town.app.test_client().get(f"{BASE}/openapi.json").get_json()
    return found


def operations(town: Programs) -> list[tuple[str, str, dict[str, Any]]]:
    """Return every described operation with its method and path."""
    return [
        (method, path, operation)
        for path, methods in document(town)["paths"].items()
        for method, operation in methods.items()
    ]


def test_the_description_is_valid(town: Programs) -> None:
    """It is OpenAPI 3.1 that a validator of others accepts, and names no host."""
    described = document(town)
    validate(described)

    assert described["openapi"].startswith("3.1")
    assert described["servers"] == [{"url": "/"}]


def test_every_route_is_described_and_nothing_else(town: Programs) -> None:
    """The description and the routes of the application are the same list."""
    served = {
        (method.lower(), rule.rule.replace("<int:", "{").replace("<", "{").replace(">", "}"))
        for rule in town.app.url_map.iter_rules()
        if rule.rule.startswith(BASE)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    assert served == {(method, path) for method, path, _operation in operations(town)}


def test_every_operation_asks_who_and_every_deed_for_a_key(town: Programs) -> None:
    """All but the description want a token or session; every deed wants an Idempotency-Key.

    A nonce and the faults of a file are no deeds: nothing is recorded.
    """
    for method, path, operation in operations(town):
        keyed = any(one["name"] == "Idempotency-Key" and one["required"] for one in operation.get("parameters", []))
        assert ("security" in operation) == (not path.endswith("/openapi.json"))
        assert keyed == (method == "post" and not path.endswith(("/nonces", "/check"))), path


def test_every_problem_is_described_as_one(town: Programs) -> None:
    """Each answer from 400 on is a problem document, and each operation says that it may not be able to judge."""
    for _method, path, operation in operations(town):
        for status, answer in operation["responses"].items():
            assert (int(status) >= 400) == (PROBLEM in answer.get("content", {})), (path, status)
        assert "503" in operation["responses"] or path.endswith("/openapi.json")


@pytest.mark.long("openapi")
def test_schemathesis_finds_nothing(town: Programs, evidence: Evidence) -> None:
    """Whatever is sent, no operation fails, answers undescribed, in another media type, or in another shape."""
    knobs = Config()
    knobs.projects.default.generation.with_security_parameters = False  # the token is ours, and right
    schema = schemathesis.openapi.from_wsgi(f"{BASE}/openapi.json", town.app, config=knobs)
    bearer = {"Authorization": f"Bearer {town.token('collection_operator', 'collection')}"}
    known = real_names(town)

    for result in schema.get_all_operations():
        operation: Any = result.ok()  # type: ignore[union-attr]  # an operation that cannot be read fails here

        @seed(evidence.seed)
        @settings(
            max_examples=evidence.size(20, 150),
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=requests(operation, known))
        def tried(case: Case[Any]) -> None:
            """Send one request and check the answer."""
            response = case.call_and_validate(headers=bearer, excluded_checks=BEYOND_SHAPE)
            evidence.count(f"answers {response.status_code}")

        tried()

    town.world.is_whole()
    assert not [name for name in evidence.counts if name.startswith("answers 5")]
    assert {"answers 201", "answers 409", "answers 422", "answers 404"} <= set(evidence.counts)


def real_names(town: Programs) -> dict[str, Any]:
    """Return names that there are, by their place in an address: of an order whose shipment waits for the courier."""
    operator, order = town.program("collection_operator", "collection"), town.world.road.all_orders()[0]
    device = operator.post("/devices", {"label": "Bedside", "key": Station().jwk}).get_json()["id"]
    waits = operator.post(
        f"/orders/{order.id}/checkpoints/h4_end", {"scans": town.scans(order.id, "h4_end"), "values": {"volume": "120"}}
    ).get_json()["id"]
    piece = town.world.road.piece(order, "container", order.containers[0].id, "applied").id
    shipment = town.world.road.carry(order.id, "h5_offer", town.world.patient(0)).shipments[0].id
    held = operator.post(f"/orders/{order.id}/identity-review", {"change": "linked"}).get_json()["hold"]
    told = {"order": order.id, "checkpoint": "h4_end", "seq": 2, "device": device, "statement": waits, "piece": piece}
    return told | {"hold": held, "shipment": shipment, "protocol": order.protocol_sha256, "deviation": deviation(town)}


def deviation(town: Programs) -> str:
    """Let somebody of the hospital report a deviation; return its id."""
    road = town.world.road
    nurse = town.world.database.read(lambda session: people.person(session, road.persons["nurse1"]))
    what = (road.sites["treatment"], "damage", "minor", "A corner of the label was torn.")
    return town.world.database.run(lambda session: quality.report(session, nurse, *what, at=road.clock()))


def requests(operation: Any, known: dict[str, Any]) -> st.SearchStrategy[Case[Any]]:  # noqa: ANN401 - schemathesis' own
    """Return requests to an operation: as described, the same about an order that there is, and not as described."""

    def real(case: Case[Any]) -> Case[Any]:
        case.path_parameters = {name: known.get(name, value) for name, value in (case.path_parameters or {}).items()}
        return case

    right = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    wrong = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    return st.one_of(right, right.map(real), wrong)
