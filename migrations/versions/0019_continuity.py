"""The paper for the hour without a computer: its serial, its order, its hold state, and whether it is in force."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "continuity_pack",
        sa.Column("pack", sa.String(16), nullable=False),
        sa.Column("order_id", sa.String(40), nullable=False),
        sa.Column("site", sa.String(40), nullable=False),
        sa.Column("printed_at", sa.String(27), nullable=False),
        sa.Column("expires_at", sa.String(27), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("holds", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("pack", name=op.f("pk_continuity_pack")),
    )
    op.create_index(op.f("ix_continuity_pack_order_id"), "continuity_pack", ["order_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_continuity_pack_order_id"), table_name="continuity_pack")
    op.drop_table("continuity_pack")
