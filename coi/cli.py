"""The ``coi`` command: serve, demo, look after the ledger.

It is told by ``coi.app`` how things are wired, for the app knows the command and not the other way round. Exit codes of
what verifies: 0 whole, 1 broken, 2 could not run.
"""

from __future__ import annotations

import json
import secrets
import shutil
import signal
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from coi import demo, ledger, people
from coi.custody import protocol_actions, protocol_check, protocol_store, watch_actions, watch_store
from coi.custody.deed import Deed
from coi.custody.watchman import EVERY, Watchman
from coi.demo import seed
from coi.equipment import actions as equipment
from coi.errors import CoiError
from coi.identity import HouseCode
from coi.labelling import template_actions, template_store
from coi.labelling.tags import tag
from coi.ledger import audit
from coi.people import CONSOLE, accounts
from coi.people import actions as staff
from coi.settings import Settings
from scanners import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flask import Flask
    from sqlalchemy.orm import Session

    from coi.custody.watch import Overdue
    from coi.db import Database
    from coi.people import ToCall

COULD_NOT_RUN = 2
T = TypeVar("T")
By = Annotated[str, typer.Option(help="Person id of the administrator who does it; the console before there is one.")]
Approved = Annotated[str | None, typer.Option(help="Person id of the second administrator who approves it.")]


@dataclass(frozen=True, slots=True)
class Wiring:
    """What the command is told: how to open the database, and how to make the app."""

    open_database: Callable[[Settings], Database]
    create_app: Callable[..., Flask]
    migrate: Callable[[Database], None]
    projections: Sequence[ledger.Projection]


def command_line(wiring: Wiring) -> typer.Typer:
    """Return the whole command."""
    command = typer.Typer(
        no_args_is_help=True, add_completion=False, help="Chain of identity and custody for cell and gene therapy."
    )
    command.add_typer(_ledger(wiring), name="ledger")
    command.add_typer(_token(wiring), name="token")
    command.add_typer(_setup(wiring), name="setup")
    command.add_typer(_protocol(), name="protocol")
    _worker(wiring, command)
    _watch(wiring, command)

    @command.command()
    def serve(
        host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
        port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    ) -> None:
        """Serve the installation of COI_DATA."""
        settings = Settings()
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

    @command.command()
    def init(
        purpose: Annotated[str, typer.Option(help="production, training or demo; it never changes.")],
        log: Annotated[str, typer.Option(help="Name of the log, as host/name; it never changes.")],
    ) -> None:
        """Found the installation: tables, the organisation's chain, its unchangeable purpose."""
        database = _open(wiring)
        wiring.migrate(database)
        made = database.run(lambda session: ledger.found(session, log=log, purpose=purpose, at=datetime.now(UTC)))
        typer.echo(f"Founded {made.log}, purpose {made.purpose}, organisation chain {made.org_chain}.")

    @command.command()
    def rebuild(check: Annotated[bool, typer.Option("--check", help="Compare only; change nothing.")] = False) -> None:  # noqa: FBT002  a flag of the command line
        """Rebuild every table from the ledger, or check that doing so would change no byte."""
        database = _open(wiring)
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
        database = _open(wiring)
        typer.echo(f"database: {database.engine.dialect.name}, durability as required")
        try:
            purpose, entries = database.read(ledger.installation).purpose, database.read(ledger.count)
        except CoiError:
            typer.echo("ledger: no installation here yet (coi init, or coi demo)")
        else:
            typer.echo(f"ledger: {entries} entries, purpose {purpose}")
            typer.echo(f"overdue checks: {_looked(database)}")

    return command


def _worker(wiring: Wiring, command: typer.Typer) -> None:
    """Add the verb that prints."""

    @command.command()
    def worker(
        once: Annotated[bool, typer.Option("--once", help="Print what can be printed now, and end.")] = False,  # noqa: FBT002  a flag of the command line
    ) -> None:
        """Print what is queued, beside servers on PostgreSQL; any number may run. On SQLite the server prints."""
        database = _open(wiring)
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
        database = _open(wiring)
        while True:
            watch_actions.sweep(database, datetime.now(UTC), _tell)
            if not every:
                return
            time.sleep(every)


def _looked(database: Database) -> str:
    """Say when anybody last looked for overdue checks."""
    looked_at = database.read(watch_store.last_look)
    if looked_at is None or datetime.now(UTC) - looked_at > 5 * EVERY:
        return f"nobody looks now (last {looked_at or 'never'}): run coi serve, or coi watch --every 60"
    return f"looked for at {looked_at:%H:%M:%S} UTC"


def _tell(one: Overdue, called: tuple[ToCall, ...]) -> None:
    """Print one overdue check with whom to call, for whatever sends messages here."""
    told = {"kind": one.kind, "about": one.about, "site": one.site, "level": one.level}
    persons = [{"person": person.person, "name": person.name, "contact": person.contact} for person in called]
    typer.echo(json.dumps({**told, "since": one.since.isoformat(), "call": persons}))


def _ledger(wiring: Wiring) -> typer.Typer:
    command = typer.Typer(no_args_is_help=True, help="The ledger.")

    @command.callback()
    def about() -> None:
        """Look after the ledger."""

    @command.command()
    def verify(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False) -> None:  # noqa: FBT002  a flag of the command line
        """Re-read and re-hash every entry; exit 0 whole, 1 broken, 2 could not run."""
        database = _open(wiring)
        try:
            report = database.read(audit.fsck)
        except CoiError as fault:
            typer.echo(f"{fault.title}: {fault}", err=True)
            raise typer.Exit(COULD_NOT_RUN) from fault
        typer.echo(json.dumps(report.as_dict()) if as_json else report.as_text())
        raise typer.Exit(report.exit_code)

    return command


def _setup(wiring: Wiring) -> typer.Typer:
    """Sites, persons and things of an installation; at its console first, later by an administrator (``--by``)."""
    command = typer.Typer(no_args_is_help=True, help="Set up sites, persons, roles and things.")

    @command.command()
    def organization(name: str, by: By = CONSOLE, approved_by: Approved = None) -> None:
        """Register an organisation; prints its id."""
        typer.echo(
            _do(wiring, partial(staff.register_organization, name=name, by=by, approved_by=approved_by, at=_now()))
        )

    @command.command()
    def site(
        name: str,
        kind: Annotated[str, typer.Option(help="collection, manufacturing, depot (couriers) or treatment.")],
        organization: Annotated[str, typer.Option(help="Organisation id (O-…).")],
        zone: Annotated[str, typer.Option(help="IANA zone.")] = "Europe/Berlin",
        scheme: Annotated[str, typer.Option(help="isbt128, gs1 or plain.")] = "plain",
        fin: Annotated[str | None, typer.Option(help="ISBT 128 facility identification number.")] = None,
        by: By = CONSOLE,
        approved_by: Approved = None,
    ) -> None:
        """Register a site; prints its id."""
        work = partial(
            staff.register_site,
            name=name,
            kind=kind,
            zone=zone,
            organization=organization,
            scheme=scheme,
            fin=fin,
            by=by,
            approved_by=approved_by,
            at=_now(),
        )
        typer.echo(_do(wiring, work).id)

    @command.command()
    def person(
        name: str,
        email: str,
        password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)],
        by: By = CONSOLE,
        approved_by: Approved = None,
    ) -> None:
        """Add a person with a first password; prints the id."""

        def work(session: Session) -> str:
            added = staff.add_person(session, name=name, email=email, by=by, approved_by=approved_by, at=_now())
            staff.set_password(session, added, password, by=by, approved_by=approved_by, at=_now())
            return added

        typer.echo(_do(wiring, work))

    @command.command()
    def role(
        person: Annotated[str, typer.Option(help="Person id (U-…).")],
        role: Annotated[str, typer.Option(help="Role to grant.")],
        site: Annotated[str, typer.Option(help="Site id (S-…).")],
        trained_until: Annotated[datetime | None, typer.Option(help="Training counts until this day (UTC).")] = None,
        by: By = CONSOLE,
        approved_by: Approved = None,
    ) -> None:
        """Grant a role at a site; grant administrators last, for then the console may no more."""
        until = None if trained_until is None else trained_until.replace(tzinfo=UTC)
        _do(
            wiring,
            lambda session: staff.grant(
                session, person, role, site, by=by, at=_now(), trained_until=until, approved_by=approved_by
            ),
        )

    @command.command()
    def thing(
        kind: Annotated[str, typer.Option(help="shipper, location, equipment or logger.")],
        site: Annotated[str, typer.Option(help="Site id (S-…).")],
        label: Annotated[str, typer.Option(help="What people call it.")],
        qualified_until: Annotated[datetime, typer.Option(help="Day until which it is qualified (UTC).")],
        by: Annotated[str, typer.Option(help="Person id with role metrology, materials or site_admin there.")],
        tag_file: Annotated[Path, typer.Option("--tag", help="Where the picture of its tag is written.")],
    ) -> None:
        """Register a shipper, place or machine under a new code, and draw its tag; prints the code."""
        code = str(HouseCode.from_random(kind, secrets.token_bytes))

        def work(session: Session) -> None:
            equipment.register(
                session,
                code=code,
                kind=kind,
                site=site,
                label=label,
                qualified_until=qualified_until.replace(tzinfo=UTC),
                by=people.person(session, by),
                at=_now(),
            )

        _do(wiring, work)
        tag_file.write_bytes(tag(code, label).png())
        typer.echo(code)

    @command.command()
    def seal(tag_file: Annotated[Path, typer.Option("--tag", help="Where the picture of its tag is written.")]) -> None:
        """Make the code of a new seal and draw its tag; a seal is known once it is put on."""
        code = str(HouseCode.from_random("seal", secrets.token_bytes))
        tag_file.write_bytes(tag(code, "Seal").png())
        typer.echo(code)

    _setup_protocol(wiring, command)
    _setup_template(wiring, command)
    return command


def _setup_protocol(wiring: Wiring, command: typer.Typer) -> None:
    """Add the verb that proposes and approves protocols."""

    @command.command()
    def protocol(
        file: Annotated[Path | None, typer.Argument(help="Protocol to propose; the shipped ones without it.")] = None,
        by: Annotated[str, typer.Option(help="Person id of who proposes it, or the console.")] = CONSOLE,
        site: Annotated[str, typer.Option(help="Site id (S-…) where that person holds the role.")] = "",
        approve: Annotated[str | None, typer.Option(help="SHA-256 of a proposed one: sign its approval.")] = None,
    ) -> None:
        """Propose protocols, or approve one by login and password; prints each SHA-256."""
        if approve is not None:
            login, secret = typer.prompt("Login"), typer.prompt("Password", hide_input=True)
            _do(wiring, lambda session: _approve(session, approve, login, secret))
            typer.echo(f"Approved {approve}.")
            return
        try:
            texts = (file.read_bytes(),) if file else tuple(protocol_check.shipped_bytes().values())
        except OSError as fault:
            typer.echo(f"Could not read: {fault}", err=True)
            raise typer.Exit(COULD_NOT_RUN) from fault
        for data in texts:
            typer.echo(_do(wiring, partial(_propose, data=data, by=by, site=site)))


def _propose(session: Session, *, data: bytes, by: str, site: str) -> str:
    if by == CONSOLE:
        return protocol_actions.propose_at_console(session, data, _now())
    return protocol_actions.propose(session, Deed(people.person(session, by), site, _now()), data)


def _approve(session: Session, sha256: str, login: str, secret: str) -> None:
    """Approve by who signs, at the first site where that person may."""
    held = protocol_store.held(session, sha256)
    signer = accounts.password_ok(session, login, secret, _now())
    if signer is None:
        raise accounts.WrongSecret(accounts.WRONG)
    sites = [site for site in signer.sites() if protocol_actions.may_write(signer, site, held.product)]
    deed = Deed(signer, sites[0] if sites else "", _now())
    protocol_actions.approve(session, deed, held.sha256, login, secret)


def _setup_template(wiring: Wiring, command: typer.Typer) -> None:
    """Add the verb that submits and approves label templates."""

    @command.command()
    def template(
        file: Annotated[Path | None, typer.Argument(help="Template to submit; the shipped ones without it.")] = None,
        approve: Annotated[str | None, typer.Option(help="SHA-256 of a submitted one: sign its approval.")] = None,
    ) -> None:
        """Draw the proofs of label templates and submit them, or approve one by login and password."""
        if approve is not None:
            login, secret = typer.prompt("Login"), typer.prompt("Password", hide_input=True)
            _do(wiring, lambda session: _approve_template(session, approve, login, secret))
            typer.echo(f"Approved {approve}.")
            return
        try:
            texts = (file.read_bytes(),) if file else template_actions.shipped()
        except OSError as fault:
            typer.echo(f"Could not read: {fault}", err=True)
            raise typer.Exit(COULD_NOT_RUN) from fault
        for data in texts:
            typer.echo(_do(wiring, partial(template_actions.draft_at_console, data=data, at=_now())))


def _approve_template(session: Session, sha256: str, login: str, secret: str) -> None:
    """Approve by who signs, at the first site where that person may; in force at once."""
    at = _now()
    signer = accounts.password_ok(session, login, secret, at)
    if signer is None:
        raise accounts.WrongSecret(accounts.WRONG)
    held = template_store.held(session, sha256)
    sites = [site for site in signer.sites() if template_actions.may_write(signer, site)]
    template_actions.approve(session, signer, sites[0] if sites else "", held.sha256, at, (login, secret), at=at)


def _protocol() -> typer.Typer:
    command = typer.Typer(no_args_is_help=True, help="Protocols: the gates of a therapy as reviewed data.")

    @command.callback()
    def about() -> None:
        """Look after protocols."""

    @command.command()
    def check(
        files: Annotated[list[Path] | None, typer.Argument(help="Protocols; the shipped ones without any.")] = None,
    ) -> None:
        """Name every fault of protocols; exit 0 sound, 1 with faults, 2 could not run."""
        told = dict(protocol_check.shipped_bytes()) if not files else {}
        try:
            told |= {str(path): path.read_bytes() for path in files or ()}
        except OSError as fault:
            typer.echo(f"Could not read: {fault}", err=True)
            raise typer.Exit(COULD_NOT_RUN) from fault
        found = {name: protocol_check.faults_of(data) for name, data in told.items()}
        for name, said in found.items():
            typer.echo(f"{name}: {'sound' if not said else f'{len(said)} faults'}")
            for line in said:
                typer.echo(f"  {line}")
        raise typer.Exit(1 if any(found.values()) else 0)

    return command


def _now() -> datetime:
    return datetime.now(UTC)


def _do(wiring: Wiring, work: Callable[[Session], T]) -> T:
    """Do one deed at the console; what cannot be judged is told and ends with 2."""
    try:
        return _open(wiring).run(work)
    except CoiError as fault:
        typer.echo(f"{fault.title}: {fault}", err=True)
        raise typer.Exit(COULD_NOT_RUN) from fault


def _token(wiring: Wiring) -> typer.Typer:
    command = typer.Typer(no_args_is_help=True, help="API tokens.")

    @command.callback()
    def about() -> None:
        """Look after API tokens."""

    @command.command()
    def create(
        person: Annotated[str, typer.Option(help="Person id (U-…).")],
        role: Annotated[str, typer.Option(help="One of the person's roles.")],
        site: Annotated[str, typer.Option(help="Site id (S-…).")],
    ) -> None:
        """Make a token; its secret is printed this once."""
        made = _open(wiring).run(
            lambda session: people.actions.create_token(session, person, role, site, by=CONSOLE, at=datetime.now(UTC))
        )
        typer.echo(made.secret)

    return command


def _open(wiring: Wiring) -> Database:
    """Open the installation's database, or say why not and exit 2."""
    try:
        return wiring.open_database(Settings())
    except CoiError as fault:
        typer.echo(f"{fault.title}: {fault}", err=True)
        raise typer.Exit(COULD_NOT_RUN) from fault


def _demo(wiring: Wiring, folder: Path, port: int, *, fresh: bool) -> None:
    if fresh and (folder / "coi.db").exists():
        shutil.rmtree(folder)
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

    app = wiring.create_app(settings)
    app.extensions["coi_printing"].start()
    Watchman(app.extensions["coi"].database, app.extensions["coi"].clock).start()
    server = create_server(app, host=host, port=port, threads=4, connection_limit=2000, channel_timeout=10)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    typer.echo(f"Ready at http://{host}:{port}", err=True)
    server.run()
