"""What could have gone wrong, for the register of near misses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "near_miss_chance",
        sa.Column("chain_id", sa.String(26), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("nth", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("site", sa.String(40), nullable=False),
        sa.Column("order_id", sa.String(40), nullable=False),
        sa.Column("handoff", sa.String(64), nullable=False),
        sa.Column("checkpoint", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("keyed", sa.Boolean(), nullable=False),
        sa.Column("governed", sa.Boolean(), nullable=False),
        sa.Column("ref", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("chain_id", "seq", "nth", name=op.f("pk_near_miss_chance")),
    )
    op.create_index(op.f("ix_near_miss_chance_at"), "near_miss_chance", ["at"], unique=False)
    op.create_table(
        "near_miss_order",
        sa.Column("order_id", sa.String(40), nullable=False),
        sa.Column("chain_id", sa.String(26), nullable=False),
        sa.Column("product", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_near_miss_order")),
    )


def downgrade() -> None:
    op.drop_table("near_miss_order")
    op.drop_index(op.f("ix_near_miss_chance_at"), table_name="near_miss_chance")
    op.drop_table("near_miss_chance")
