"""Fixtures that give a test any moment of one walked journey; a plugin, so that stories and attacks share one walk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Templates
    from tests.journeys import Journey, Story

    MakeStory = Callable[[str], Story]


@pytest.fixture(scope="session")
def walked(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Journey]:
    """The journey on a kind of database, walked when it is first asked for."""
    from coi.app import PROJECTIONS  # noqa: PLC0415 - only who asks for a journey pays for the whole house
    from coi.db import Database  # noqa: PLC0415 - same
    from tests.journeys import Journey  # noqa: PLC0415 - same

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
    yield from _giving(journey.before)


@pytest.fixture
def after(journey: Journey) -> Iterator[MakeStory]:
    """Give a story right after a checkpoint."""
    yield from _giving(journey.after)


def _giving(at: Callable[[str], Story]) -> Iterator[MakeStory]:
    from tests import journeys  # noqa: PLC0415 - same

    stories: list[Story] = []

    def give(step: str) -> Story:
        stories.append(at(step))
        return stories[-1]

    yield give
    for story in stories:
        journeys.close(story)
