"""Deviations with their texts' commitments; on-call lists with their contacts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "people_on_call",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("site", sa.String(40), nullable=False),
        sa.Column("person", sa.String(40), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("begins", sa.String(27), nullable=False),
        sa.Column("ends", sa.String(27), nullable=False),
        sa.Column("removed_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_on_call")),
    )
    op.create_index(op.f("ix_people_on_call_site"), "people_on_call", ["site"], unique=False)
    op.create_table(
        "people_contact",
        sa.Column("person", sa.String(40), nullable=False),
        sa.Column("contact", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_people_contact")),
    )
    op.create_table(
        "deviation",
        sa.Column("deviation", sa.String(40), nullable=False),
        sa.Column("chain_id", sa.String(26), nullable=False),
        sa.Column("order_id", sa.String(40), nullable=True),
        sa.Column("product", sa.String(40), nullable=True),
        sa.Column("site", sa.String(40), nullable=False),
        sa.Column("owner", sa.String(40), nullable=False),
        sa.Column("severity", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("cause_chain", sa.String(26), nullable=True),
        sa.Column("cause_seq", sa.BigInteger(), nullable=True),
        sa.Column("concerns", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.String(27), nullable=False),
        sa.Column("taken_by", sa.String(40), nullable=True),
        sa.Column("taken_at", sa.String(27), nullable=True),
        sa.Column("findings", sa.Integer(), nullable=False),
        sa.Column("root_cause", sa.String(40), nullable=True),
        sa.Column("impact", sa.String(40), nullable=True),
        sa.Column("closed_by", sa.String(40), nullable=True),
        sa.Column("closed_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("deviation", name=op.f("pk_deviation")),
    )
    op.create_index(op.f("ix_deviation_order_id"), "deviation", ["order_id"], unique=False)
    op.create_table(
        "deviation_note",
        sa.Column("chain_id", sa.String(26), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("deviation", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("person", sa.String(40), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("text", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("chain_id", "seq", name=op.f("pk_deviation_note")),
    )
    op.create_index(op.f("ix_deviation_note_deviation"), "deviation_note", ["deviation"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_deviation_note_deviation"), table_name="deviation_note")
    op.drop_table("deviation_note")
    op.drop_index(op.f("ix_deviation_order_id"), table_name="deviation")
    op.drop_table("deviation")
    op.drop_table("people_contact")
    op.drop_index(op.f("ix_people_on_call_site"), table_name="people_on_call")
    op.drop_table("people_on_call")
