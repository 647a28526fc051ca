"""A served world for every test of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from coi.app import PROJECTIONS
from tests import programs, wanderer
from tests import world as worlds

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeDatabase
    from tests.programs import Programs
    from tests.world import World


@pytest.fixture
def database_kind() -> str:
    """SQLite, where a test does not say that it runs on both databases."""
    return "sqlite"


@pytest.fixture
def world(make_database: MakeDatabase, tmp_path: Path) -> World:
    """A founded world without orders."""
    return worlds.make(make_database(*PROJECTIONS), tmp_path)


@pytest.fixture
def town(world: World) -> Programs:
    """The world, served; no label is drawn."""
    return programs.serve(wanderer.quick(world))
