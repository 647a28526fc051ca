"""An empty world for stories, on SQLite and on PostgreSQL; moments of a journey come from ``tests.moments``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from coi.app import PROJECTIONS
from tests import world as worlds

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeDatabase
    from tests.world import World


@pytest.fixture
def world(make_database: MakeDatabase, tmp_path: Path) -> World:
    """A founded world without orders."""
    return worlds.make(make_database(*PROJECTIONS), tmp_path)
