"""Worlds for stories, on SQLite and on PostgreSQL: an empty one, and one at any moment of a journey."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from coi.app import PROJECTIONS
from coi.db import Database
from tests import journeys
from tests import world as worlds
from tests.journeys import Journey, Story

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import MakeDatabase, Templates
    from tests.world import World

    MakeStory = Callable[[str], Story]


@pytest.fixture
def world(make_database: MakeDatabase, tmp_path: Path) -> World:
    """A founded world without orders."""
    return worlds.make(make_database(*PROJECTIONS), tmp_path)


@pytest.fixture(scope="session")
def walked(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Journey]:
    """The journey on a kind of database, walked when it is first asked for."""
    found: dict[str, Journey] = {}

    def walk(kind: str) -> Journey:
        if kind not in found:
            folder = tmp_path_factory.mktemp(f"journey-{kind}")
            found[kind] = Journey.walk(Database(templates.copy(kind, folder, 0), PROJECTIONS), folder)
        return found[kind]

    return walk


@pytest.fixture
def journey(walked: Callable[[str], Journey], database_kind: str) -> Journey:
    """The journey on the test's kind of database."""
    return walked(database_kind)


@pytest.fixture
def before(journey: Journey) -> Iterator[MakeStory]:
    """Give a story right before a checkpoint."""
    yield from _giving(journey, journey.before)


@pytest.fixture
def after(journey: Journey) -> Iterator[MakeStory]:
    """Give a story right after a checkpoint."""
    yield from _giving(journey, journey.after)


def _giving(journey: Journey, at: Callable[[str], Story]) -> Iterator[MakeStory]:
    stories: list[Story] = []

    def give(step: str) -> Story:
        stories.append(at(step))
        return stories[-1]

    assert journey.moments
    yield give
    for story in stories:
        journeys.close(story)
