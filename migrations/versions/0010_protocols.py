"""Protocols as governed data."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "protocol",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("id", sa.String(60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("product", sa.String(40), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.String(40), nullable=False),
        sa.Column("proposed_at", sa.String(27), nullable=False),
        sa.Column("approved_by", sa.String(40), nullable=True),
        sa.Column("approved_at", sa.String(27), nullable=True),
        sa.Column("retired_by", sa.String(40), nullable=True),
        sa.Column("retired_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_protocol")),
        sa.UniqueConstraint("id", "version", name="uq_protocol_version"),
    )
    op.create_index(op.f("ix_protocol_product"), "protocol", ["product"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_protocol_product"), table_name="protocol")
    op.drop_table("protocol")
