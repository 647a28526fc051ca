"""The verbs that stay: the server, the demo, the worker that prints, and the watch over checks that nobody made."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coi import demo
from coi.commands.console import COULD_NOT_RUN, knobs, now, opened
from coi.custody import watch_actions
from coi.custody.watchman import Watchman
from coi.demo import seed
from coi.settings import Settings

if TYPE_CHECKING:
    from coi.commands.console import Wiring
    from coi.custody.watch import Overdue
    from coi.people import ToCall


def add(wiring: Wiring, command: typer.Typer) -> None:
    """Add the verbs that serve."""

    @command.command()
    def serve(
        host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
        port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    ) -> None:
        """Serve the installation of COI_DATA."""
        with knobs():
            settings = Settings()
        opened(wiring).dispose()
        _serve(wiring, settings, host or settings.host, port or settings.port)

    @command.command(name="demo")
    def living_demo(
        port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
        data: Annotated[Path | None, typer.Option(help="Folder of the demo; default .data/demo here.")] = None,
        keep: Annotated[bool, typer.Option("--keep", help="Go on with the demo that lies there.")] = False,  # noqa: FBT002  a flag of the command line
    ) -> None:
        """Make a living demo and serve it."""
        folder = (data or Path(".data/demo")).absolute()
        _demo(wiring, folder, port, fresh=not keep)

    _worker(wiring, command)
    _watch(wiring, command)


def _worker(wiring: Wiring, command: typer.Typer) -> None:
    """Add the verb that prints."""

    @command.command()
    def worker(
        once: Annotated[bool, typer.Option("--once", help="Print what can be printed now, and end.")] = False,  # noqa: FBT002  a flag of the command line
    ) -> None:
        """Print what is queued, beside servers on PostgreSQL; any number may run. On SQLite the server prints."""
        database = opened(wiring)
        try:
            printing = wiring.create_app(Settings(), database=database).extensions["coi_printing"]
            if once:
                typer.echo(f"{printing.drain()} labels came out.")
                return
            if database.is_sqlite:
                typer.echo("On SQLite the server itself prints: run coi serve.", err=True)
                raise typer.Exit(COULD_NOT_RUN)
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
            typer.echo("Printing.", err=True)
            while True:
                printing.look()
                time.sleep(1)
        finally:
            database.dispose()


def _watch(wiring: Wiring, command: typer.Typer) -> None:
    """Add the verb that looks for overdue checks."""

    @command.command()
    def watch(
        every: Annotated[int, typer.Option(help="Look again after so many seconds; 0 looks once and ends.")] = 0,
    ) -> None:
        """Write down checks that nobody made in time, and print whom to call: one line of JSON each.

        A server does the first by itself; this is for who sends messages.
        """
        database = opened(wiring)
        while True:
            watch_actions.sweep(database, now(), _tell)
            if not every:
                return
            time.sleep(every)


def _tell(one: Overdue, called: tuple[ToCall, ...]) -> None:
    """Print one overdue check with whom to call, for whatever sends messages here."""
    told = {"kind": one.kind, "about": one.about, "site": one.site, "level": one.level}
    persons = [{"person": person.person, "name": person.name, "contact": person.contact} for person in called]
    typer.echo(json.dumps({**told, "since": one.since.isoformat(), "call": persons}))


def _listens(host: str, port: int) -> None:
    """Refuse a place where something else listens, before anything is made or cleared for it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as place:
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            place.bind((host, port))
        except OSError as fault:
            typer.echo(f"Expected to listen at {host}:{port}, seen: {fault.strerror}. Choose another --port.", err=True)
            raise typer.Exit(COULD_NOT_RUN) from fault


def _demo(wiring: Wiring, folder: Path, port: int, *, fresh: bool) -> None:
    _listens("127.0.0.1", port)
    if fresh and (folder / "coi.db").exists():
        shutil.rmtree(folder)
    with knobs():
        settings = Settings(data=folder, purpose="demo", database_url=None, port=port, argon2_kib=8192)
    if not (folder / "coi.db").exists():
        folder.mkdir(parents=True, exist_ok=True)
        typer.echo("Making the demo: a month of nine orders, every label printed and scanned back …")
        database = wiring.open_database(settings)
        wiring.migrate(database)
        seed.seed(database)
        database.dispose()
    typer.echo(demo.welcome(port))
    _serve(wiring, settings, "127.0.0.1", port)


def _serve(wiring: Wiring, settings: Settings, host: str, port: int) -> None:
    """Serve until TERM or INT; a stop is no error."""
    from waitress.server import create_server  # noqa: PLC0415 - only this verb serves

    _listens(host, port)
    app = wiring.create_app(settings)
    app.extensions["coi_printing"].start()
    Watchman(app.extensions["coi"].database, app.extensions["coi"].clock).start()
    server = create_server(app, host=host, port=port, threads=4, connection_limit=2000, channel_timeout=10)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    typer.echo(f"Ready at http://{host}:{port}", err=True)
    server.run()
