"""Temperature traces: what was judged, and the files it was judged from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "temperature_trace",
        sa.Column("trace", sa.String(40), nullable=False),
        sa.Column("shipment", sa.String(40), nullable=False),
        sa.Column("order_id", sa.String(40), nullable=False),
        sa.Column("chain_id", sa.String(26), nullable=False),
        sa.Column("logger", sa.String(40), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("dialect", sa.String(40), nullable=False),
        sa.Column("zone", sa.String(40), nullable=False),
        sa.Column("samples", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.String(27), nullable=True),
        sa.Column("last_at", sa.String(27), nullable=True),
        sa.Column("lowest", sa.String(12), nullable=True),
        sa.Column("highest", sa.String(12), nullable=True),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("profile", sa.String(20), nullable=True),
        sa.Column("sealed_at", sa.String(27), nullable=False),
        sa.Column("until_at", sa.String(27), nullable=False),
        sa.Column("taken_at", sa.String(27), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("trace", name=op.f("pk_temperature_trace")),
    )
    op.create_index(op.f("ix_temperature_trace_shipment"), "temperature_trace", ["shipment"], unique=False)
    op.create_table(
        "trace_file",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_trace_file")),
    )


def downgrade() -> None:
    op.drop_table("trace_file")
    op.drop_index(op.f("ix_temperature_trace_shipment"), table_name="temperature_trace")
    op.drop_table("temperature_trace")
