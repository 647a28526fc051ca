"""Shipments, and which shipper and seal they use."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shipment",
        sa.Column("shipment", sa.String(40), nullable=False),
        sa.Column("order_id", sa.String(40), nullable=False),
        sa.Column("chain_id", sa.String(26), nullable=False),
        sa.Column("origin", sa.String(40), nullable=False),
        sa.Column("destination", sa.String(40), nullable=False),
        sa.Column("shipper", sa.String(40), nullable=False),
        sa.Column("seal", sa.String(40), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("containers", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("shipment", name=op.f("pk_shipment")),
        sa.UniqueConstraint("seal", name=op.f("uq_shipment_seal")),
    )
    op.create_index(op.f("ix_shipment_order_id"), "shipment", ["order_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_shipment_order_id"), table_name="shipment")
    op.drop_table("shipment")
