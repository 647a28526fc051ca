"""Does a request ask the database for no more than it needs?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from coi.app import PROJECTIONS
from tests import programs, wanderer
from tests import world as worlds

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeDatabase
    from tests.programs import Programs


@pytest.fixture
def town(make_database: MakeDatabase, tmp_path: Path) -> Programs:
    """A served world."""
    return programs.serve(wanderer.quick(worlds.make(make_database(*PROJECTIONS), tmp_path)))


@pytest.fixture
def asked(town: Programs) -> list[str]:
    """Return the statements that the database is asked, as they come."""
    heard: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:  # noqa: ANN401  the listener's shape
        if statement.split(maxsplit=1)[0] not in {"PRAGMA", "BEGIN", "SET"}:
            heard.append(statement)

    event.listen(town.world.database.engine, "before_cursor_execute", hear)
    return heard


def test_after_a_deed_that_prints_nothing_no_printer_is_asked(town: Programs, asked: list[str]) -> None:
    """One look at an empty queue, and no transaction that writes: deeds do not wait for a printer that has no work."""
    waits = town.app.extensions["coi_printing"].look()

    assert not waits
    assert [one.split()[0] for one in asked] == ["SELECT"]
