"""Where does a test get a database from?

``database`` is empty of rows, full of tables, and comes twice: on SQLite and on a real PostgreSQL. Both are copies of a
template that is made once, so that a test waits milliseconds for it. ``make_database`` makes one with projections;
called again, it makes another one.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from coi import db
from coi.db import Database
from tests import postgres

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from coi.ledger import Projection

    MakeDatabase = Callable[..., Database]

KINDS = ("sqlite", "postgresql")

settings.register_profile("repeatable", deadline=None, derandomize=True)  # what was red is red again
settings.register_profile("searching", deadline=None, print_blob=True)
settings.load_profile("searching" if {"COI_LONG", "COI_SEED"} & os.environ.keys() else "repeatable")


class Templates:
    """One database with every table, by kind and by the tables there are; rooms are imported bit by bit."""

    def __init__(self, folder: Path) -> None:
        """Keep SQLite's files in *folder*."""
        self._folder = folder
        self._urls: dict[tuple[str, frozenset[str]], str] = {}

    def copy(self, kind: str, folder: Path, number: int) -> str:
        """Return the URL of a new database of *kind*."""
        key = (kind, frozenset(db.metadata.tables))
        if key not in self._urls:
            self._urls[key] = self._make(kind)
        if kind == "postgresql":
            return postgres.new_database(template=self._urls[key])
        path = folder / f"coi-{number}.db"
        shutil.copyfile(self._urls[key].removeprefix("sqlite:///"), path)
        return f"sqlite:///{path}"

    def _make(self, kind: str) -> str:
        url = f"sqlite:///{self._folder / f'template-{len(self._urls)}.db'}"
        if kind == "postgresql":
            url = postgres.new_database()
        template = Database(url)
        db.create_all(template.engine)
        template.dispose()
        return url


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """The templates of this run."""
    return Templates(tmp_path_factory.mktemp("templates"))


@pytest.fixture(params=KINDS)
def database_kind(request: pytest.FixtureRequest) -> str:
    """Which database the test runs on; it runs on both."""
    return str(request.param)


@pytest.fixture
def make_database(database_kind: str, templates: Templates, tmp_path: Path) -> Iterator[MakeDatabase]:
    """Make a database of the kind, with the projections given; all of them are gone after the test."""
    made: list[Database] = []

    def make(*projections: Projection) -> Database:
        made.append(Database(templates.copy(database_kind, tmp_path, len(made)), projections))
        return made[-1]

    yield make
    for database in made:
        database.dispose()
        if not database.is_sqlite:
            postgres.drop(database.url.render_as_string(hide_password=False))


@pytest.fixture
def database(make_database: MakeDatabase) -> Database:
    """An empty database without projections."""
    return make_database()
