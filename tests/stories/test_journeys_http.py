"""Journeys by chance whose every deed is a request of a program: what is lawful by the actions is lawful over HTTP."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
import structlog

from coi.app import PROJECTIONS
from coi.custody import protocol_register as protocols
from tests import wanderer, web_road
from tests import world as worlds

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeDatabase
    from tests.evidence import Evidence

PRODUCTS = tuple(protocol.product["code"] for protocol in protocols.shipped().values())
TOGETHER = 10
"""Journeys in one database: an API lists and locks among the orders of others."""


@pytest.fixture
def database_kind() -> str:
    """SQLite: what is tried is the road over HTTP, which is the same on both databases."""
    return "sqlite"


@pytest.mark.long("custody")
def test_journeys_by_chance_end_reconciled_over_http(
    make_database: MakeDatabase, tmp_path: Path, evidence: Evidence
) -> None:
    """Every journey by chance over HTTP ends reconciled: no dead end, and no gate refuses what is lawful."""
    chance, wanted = evidence.random(), evidence.size(short=12, full=200)
    began, requests = time.perf_counter(), 0
    # each request is logged, and a thousand lines of it tell nobody anything
    with structlog.testing.capture_logs():
        for first in range(0, wanted, TOGETHER):
            folder = tmp_path / f"world-{first}"
            folder.mkdir()
            world = web_road.serve(worlds.make(make_database(*PROJECTIONS), folder))
            for number in range(first, min(first + TOGETHER, wanted)):
                product = PRODUCTS[number % len(PRODUCTS)]
                walked = wanderer.Wanderer(world, chance)
                order = walked.walk(product, number)
                assert order.state == "RECONCILED"
                evidence.count(f"journeys of {product}")
                evidence.count("deeds", len(walked.walked))
                evidence.count("steps beside the road", walked.aside)
            assert isinstance(world.road, web_road.WebRoad)
            requests += world.road.requests
            world.is_whole()
    evidence.count("requests", requests)
    evidence.figure("per journey", f"{(time.perf_counter() - began) / wanted:.1f} s")
