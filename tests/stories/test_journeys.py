"""Journeys by chance through the actions: whatever lawful way people take, the order is reconciled in the end.

``./dev check --long custody`` walks 10,000, in forty parts that are kept one by one; every check walks 200.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from coi.app import PROJECTIONS
from coi.custody import protocol_register as protocols
from coi.db import Database
from tests import wanderer
from tests import world as worlds
from tests.evidence import in_parts

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Templates
    from tests.evidence import Evidence

A_WORLD = 50
"""Orders that one world carries; then a new one is founded."""
PRODUCTS = tuple(sorted(protocol.product["code"] for protocol in protocols.shipped().values()))


@pytest.mark.long("custody")
@in_parts(40, short=8)
def test_every_lawful_journey_reaches_its_end(
    part: int, templates: Templates, tmp_path: Path, evidence: Evidence
) -> None:
    """Random lawful journeys of all three products reach RECONCILED, none falsely blocked and none in a dead end."""
    journeys = evidence.share(200, 10_000)
    for first in range(0, journeys, A_WORLD):
        folder = tmp_path / f"world-{first}"
        folder.mkdir()
        database = Database(templates.copy("sqlite", folder, first), PROJECTIONS)
        world = wanderer.quick(worlds.make(database, folder))
        for number in range(first, min(first + A_WORLD, journeys)):
            chance = random.Random(f"{part} {number}")
            walker = wanderer.Wanderer(world, chance)
            order = walker.walk(chance.choice(PRODUCTS), number)

            assert (order.state, order.custodians()) == ("RECONCILED", ())
            evidence.count("journeys reconciled")
            evidence.count("steps accepted", len(walker.walked))
            evidence.count("steps beside the road", sum(1 for name in walker.walked if name.startswith(("x_", "r_"))))
        world.is_whole()
        database.dispose()
