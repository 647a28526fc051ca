"""A served world for every test of the API."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from coi.app import PROJECTIONS
from coi.db import Database
from coi.demo.road import Clock
from tests import programs, wanderer
from tests import world as worlds
from tests.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import MakeDatabase, Templates
    from tests.programs import Programs


@pytest.fixture
def database_kind() -> str:
    """SQLite, where a test does not say that it runs on both databases."""
    return "sqlite"


@pytest.fixture(scope="session")
def founded(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> tuple[World, Path]:
    """A founded world on SQLite, and its folder: every test has a copy, since founding takes longer than most tests."""
    folder = tmp_path_factory.mktemp("founded")
    world = worlds.make(Database(templates.copy("sqlite", folder, 0), PROJECTIONS), folder)
    world.database.dispose()
    return world, folder


@pytest.fixture
def world(
    founded: tuple[World, Path], database_kind: str, make_database: MakeDatabase, tmp_path: Path
) -> Iterator[World]:
    """A founded world without orders."""
    if database_kind != "sqlite":
        yield worlds.make(make_database(*PROJECTIONS), tmp_path)
        return
    base, folder = founded
    shutil.copyfile(str(base.database.url.database), tmp_path / "copy.db")
    database = Database(f"sqlite:///{tmp_path / 'copy.db'}", PROJECTIONS)
    worlds.settings(folder).attach(database.engine)
    yield World(database, replace(base.road, database=database, clock=Clock(base.road.clock.now), reads={}))
    database.dispose()


@pytest.fixture
def town(world: World) -> Programs:
    """The world, served; no label is drawn."""
    return programs.serve(wanderer.quick(world))
