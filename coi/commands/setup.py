"""The verbs that set an installation up: organisations, sites, persons, roles, things, seals and tokens."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from functools import partial
from pathlib import Path  # noqa: TC003  typer reads it
from typing import TYPE_CHECKING, Annotated

import typer

from coi import people
from coi.commands import reviewed
from coi.commands.console import Approved, By, do, now, opened
from coi.equipment import actions as equipment
from coi.identity import HouseCode
from coi.labelling.tags import tag
from coi.people import CONSOLE, schemes
from coi.people import actions as staff

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from coi.commands.console import Wiring
    from coi.people.rules import Site

Scheme = Annotated[
    str,
    typer.Option(
        help="How what is collected is labelled: isbt128 (wants --fin), gs1 (wants --gtin), or plain, our own code, "
        "for a site with neither number."
    ),
]
Fin = Annotated[str | None, typer.Option(help="ISBT 128: the facility identification number, from ICCBBA.")]
Gtin = Annotated[str | None, typer.Option(help="GS1: the article number (14 digits) of the site's collection bags.")]


def _say_labels(site: Site) -> None:
    """Say what a scheme means; beside the answer, so that a script reads the id alone."""
    said = schemes.meaning(site.kind, site.scheme, site.fin, site.gtin)
    if said:
        typer.echo(said, err=True)


def commands(wiring: Wiring) -> typer.Typer:
    """Sites, persons and things of an installation; at its console first, later by an administrator (``--by``)."""
    command = typer.Typer(no_args_is_help=True, help="Set up sites, persons, roles and things.")

    @command.command()
    def organization(name: str, by: By = CONSOLE, approved_by: Approved = None) -> None:
        """Register an organisation; prints its id."""
        typer.echo(
            do(wiring, partial(staff.register_organization, name=name, by=by, approved_by=approved_by, at=now()))
        )

    @command.command()
    def site(  # noqa: PLR0913, PLR0917  a site is that many facts
        name: str,
        kind: Annotated[str, typer.Option(help="collection, manufacturing, depot (couriers) or treatment.")],
        organization: Annotated[str, typer.Option(help="Organisation id (O-…).")],
        zone: Annotated[str, typer.Option(help="IANA zone.")] = "Europe/Berlin",
        scheme: Scheme = "plain",
        fin: Fin = None,
        gtin: Gtin = None,
        by: By = CONSOLE,
        approved_by: Approved = None,
    ) -> None:
        """Register a site; prints its id, and beside it by what the bags that it collects will be labelled."""
        work = partial(
            staff.register_site,
            name=name,
            kind=kind,
            zone=zone,
            organization=organization,
            scheme=scheme,
            fin=fin,
            gtin=gtin,
            by=by,
            approved_by=approved_by,
            at=now(),
        )
        made = do(wiring, work)
        typer.echo(made.id)
        _say_labels(made)

    @command.command()
    def labels(
        site: Annotated[str, typer.Argument(help="Site id (S-…).")],
        scheme: Scheme,
        fin: Fin = None,
        gtin: Gtin = None,
        by: By = CONSOLE,
        approved_by: Approved = None,
    ) -> None:
        """Label what a site collects by another scheme from now on; labels and numbers given before keep theirs."""
        work = partial(
            staff.change_labels,
            site=site,
            scheme=scheme,
            fin=fin,
            gtin=gtin,
            by=by,
            approved_by=approved_by,
            at=now(),
        )
        changed = do(wiring, work)
        typer.echo(f"{changed.id} labels by {changed.scheme}.")
        _say_labels(changed)

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
            staff.set_password(session, added, password, by=by, approved_by=approved_by, at=now())
            return added

        typer.echo(do(wiring, work))

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
        do(
            wiring,
            lambda session: staff.grant(
                session, person, role, site, by=by, at=now(), trained_until=until, approved_by=approved_by
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
        made = opened(wiring).run(
            lambda session: people.actions.create_token(session, person, role, site, by=CONSOLE, at=now())
        )
        typer.echo(made.secret)

    return command
