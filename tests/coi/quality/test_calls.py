"""Who owns what happened at a place, and whom each level of escalation calls."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from coi.app import PROJECTIONS
from coi.quality import calls
from tests import world as worlds

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeDatabase
    from tests.world import World


@pytest.fixture
def world(make_database: MakeDatabase, tmp_path: Path) -> World:
    """A founded world: quality at the hospital, quality and its head at the factory, none at the courier's."""
    return worlds.make(make_database(*PROJECTIONS), tmp_path)


def test_the_place_owns_it_where_it_has_quality(world: World) -> None:
    """The hospital its own, the courier the manufacturer's."""
    sites = world.road.sites
    owners = [
        world.database.read(lambda session, at=at: calls.owner(session, sites[at], sites["manufacturing"]))  # type: ignore[misc]  # bound at once
        for at in ("treatment", "courier", "manufacturing")
    ]

    assert [sites["treatment"], sites["manufacturing"], sites["manufacturing"]] == owners


@pytest.mark.parametrize(
    ("place", "level", "called"),
    [
        ("treatment", 0, ["hospitalqa"]),
        ("treatment", 1, ["hospitalqa", "qp"]),
        ("treatment", 2, ["hospitalqa", "qp"]),
        ("manufacturing", 0, ["qa", "qp"]),
        ("manufacturing", 1, ["qa", "qp"]),
    ],
)
def test_whom_each_level_calls(world: World, place: str, level: int, called: list[str]) -> None:
    """Who is on call first; the other site's head where the own site has none; each once."""
    site, other = world.road.sites[place], world.road.sites["manufacturing"]
    at = world.road.clock.now + timedelta(days=1)
    logins = {person: login for login, person in world.road.persons.items()}

    found = world.database.read(lambda session: calls.to_call(session, site, at, level, other))

    assert called == sorted(logins[one.person] for one in found)
    assert all(one.contact and one.on_duty for one in found)
