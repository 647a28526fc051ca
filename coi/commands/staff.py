"""The verbs for those who are there already: who may do what, until when, and who may no more?"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from coi.commands.console import Approved, By, do, now, opened
from coi.people import CONSOLE, store
from coi.people import actions as staff
from coi.people.schemes import COLLECTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from coi.commands.console import Wiring

PersonId = Annotated[str, typer.Argument(help="Person id (U-…), as coi setup list shows it.")]
GrantId = Annotated[str, typer.Argument(help="Id of the granted role (G-…), as coi setup list shows it.")]


def add(wiring: Wiring, command: typer.Typer) -> None:
    """Add the verbs of a working installation's staff."""

    @command.command(name="list")
    def show() -> None:
        """List sites, persons and their roles, with the ids that the other verbs ask for."""
        for line in opened(wiring).read(lambda session: tuple(_lines(session))):
            typer.echo(line)

    @command.command()
    def training(
        grant: GrantId,
        until: Annotated[datetime | None, typer.Option(help="Training counts until this day (UTC).")] = None,
        by: By = CONSOLE,
        approved_by: Approved = None,
    ) -> None:
        """Say until when the training for a role counts; without --until it counts no more."""
        day = None if until is None else until.replace(tzinfo=UTC)
        do(wiring, lambda session: staff.record_training(session, grant, day, by=by, at=now(), approved_by=approved_by))
        typer.echo(f"Training for {grant} counts " + ("no more." if day is None else f"until {day:%Y-%m-%d} UTC."))

    @command.command()
    def revoke(grant: GrantId, by: By = CONSOLE) -> None:
        """Take a role away, at once."""
        do(wiring, partial(staff.revoke, given=grant, by=by, at=now()))
        typer.echo(f"{grant} is revoked.")

    @command.command()
    def deactivate(person: PersonId, by: By = CONSOLE) -> None:
        """Close the account of somebody who leaves: roles, sessions, badge and tokens end at once."""
        do(wiring, partial(staff.deactivate, person=person, by=by, at=now()))
        typer.echo(f"{person} can do nothing any more.")

    @command.command()
    def unlock(person: PersonId, by: By = CONSOLE) -> None:
        """Open an account that wrong passwords have locked."""
        do(wiring, partial(staff.unlock, person=person, by=by, at=now()))
        typer.echo(f"{person} may sign in again.")

    @command.command()
    def password(person: PersonId, by: By = CONSOLE, approved_by: Approved = None) -> None:
        """Give somebody who forgot it another password; it is asked for, never shown, and kept by no shell."""
        secret = typer.prompt("Password", hide_input=True, confirmation_prompt=True)

        def work(session: Session) -> None:
            staff.set_password(session, person, secret, by=by, approved_by=approved_by, at=now(), at_console=True)

        do(wiring, work)
        typer.echo(f"{person} has another password.")


def _lines(session: Session) -> Iterator[str]:
    """Say who and what there is, one line each, roles below their person."""
    sites = {site.id: store.name(session, site.id) or "" for site in store.sites(session)}
    for site in store.sites(session):
        labels = f", labels by {site.scheme}" if site.kind in COLLECTS else ""
        yield f"{site.id}  {sites[site.id]}  ({site.kind}, {site.organization}{labels})"
    for person in store.persons(session):
        standing = "" if person.active else "  deactivated"
        yield f"{person.id}  {store.name(session, person.id) or ''}{standing}"
        for held in store.grants(session, person.id):
            until = held.grant.trained_until
            trained = "not trained" if until is None else f"trained until {until:%Y-%m-%d} UTC"
            yield f"    {held.id}  {held.grant.role} at {sites.get(held.grant.site, held.grant.site)}, {trained}"
