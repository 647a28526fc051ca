"""A founded database with a vault, and settings with a data folder of the test's own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from coi import ledger, vault
from coi.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from coi.db import Database

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def knobs(tmp_path: Path) -> Settings:
    """Settings of the test's own."""
    return Settings(data=tmp_path / "data")


@pytest.fixture
def founded(make_database: Callable[..., Database], knobs: Settings) -> Database:
    """A founded database."""
    database = make_database(vault.PROJECTION)
    knobs.attach(database.engine)
    database.run(lambda session: ledger.found(session, log="test.invalid/vault", purpose="training", at=NOON))
    return database
