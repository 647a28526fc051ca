"""The verbs of sites: register one, and say by which scheme it labels what it collects."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from coi.commands.console import Approved, By, do, now
from coi.people import CONSOLE, schemes
from coi.people import actions as staff

if TYPE_CHECKING:
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


def add(wiring: Wiring, command: typer.Typer) -> None:
    """Add the verbs of sites."""

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


def _say_labels(site: Site) -> None:
    """Say what a scheme means; beside the answer, so that a script reads the id alone."""
    said = schemes.meaning(site.kind, site.scheme, site.fin, site.gtin)
    if said:
        typer.echo(said, err=True)
