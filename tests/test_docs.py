"""The documents say what the product does: what they list is what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import Table

from coi.app import PROJECTIONS
from coi.custody.reasons import CODES
from coi.db import metadata
from coi.settings import Settings

DOCS = Path(__file__).parents[1] / "docs"


def test_every_reason_is_explained_with_its_way_out() -> None:
    """Each reason code stands in the list of refusals with its sentence, and no other code does."""
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|[^|]*\| [^|]+ \|$", (DOCS / "refusals.md").read_text(), re.MULTILINE)

    assert dict(CODES) == {code: text.strip() for code, text in rows}


def test_every_table_is_a_projection_or_a_store_with_its_reason() -> None:
    """Each table is either rebuilt from the ledger, or the ledger itself, or listed as a store with its reason."""
    stores = (DOCS / "stores.md").read_text()
    projected = {table.name for room in PROJECTIONS for table in room.tables}
    ledger = {"ledger_entry", "ledger_head", "installation"}

    others = sorted(set(metadata.tables) - projected - ledger)
    assert [] == [name for name in others if f"`{name}`" not in stores]
    assert all(isinstance(table, Table) for table in metadata.tables.values())


@pytest.mark.parametrize("command", ["./dev demo", "./dev check", "./dev run", "./dev doctor"])
def test_the_readme_names_the_commands(command: str) -> None:
    """The README names every command that a newcomer needs."""
    assert command in (DOCS.parent / "README.md").read_text()


def test_every_knob_is_documented() -> None:
    """Each setting says its unit and default where it is declared."""
    undocumented = [name for name, field in Settings.model_fields.items() if not field.description]

    assert [] == undocumented
