"""Run the numbered steps on one database, all of them in one transaction.

The database is the one of a connection handed over in ``config.attributes`` (the service and the tests do so), else
that of the installation's settings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import context
from sqlalchemy import text

from coi.db import Database
from coi.settings import Settings
from migrations.tables import all_tables

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

_ONE_AT_A_TIME = 0x636F69  # "coi": the name of the lock, any number that only we use


def run(connection: Connection) -> None:
    """Run what was asked for; on PostgreSQL two who begin at once do it one after the other."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ONE_AT_A_TIME})
    context.configure(connection=connection, target_metadata=all_tables(), transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    database = Database(Settings().url)
    with database.engine.begin() as own:
        run(own)
    database.dispose()
