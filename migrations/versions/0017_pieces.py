"""Each piece knows whether it may exist, where and when it came out, and by which version of which template."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TEXTS = {"site": 40, "printer": 80, "template": 60, "template_sha256": 64}


def upgrade() -> None:
    with op.batch_alter_table("label_piece") as pieces:
        pieces.add_column(sa.Column("sent", sa.Boolean(), nullable=False, server_default=sa.true()))
        pieces.add_column(sa.Column("site", sa.String(40), nullable=False, server_default=""))
        pieces.add_column(sa.Column("printer", sa.String(80), nullable=False, server_default=""))
        pieces.add_column(sa.Column("printed_at", sa.String(27), nullable=True))
        pieces.add_column(sa.Column("template", sa.String(60), nullable=False, server_default=""))
        pieces.add_column(sa.Column("template_version", sa.Integer(), nullable=False, server_default="0"))
        pieces.add_column(sa.Column("template_sha256", sa.String(64), nullable=False, server_default=""))
    with op.batch_alter_table("label_piece") as pieces:
        pieces.alter_column("sent", existing_type=sa.Boolean(), server_default=None, existing_nullable=False)
        pieces.alter_column(
            "template_version", existing_type=sa.Integer(), server_default=None, existing_nullable=False
        )
        for name, length in TEXTS.items():
            pieces.alter_column(name, existing_type=sa.String(length), server_default=None, existing_nullable=False)
    op.create_index(op.f("ix_label_piece_site"), "label_piece", ["site"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_label_piece_site"), table_name="label_piece")
    with op.batch_alter_table("label_piece") as pieces:
        for name in ("template_sha256", "template_version", "template", "printed_at", "printer", "site", "sent"):
            pieces.drop_column(name)
