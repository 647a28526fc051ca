"""Are the database's tables those of this version of the software?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from coi.errors import Unavailable

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from coi.db import Database

_STEPS = Path(__file__).parents[2] / "migrations"


def check(database: Database, *, older: bool = False) -> None:
    """Refuse tables of a newer version of the software, and of an *older* one unless they are about to be upgraded.

    Tables that no numbered step made, or none at all, pass: there is nothing to compare.
    """
    seen = database.read(_step)
    if seen is None:
        return
    steps = [step.revision for step in ScriptDirectory(str(_STEPS)).walk_revisions()]
    if seen not in steps:
        raise Unavailable(
            f"Expected tables of this version of the software (step {steps[0]}) or an older one, seen step {seen} of a "
            "newer version. Run the newer software."
        )
    if seen != steps[0] and not older:
        raise Unavailable(
            f"The tables are of an older version: expected step {steps[0]}, seen {seen}. Stop the servers, make a "
            "backup, then: coi upgrade"
        )


def _step(session: Session) -> str | None:
    """Return the number of the last step that the tables have taken."""
    return MigrationContext.configure(session.connection()).get_current_revision()
