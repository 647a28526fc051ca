"""Whose data must be kept, and whose were destroyed: two tables of the vault, the second filled from the ledger."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from coi.db import Instant
from coi.ledger.entry import moment, read

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

ENTRIES = "SELECT body FROM ledger_entry WHERE chain_id IN (SELECT org_chain FROM installation) ORDER BY chain_id, seq"


def upgrade() -> None:
    erased = op.create_table(
        "vault_erased",
        sa.Column("subject", sa.String(20), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("chain_id", sa.String(26), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_vault_erased")),
    )
    op.create_table(
        "vault_legal_hold",
        sa.Column("hold", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(20), nullable=False),
        sa.Column("basis", sa.String(40), nullable=False),
        sa.Column("placed_at", sa.String(27), nullable=False),
        sa.Column("placed_by", sa.String(40), nullable=False),
        sa.Column("lifted_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("hold", name=op.f("pk_vault_legal_hold")),
    )
    op.create_index(op.f("ix_vault_legal_hold_subject"), "vault_legal_hold", ["subject"], unique=False)
    rows: dict[str, dict[str, Any]] = {}
    for (body,) in op.get_bind().execute(sa.text(ENTRIES)):
        entry = read(bytes(body))
        if entry.type == "vault.erased":
            subject = str(entry.stmt["subject"])
            where = {"at": moment(str(entry.stmt["at"])), "chain_id": entry.chain, "seq": entry.seq}
            rows[subject] = {"subject": subject, **where}
    if rows:
        op.bulk_insert(erased, list(rows.values()))


def downgrade() -> None:
    op.drop_table("vault_legal_hold")
    op.drop_table("vault_erased")
