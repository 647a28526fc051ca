"""The ``coi`` command: serve, demo, look after the ledger.

It is told by ``coi.app`` how things are wired, for the app knows the command and not the other way round. The verbs of
each subject stand in a file of ``coi.commands``. Exit codes of what verifies: 0 whole, 1 broken, 2 could not run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from coi.commands import keeping, reviewed, serving, setup
from coi.commands.console import Telling

if TYPE_CHECKING:
    from coi.commands.console import Wiring


def command_line(wiring: Wiring) -> typer.Typer:
    """Return the whole command."""
    command = typer.Typer(
        cls=Telling,
        no_args_is_help=True,
        add_completion=False,
        help="Chain of identity and custody for cell and gene therapy.",
    )
    serving.add(wiring, command)
    keeping.add(wiring, command)
    command.add_typer(setup.tokens(wiring), name="token")
    command.add_typer(setup.commands(wiring), name="setup")
    command.add_typer(reviewed.checks(), name="protocol")
    return command
