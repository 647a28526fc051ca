"""Printed pieces and the print queue."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "print_job",
        sa.Column("piece", sa.String(12), nullable=False),
        sa.Column("order_id", sa.String(40), nullable=False),
        sa.Column("site", sa.String(40), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("piece", name=op.f("pk_print_job")),
    )
    op.create_table(
        "label_piece",
        sa.Column("piece", sa.String(12), nullable=False),
        sa.Column("order_id", sa.String(40), nullable=False),
        sa.Column("chain_id", sa.String(26), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("container", sa.String(40), nullable=True),
        sa.Column("design", sa.String(40), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("payload_sha256", sa.String(64), nullable=False),
        sa.Column("replaces", sa.String(12), nullable=True),
        sa.ForeignKeyConstraint(
            ["container", "order_id"], ["container.container", "container.order_id"], name="fk_label_piece_same_order"
        ),
        sa.PrimaryKeyConstraint("piece", name=op.f("pk_label_piece")),
    )
    op.create_index(op.f("ix_label_piece_order_id"), "label_piece", ["order_id"], unique=False)
    op.create_index(
        "uq_label_piece_applied",
        "label_piece",
        ["container"],
        unique=True,
        sqlite_where=sa.text("state = 'applied'"),
        postgresql_where=sa.text("state = 'applied'"),
    )


def downgrade() -> None:
    op.drop_index(
        "uq_label_piece_applied",
        table_name="label_piece",
        sqlite_where=sa.text("state = 'applied'"),
        postgresql_where=sa.text("state = 'applied'"),
    )
    op.drop_index(op.f("ix_label_piece_order_id"), table_name="label_piece")
    op.drop_table("label_piece")
    op.drop_table("print_job")
