"""Where a label was seen is told anew from the ledger: what was refused tells nothing of it any more."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from coi.custody import sightings
from coi.db import Instant
from coi.ledger.entry import read

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

ENTRIES = """SELECT body FROM ledger_entry WHERE chain_id IN (SELECT chain_id FROM label_sighting)
ORDER BY chain_id, seq"""
SEEN = sa.table(
    "label_sighting",
    sa.column("piece", sa.String(12)),
    sa.column("chain_id", sa.String(26)),
    sa.column("site", sa.String(40)),
    sa.column("at", Instant()),
)


def upgrade() -> None:
    database = op.get_bind()
    rows: dict[str, dict[str, Any]] = {}
    for (body,) in database.execute(sa.text(ENTRIES)):
        rows |= {row["piece"]: row for row in sightings.rows(read(bytes(body)))}
    database.execute(sa.delete(SEEN))
    if rows:
        database.execute(sa.insert(SEEN), list(rows.values()))


def downgrade() -> None:
    """Leave the rows: the steps before keep whatever was seen, and the next entries say more."""
