"""The documents say what the product does: what they list is what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import Table

from coi.app import PROJECTIONS
from coi.custody import ways_out
from coi.custody.reasons import CODES, IDENTITY
from coi.db import metadata
from coi.settings import Settings

DOCS = Path(__file__).parents[1] / "docs"


def test_every_reason_is_explained_with_its_way_out() -> None:
    """Each reason code stands in the list of refusals with its sentence and way out, and no other code does."""
    row = re.compile(r"^\| `(\w+)` \| ([^|]+) \|[^|]*\| ([^|]+) \|$", re.MULTILINE)
    rows = row.findall((DOCS / "refusals.md").read_text())

    assert dict(CODES) == {code: text.strip() for code, text, _ in rows}
    assert {code: " ".join(ways_out.of(code)) for code in CODES} == {code: way.strip() for code, _, way in rows}


def test_every_reason_has_a_way_out_of_its_own() -> None:
    """No reason sends people to somebody else in general, but for identity, which has one way: put it down and call."""
    assert [] == [code for code in CODES if code not in ways_out.WAYS and code not in IDENTITY]
    assert [] == [code for code in ways_out.WAYS if code not in CODES]


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


def test_every_control_of_the_hazards_names_a_test_that_is_there() -> None:
    """The FMEA speaks of all seventeen handoffs, and of tests that exist."""
    text = (DOCS / "hazards.md").read_text()
    named = set(re.findall(r"`(tests/[\w/]+\.py)`", text))

    assert [] == sorted(name for name in named if not (DOCS.parent / name).is_file())
    assert {f"H{number}" for number in range(1, 18)} == set(re.findall(r"^\| (H\d+) \|", text, re.MULTILINE))
