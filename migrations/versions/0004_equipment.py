"""The equipment register."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "equipment",
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("chain_id", sa.String(26), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("site", sa.String(40), nullable=False),
        sa.Column("label", sa.String(80), nullable=False),
        sa.Column("qualified_until", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_equipment")),
    )
    op.create_index(op.f("ix_equipment_site"), "equipment", ["site"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_equipment_site"), table_name="equipment")
    op.drop_table("equipment")
