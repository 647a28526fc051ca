"""Who prints: the server's own thread on SQLite, ``coi worker`` on PostgreSQL; and what no production prints on."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

import pytest

from coi.app import PROJECTIONS, create_app, open_database
from coi.labelling import printer_actions, queue
from coi.settings import Settings
from labels.printers.network import VirtualZebra
from tests import postgres, print_shop
from tests.coi.test_cli import Console

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from coi.app import Printing
    from coi.db import Database
    from tests.print_shop import Shop


@pytest.fixture
def zebra() -> Iterator[VirtualZebra]:
    """A printer on loopback that behaves as a Zebra does."""
    with VirtualZebra() as printer:
        yield printer


@pytest.fixture
def shop(make_database: Callable[..., Database], zebra: VirtualZebra, tmp_path: Path) -> Shop:
    """A site with one printer."""
    return print_shop.open_shop(make_database(*PROJECTIONS), zebra, tmp_path)


def printing(shop: Shop, folder: Path) -> Printing:
    """Return what prints in the server of the shop."""
    knobs = Settings(data=folder, purpose="demo", argon2_kib=8, argon2_passes=1)
    app = create_app(knobs, database=shop.database, clock=shop.now)
    found: Printing = app.extensions["coi_printing"]
    return found


def test_the_servers_thread_prints_on_sqlite_alone(shop: Shop, tmp_path: Path) -> None:
    """Started, it tells what a stopped process was sending, and prints what waits; on PostgreSQL it does neither."""
    lost, waits = shop.ask(2)
    shop.database.run(partial(queue.begin, job=shop.job(lost), data=b"x", at=shop.now()))
    server = printing(shop, tmp_path)

    server.start()
    end = time.monotonic() + 60
    while shop.database.is_sqlite and shop.state(waits) != "printed" and time.monotonic() < end:
        time.sleep(0.05)

    seen = (shop.state(lost), shop.state(waits), len(shop.zebra.labels))
    assert seen == (("uncertain", "printed", 1) if shop.database.is_sqlite else ("intended", "intended", 0))
    if not shop.database.is_sqlite:
        assert server.look()
        assert shop.state(waits) == "printed"


def test_a_site_without_a_registered_printer(shop: Shop, tmp_path: Path) -> None:
    """In training the settings may name its printer; once one is registered, only that one prints."""
    waits = shop.ask()[0]
    retire = partial(printer_actions.retire, printer_id=shop.printer, by=shop.persons["admin"])
    shop.database.run(partial(retire, at=shop.now()))
    host = shop.zebra.address.removeprefix("tcp://")
    knobs = Settings(data=tmp_path, purpose="demo", argon2_kib=8, argon2_passes=1, printers={shop.site: host})
    app = create_app(knobs, database=shop.database, clock=shop.now)

    assert app.extensions["coi_printing"].drain() == 1
    assert shop.state(waits) == "printed"
    shop.printer = shop.register(address="tcp://127.0.0.1:1", serial="SILENT")
    silent = shop.ask()[0]
    assert app.extensions["coi_printing"].drain() == 0
    assert shop.state(silent) == "intended"


def test_production_knows_no_virtual_printer(make_database: Callable[..., Database], tmp_path: Path) -> None:
    """Neither a printer of the settings nor a folder is a printer in production."""
    with VirtualZebra() as zebra:
        shop = print_shop.open_shop(make_database(*PROJECTIONS), zebra, tmp_path, "production")
        shop.database.run(
            partial(printer_actions.retire, printer_id=shop.printer, by=shop.persons["admin"], at=shop.now())
        )
        knobs = Settings(
            data=tmp_path, purpose="demo", argon2_kib=8, argon2_passes=1, printers={shop.site: "127.0.0.1"}
        )
        server = create_app(knobs, database=shop.database, clock=shop.now).extensions["coi_printing"]
        waits = shop.ask()[0]
        assert server.drain() == 0
        shop.printer = shop.register(address="virtual:tray", serial="")
        user = shop.persons["user"]
        shop.database.run(
            partial(printer_actions.print_test, printer_id=shop.printer, by=user, what="test", at=shop.now())
        )

        assert server.drain() == 0
        assert not (tmp_path / "tray").exists()
        assert shop.state(waits) == "intended"


def test_the_worker_command(database_kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``coi worker --once`` prints and ends; without it, it goes on, but not beside a server on SQLite."""

    class Enough(Exception):
        """The test has seen it go on."""

    def enough(_seconds: float) -> None:
        raise Enough

    monkeypatch.setenv("COI_DATA", str(tmp_path))
    monkeypatch.setenv("COI_ARGON2_KIB", "8")
    url = postgres.new_database() if database_kind == "postgresql" else ""
    if url:
        monkeypatch.setenv("COI_DATABASE_URL", url)
    kept: list[Database] = []

    def opened(settings: Settings) -> Database:
        kept.append(open_database(settings))
        return kept[-1]

    monkeypatch.setattr("tests.coi.test_cli.open_database", opened)
    console = Console()
    console.says("init", "--purpose", "training", "--log", "coi.example.org/worker")

    assert console.says("worker", "--once") == "0 labels came out."
    monkeypatch.setattr("coi.commands.serving.time.sleep", enough)
    monkeypatch.setattr("coi.commands.serving.signal.signal", lambda *_: None)
    told = console.says("worker", code=1 if url else 2)
    assert told == ("Printing." if url else "On SQLite the server itself prints: run coi serve.")
    for database in kept:  # a command's process would end here
        database.dispose()
