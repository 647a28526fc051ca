"""The verbs of reviewed data: protocols and label templates are proposed, checked and approved."""

from __future__ import annotations

from functools import partial
from pathlib import Path  # noqa: TC003  typer reads it
from typing import TYPE_CHECKING, Annotated

import typer

from coi import people
from coi.commands.console import COULD_NOT_RUN, do, now
from coi.custody import protocol_actions, protocol_check, protocol_store
from coi.custody.deed import Deed
from coi.labelling import template_actions, template_store
from coi.people import CONSOLE, accounts

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from coi.commands.console import Wiring


def add(wiring: Wiring, command: typer.Typer) -> None:
    """Add the verbs that propose and approve."""
    _protocols(wiring, command)
    _templates(wiring, command)


def _protocols(wiring: Wiring, command: typer.Typer) -> None:
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
            do(wiring, lambda session: _approve(session, approve, login, secret))
            typer.echo(f"Approved {approve}.")
            return
        try:
            texts = (file.read_bytes(),) if file else tuple(protocol_check.shipped_bytes().values())
        except OSError as fault:
            typer.echo(f"Could not read: {fault}", err=True)
            raise typer.Exit(COULD_NOT_RUN) from fault
        for data in texts:
            typer.echo(do(wiring, partial(_propose, data=data, by=by, site=site)))


def _propose(session: Session, *, data: bytes, by: str, site: str) -> str:
    if by == CONSOLE:
        return protocol_actions.propose_at_console(session, data, now())
    return protocol_actions.propose(session, Deed(people.person(session, by), site, now()), data)


def _approve(session: Session, sha256: str, login: str, secret: str) -> None:
    """Approve by who signs, at the first site where that person may."""
    held = protocol_store.held(session, sha256)
    signer = accounts.password_ok(session, login, secret, now())
    if signer is None:
        raise accounts.WrongSecret(accounts.WRONG)
    sites = [site for site in signer.sites() if protocol_actions.may_write(signer, site, held.product)]
    deed = Deed(signer, sites[0] if sites else "", now())
    protocol_actions.approve(session, deed, held.sha256, login, secret)


def _templates(wiring: Wiring, command: typer.Typer) -> None:
    """Add the verb that submits and approves label templates."""

    @command.command()
    def template(
        file: Annotated[Path | None, typer.Argument(help="Template to submit; the shipped ones without it.")] = None,
        approve: Annotated[str | None, typer.Option(help="SHA-256 of a submitted one: sign its approval.")] = None,
    ) -> None:
        """Draw the proofs of label templates and submit them, or approve one by login and password."""
        if approve is not None:
            login, secret = typer.prompt("Login"), typer.prompt("Password", hide_input=True)
            do(wiring, lambda session: _approve_template(session, approve, login, secret))
            typer.echo(f"Approved {approve}.")
            return
        try:
            texts = (file.read_bytes(),) if file else template_actions.shipped()
        except OSError as fault:
            typer.echo(f"Could not read: {fault}", err=True)
            raise typer.Exit(COULD_NOT_RUN) from fault
        for data in texts:
            typer.echo(do(wiring, partial(template_actions.draft_at_console, data=data, at=now())))


def _approve_template(session: Session, sha256: str, login: str, secret: str) -> None:
    """Approve by who signs, at the first site where that person may; in force at once."""
    at = now()
    signer = accounts.password_ok(session, login, secret, at)
    if signer is None:
        raise accounts.WrongSecret(accounts.WRONG)
    held = template_store.held(session, sha256)
    sites = [site for site in signer.sites() if template_actions.may_write(signer, site)]
    template_actions.approve(session, signer, sites[0] if sites else "", held.sha256, at, (login, secret), at=at)


def checks() -> typer.Typer:
    """Return the verbs that examine protocols before anybody proposes them."""
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
