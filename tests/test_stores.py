"""Is every table either made from the ledger or listed with its reason?"""

from __future__ import annotations

import re
from pathlib import Path

from coi import app, db

PAGE = Path(__file__).parent.parent / "docs" / "stores.md"


def test_every_table_is_a_projection_or_a_listed_store() -> None:
    """No table is both, none is neither, and the page names no table that does not exist."""
    shown = {table.name for projection in app.PROJECTIONS for table in projection.tables}
    tables = PAGE.read_text(encoding="utf-8").split("## Outside the database")[0]
    rows = [line.split("|")[1] for line in tables.splitlines() if line.startswith("| `")]
    listed = {name for row in rows for name in re.findall(r"`(\w+)`", row)}

    assert set(db.metadata.tables) == shown | listed
    assert set() == shown & listed
