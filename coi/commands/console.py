"""What does every verb of the command need: how the house is wired, its database, and one deed at the console?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from coi.errors import CoiError
from coi.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flask import Flask
    from sqlalchemy.orm import Session

    from coi import ledger
    from coi.db import Database

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


def now() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)


def do(wiring: Wiring, work: Callable[[Session], T]) -> T:
    """Do one deed at the console; what cannot be judged is told and ends with 2."""
    try:
        return opened(wiring).run(work)
    except CoiError as fault:
        typer.echo(f"{fault.title}: {fault}", err=True)
        raise typer.Exit(COULD_NOT_RUN) from fault


def opened(wiring: Wiring) -> Database:
    """Open the installation's database, or say why not and exit 2."""
    try:
        return wiring.open_database(Settings())
    except CoiError as fault:
        typer.echo(f"{fault.title}: {fault}", err=True)
        raise typer.Exit(COULD_NOT_RUN) from fault
