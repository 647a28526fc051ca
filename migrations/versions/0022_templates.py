"""Label templates: each version with its text, its proofs, and who wrote, approved and retired it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "label_template",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("klass", sa.String(40), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("why", sa.String(16), nullable=False),
        sa.Column("proofs", sa.Text(), nullable=False),
        sa.Column("drafted_by", sa.String(40), nullable=False),
        sa.Column("drafted_at", sa.String(27), nullable=False),
        sa.Column("submitted_by", sa.String(40), nullable=True),
        sa.Column("submitted_at", sa.String(27), nullable=True),
        sa.Column("approved_by", sa.String(40), nullable=True),
        sa.Column("approved_at", sa.String(27), nullable=True),
        sa.Column("effective_at", sa.String(27), nullable=True),
        sa.Column("retired_by", sa.String(40), nullable=True),
        sa.Column("retired_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_label_template")),
        sa.UniqueConstraint("name", "version", name="uq_label_template_version"),
    )


def downgrade() -> None:
    op.drop_table("label_template")
