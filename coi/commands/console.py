"""What does every verb of the command need: how the house is wired, its database, and one deed at the console?"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from pydantic import ValidationError
from sqlalchemy import inspect
from typer.core import TyperGroup

from coi import ledger
from coi.commands import tables
from coi.errors import CoiError, Unavailable, Unknown
from coi.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from flask import Flask
    from sqlalchemy.orm import Session

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


class Telling(TyperGroup):
    """A command that tells what it cannot do in one sentence and ends with 2: a traceback is for faults of ours."""

    def invoke(self, ctx: Any) -> object:  # noqa: ANN401  typer hides its context's class
        """Run the verb that was asked for."""
        try:
            return super().invoke(ctx)
        except CoiError as fault:
            typer.echo(f"{fault.title}: {fault}", err=True)
        raise typer.Exit(COULD_NOT_RUN)


@contextmanager
def knobs() -> Iterator[None]:
    """Tell in a sentence each which knob of the settings is wrong; the settings, and nothing else, are made inside."""
    try:
        yield
    except ValidationError as fault:
        for one in fault.errors():
            knob = "".join(f"COI_{part!s}: ".upper() for part in one["loc"][:1])
            typer.echo(knob + one["msg"].removeprefix("Value error, "), err=True)
        raise typer.Exit(COULD_NOT_RUN) from fault


def do(wiring: Wiring, work: Callable[[Session], T]) -> T:
    """Do one deed at the console."""
    return opened(wiring).run(work)


def opened(wiring: Wiring, *, founded: bool = True, older: bool = False) -> Database:
    """Open the installation's database; one that is not founded yet says how it is, unless it is about to be.

    So does one with tables of another version of the software; an *older* one passes where it is about to be upgraded.
    """
    with knobs():
        settings = Settings()
    if founded and settings.database_url is None and not (settings.data / "coi.db").exists():
        raise Unavailable(
            f"Expected an installation in {settings.data.absolute()}, seen none. Set COI_DATA to its folder, found a "
            "new one with coi init, or try coi demo."
        )
    database = wiring.open_database(settings)
    if founded:
        tables.check(database, older=older)
    if founded and not is_founded(database):
        database.dispose()
        raise Unavailable("Expected an installation in this database, seen none. Found one with coi init.")
    return database


def is_founded(database: Database) -> bool:
    """Tell whether there is an installation in a database."""
    if not inspect(database.engine).has_table("installation"):
        return False
    try:
        database.read(ledger.installation)
    except Unknown:
        return False
    return True
