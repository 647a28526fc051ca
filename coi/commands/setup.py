"""The verbs that set an installation up: organisations, sites, persons, roles, things, seals and tokens."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from functools import partial
from pathlib import Path  # noqa: TC003  typer reads it
from typing import TYPE_CHECKING, Annotated

import typer

from coi import people
from coi.commands import reviewed, sites
from coi.commands import staff as staff_verbs
from coi.commands.console import Approved, By, do, now
from coi.equipment import actions as equipment
from coi.identity import HouseCode
from coi.labelling.tags import tag
from coi.people import CONSOLE
from coi.people import actions as staff
from coi.person import ROLES

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from coi.commands.console import Wiring

GRANTED = tuple(role for role in ROLES if role != "device")


def commands(wiring: Wiring) -> typer.Typer:
    """Sites, persons and things of an installation; at its console first, later by an administrator (``--by``)."""
    command = typer.Typer(no_args_is_help=True, help="Set up sites, persons, roles and things.")

    @command.command()
    def organization(name: str, by: By = CONSOLE, approved_by: Approved = None) -> None:
        """Register an organisation; prints its id."""
        typer.echo(
            do(wiring, partial(staff.register_organization, name=name, by=by, approved_by=approved_by, at=now()))
        )

    sites.add(wiring, command)

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
            added = staff.add_person(session, name=name, email=email, by=by, approved_by=approved_by, at=now())
            staff.set_password(session, added, password, by=by, approved_by=approved_by, at=now(), at_console=True)
            return added

        typer.echo(do(wiring, work))

    @command.command()
    def role(
        person: Annotated[str, typer.Option(help="Person id (U-…).")],
        role: Annotated[str, typer.Option(help=f"Role to grant: {', '.join(GRANTED)}.")],
        site: Annotated[str, typer.Option(help="Site id (S-…).")],
        trained_until: Annotated[datetime | None, typer.Option(help="Training counts until this day (UTC).")] = None,
        by: By = CONSOLE,
        approved_by: Approved = None,
    ) -> None:
        """Grant a role at a site; grant administrators last, for then the console may no more."""
        until = None if trained_until is None else trained_until.replace(tzinfo=UTC)
        do(
            wiring,
            lambda session: staff.grant(
                session, person, role, site, by=by, at=now(), trained_until=until, approved_by=approved_by
            ),
        )
        if until is None:
            typer.echo(
                "Not trained yet: no gate accepts this role before coi setup training says until when.", err=True
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
                at=now(),
            )

        do(wiring, work)
        tag_file.write_bytes(tag(code, label).png())
        typer.echo(code)

    @command.command()
    def seal(tag_file: Annotated[Path, typer.Option("--tag", help="Where the picture of its tag is written.")]) -> None:
        """Make the code of a new seal and draw its tag; a seal is known once it is put on."""
        code = str(HouseCode.from_random("seal", secrets.token_bytes))
        tag_file.write_bytes(tag(code, "Seal").png())
        typer.echo(code)

    staff_verbs.add(wiring, command)
    reviewed.add(wiring, command)
    return command


def tokens(wiring: Wiring) -> typer.Typer:
    """Return the verbs of API tokens."""
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
        made = do(
            wiring, lambda session: people.actions.create_token(session, person, role, site, by=CONSOLE, at=now())
        )
        typer.echo(made.secret)

    return command
