"""The numbered steps lead to the same schema as the code's tables, triggers included, and back again."""

from __future__ import annotations

import base64
import importlib
import pkgutil
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import inspect, text

import coi
from coi import db
from coi.custody import sightings
from coi.db import Database, upsert
from coi.labelling import actions
from coi.ledger import guards, instant, record
from migrations.tables import MODULES, all_tables
from tests import postgres
from tests.ledgers import AT, fill, found, open_chain, stmt

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.engine import Connection
    from sqlalchemy.engine.interfaces import ReflectedIndex

all_tables()


def _config(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration of this repository, for one connection."""
    config = Config(toml_file="pyproject.toml")
    config.attributes["connection"] = connection
    return config


def _to(database: Database, step: str) -> None:
    """Bring the database up to a step."""
    with database.engine.begin() as connection:
        command.upgrade(_config(connection), step)


def _down(database: Database, step: str) -> None:
    """Bring the database down to a step."""
    with database.engine.begin() as connection:
        command.downgrade(_config(connection), step)


@pytest.fixture
def blank(database_kind: str, tmp_path: Path) -> Iterator[Database]:
    """A database without any table."""
    url = f"sqlite:///{tmp_path / 'coi.db'}" if database_kind == "sqlite" else postgres.new_database()
    database = Database(url)
    yield database
    database.dispose()
    if database_kind != "sqlite":
        postgres.drop(url)


@pytest.fixture(autouse=True)
def _at_home(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Alembic's configuration lies in the repository's root."""
    monkeypatch.chdir(request.config.rootpath)


def _schema(database: Database) -> dict[str, Any]:
    """Return all that is said of every table, and the triggers with their functions."""
    with database.engine.connect() as connection:
        looked = inspect(connection)
        tables = {
            name: {
                "columns": [{**one, "type": repr(one["type"])} for one in looked.get_columns(name)],
                "key": looked.get_pk_constraint(name),
                "unique": sorted(looked.get_unique_constraints(name), key=repr),
                "checks": sorted(looked.get_check_constraints(name), key=repr),
                "references": sorted(looked.get_foreign_keys(name), key=repr),
                "indexes": sorted((_told(index) for index in looked.get_indexes(name)), key=repr),
            }
            for name in looked.get_table_names()
            if name != "alembic_version"
        }
        if database.is_sqlite:
            queries = ["SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"]
        else:
            queries = [
                "SELECT tgname, tgenabled, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1",
                "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1",
            ]
        return {**tables, "triggers": [tuple(row) for query in queries for row in connection.execute(text(query))]}


def _told(index: ReflectedIndex) -> dict[str, Any]:
    """Return an index with the words of its condition."""
    options = {name: str(value) for name, value in index.get("dialect_options", {}).items()}
    return {**index, "dialect_options": options}


def test_the_steps_lead_to_the_code(blank: Database, database: Database) -> None:
    """A database that was brought up step by step is the one that the code's tables describe, to the last trigger."""
    _to(blank, "head")

    assert _schema(database) == _schema(blank)
    with blank.engine.begin() as connection:
        command.check(_config(connection))
    assert [] == blank.read(lambda session: guards.missing(session.connection()))
    assert fill(blank)


def test_down_and_up_again(blank: Database) -> None:
    """Each step can be taken back and done again; at the bottom nothing is left."""
    steps = [step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions()]
    _to(blank, "head")
    whole = _schema(blank)
    for _ in steps:
        _down(blank, "-1")
        _to(blank, "+1")
        assert [] == blank.read(lambda session: guards.missing(session.connection()))
        _down(blank, "-1")
    assert {"triggers": []} == _schema(blank)

    for _ in steps:
        _to(blank, "+1")
    assert whole == _schema(blank)


def test_a_ledger_is_never_removed(blank: Database) -> None:
    """With an entry in it the ledger cannot be taken back, and nothing of it is lost in trying."""
    _to(blank, "head")
    fill(blank)

    with pytest.raises(RuntimeError, match="seen 31: a ledger is never removed"):
        _down(blank, "base")

    assert 31 == blank.read(lambda session: session.scalar(text("SELECT count(*) FROM ledger_entry")))
    assert [] == blank.read(lambda session: guards.missing(session.connection()))


def test_sightings_are_told_anew_without_what_was_refused(blank: Database) -> None:
    """A copy that was refused elsewhere is not where its bag was seen; what only a refusal showed was never seen."""
    _to(blank, "0025")
    found(blank)
    chain = open_chain(blank)
    true, shown = "7K3N9XB2CD4U", actions.new_piece()
    seen = {"S-HOME": ("accepted", true), "S-FAR": ("blocked", true), "S-LATE": ("blocked", shown)}
    for site, (outcome, piece) in seen.items():
        data = base64.b64encode(piece.encode()).decode()
        item = {"whose": "own", "class": "container", "data": data, "aim": "]C0", "at": instant(AT)}
        said = stmt(checkpoint="h5_pack", outcome=outcome, site=site, items=[item])
        blank.run(partial(record, chain=chain, type="custody.h5_pack", stmt=said, at=AT))
        row = {"piece": piece, "chain_id": chain, "site": site, "at": AT}
        blank.run(partial(upsert, table=sightings.sighting_table, row=row))

    _to(blank, "0026")

    assert blank.read(lambda session: sightings.of(session, {true, shown})) == {true: ("S-HOME", AT)}


def test_by_the_installations_settings(blank: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without a connection the steps are run on the database that the settings name."""
    monkeypatch.setenv("COI_DATA", str(tmp_path))
    monkeypatch.setenv("COI_DATABASE_URL", blank.url.render_as_string(hide_password=False))

    command.upgrade(_config(), "head")

    assert "ledger_entry" in _schema(blank)


def test_a_step_that_is_missing_is_seen(blank: Database) -> None:
    """A table that no step makes is named by the check."""
    extra = db.metadata.tables["deed"].to_metadata(db.metadata, name="toy_forgotten")
    try:
        _to(blank, "head")
        with blank.engine.begin() as connection, pytest.raises(CommandError, match="toy_forgotten"):
            command.check(_config(connection))
    finally:
        db.metadata.remove(extra)


def test_one_head_and_numbered_steps() -> None:
    """There is one newest step, and the steps are numbered without a gap."""
    script = ScriptDirectory.from_config(_config())

    steps = [step.revision for step in script.walk_revisions()]

    assert [f"{number:04}" for number in range(len(steps), 0, -1)] == steps
    assert [steps[0]] == script.get_heads()


def test_no_room_is_forgotten() -> None:
    """Every module that hangs tables on the house's metadata is in the list that the steps and the tests load."""
    known = set(db.metadata.tables)
    for module in pkgutil.walk_packages(coi.__path__, "coi."):
        importlib.import_module(module.name)

    assert known == set(db.metadata.tables), f"add the module to {MODULES}"
