"""A site that labels by GS1 has an article number for the bags that are collected there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("people_site") as sites:
        sites.add_column(sa.Column("gtin", sa.String(14), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("people_site") as sites:
        sites.drop_column("gtin")
