"""The verbs that found an installation and look after its ledger, and the doctor."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer
from sqlalchemy import inspect

from coi import ledger
from coi.commands import tables
from coi.commands.console import is_founded, now, opened
from coi.custody import erased_again, watch_store
from coi.custody import store as custody_store
from coi.custody.watchman import EVERY
from coi.errors import CoiError, Conflict
from coi.ledger import audit
from scanners import decode

if TYPE_CHECKING:
    from coi.commands.console import Wiring
    from coi.custody.erased_again import Looked
    from coi.db import Database


def add(wiring: Wiring, command: typer.Typer) -> None:
    """Add the verbs that found, rebuild and examine."""
    command.add_typer(_ledger(wiring), name="ledger")
    _restored(wiring, command)

    @command.command()
    def init(
        purpose: Annotated[str, typer.Option(help="production, training or demo; it never changes.")],
        log: Annotated[str, typer.Option(help="Name of the log, as host/name; it never changes.")],
    ) -> None:
        """Found the installation: tables, the organisation's chain, its unchangeable purpose."""
        database = opened(wiring, founded=False)
        if is_founded(database):
            there = database.read(ledger.installation)
            raise Conflict(
                f"Expected an empty database, seen {there.log}, founded for {there.purpose}. After an update of the "
                "software, coi upgrade brings its tables on."
            )
        wiring.migrate(database)
        made = database.run(lambda session: ledger.found(session, log=log, purpose=purpose, at=now()))
        typer.echo(f"Founded {made.log}, purpose {made.purpose}, organisation chain {made.org_chain}.")

    @command.command()
    def upgrade() -> None:
        """Bring the tables to this version of the software; back up first, and let no server run meanwhile.

        Refused while cells are thawed or being infused: nothing is switched off or changed under a running infusion.
        """
        database = opened(wiring, older=True)
        _quiet(database)
        wiring.migrate(database)
        typer.echo(f"The tables of {database.read(ledger.installation).log} are those of this version.")

    @command.command()
    def rebuild(check: Annotated[bool, typer.Option("--check", help="Compare only; change nothing.")] = False) -> None:  # noqa: FBT002  a flag of the command line
        """Rebuild every table from the ledger, or check that doing so would change no byte."""
        database = opened(wiring)
        if not check:
            audit.rebuild(database, wiring.projections)
            typer.echo("Rebuilt.")
            return
        differences = audit.rebuild_check(database, wiring.projections)
        for difference in differences:
            typer.echo(str(difference))
        typer.echo("Equal." if not differences else f"{len(differences)} differences.")
        raise typer.Exit(1 if differences else 0)

    @command.command()
    def doctor() -> None:
        """Say what is missing and what that switches off."""
        second = decode.second_reader()
        typer.echo(f"second reader: {second or 'absent (install libzbar0): no second opinion on bar codes'}")
        database = opened(wiring, founded=False)
        tables.check(database)
        typer.echo(f"database: {database.engine.dialect.name}, durability as required")
        try:
            purpose, entries = database.read(ledger.installation).purpose, database.read(ledger.count)
        except CoiError:
            typer.echo("ledger: no installation here yet (coi init, or coi demo)")
        else:
            typer.echo(f"ledger: {entries} entries, purpose {purpose}")
            typer.echo(f"overdue checks: {_looked(database)}")


def _quiet(database: Database) -> None:
    """Refuse while an order's cells are thawed or being infused."""
    running = database.read(custody_store.running) if inspect(database.engine).has_table("treatment_order") else ()
    if running:
        told = ", ".join(f"{order} ({state})" for order, state in running)
        raise Conflict(
            f"Expected no order that is THAWING or INFUSING, seen {told}. Finish or stop the infusion first, with the "
            "version of the software that began it."
        )


def _restored(wiring: Wiring, command: typer.Typer) -> None:
    """Add the verb for the hour after a backup was restored."""

    @command.command("erase-again")
    def erase_again() -> None:
        """Destroy again what was erased and came back with a restored backup, as every start of the server does."""
        looked = erased_again.look(opened(wiring), now())
        typer.echo(_erased(looked))
        raise typer.Exit(1 if looked.asks else 0)


def _erased(looked: Looked) -> str:
    """Say how many patients were erased, and what came back."""
    told = f"erased patients: {looked.known}; back in this database and destroyed again: {looked.again}"
    strange = f"; {looked.strange} lines of the list were not written by this installation and count for nothing"
    waiting = f"; {len(looked.waiting)} whom only the list knows wait, as something stands against it in this database"
    fault = f". {looked.fault}" if looked.fault else ""
    return told + (strange if looked.strange else "") + (waiting if looked.waiting else "") + fault


def _looked(database: Database) -> str:
    """Say when anybody last looked for overdue checks."""
    looked_at = database.read(watch_store.last_look)
    if looked_at is None or now() - looked_at > 5 * EVERY:
        return f"nobody looks now (last {looked_at or 'never'}): run coi serve, or coi watch --every 60"
    return f"looked for at {looked_at:%H:%M:%S} UTC"


def _ledger(wiring: Wiring) -> typer.Typer:
    command = typer.Typer(no_args_is_help=True, help="The ledger.")

    @command.callback()
    def about() -> None:
        """Look after the ledger."""

    @command.command()
    def verify(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False) -> None:  # noqa: FBT002  a flag of the command line
        """Re-read and re-hash every entry; exit 0 whole, 1 broken, 2 could not run."""
        database = opened(wiring)
        report = database.read(audit.fsck)
        typer.echo(json.dumps(report.as_dict()) if as_json else report.as_text())
        raise typer.Exit(report.exit_code)

    return command
