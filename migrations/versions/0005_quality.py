"""Holds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hold",
        sa.Column("hold", sa.String(40), nullable=False),
        sa.Column("order_id", sa.String(40), nullable=False),
        sa.Column("chain_id", sa.String(26), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("containers", sa.Text(), nullable=False),
        sa.Column("site", sa.String(40), nullable=False),
        sa.Column("placed_at", sa.String(27), nullable=False),
        sa.Column("lifted_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("hold", name=op.f("pk_hold")),
    )
    op.create_index(op.f("ix_hold_order_id"), "hold", ["order_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_hold_order_id"), table_name="hold")
    op.drop_table("hold")
