"""Scanners and how their checks ended; the pictures behind reads; where each label was last scanned."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

INSTANT = sa.String(27)


def upgrade() -> None:
    op.create_table(
        "people_scanner",
        sa.Column("device", sa.String(40), nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("fault", sa.String(30), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("device", "source", name=op.f("pk_people_scanner")),
    )
    op.create_table(
        "scan_picture",
        sa.Column("mark", sa.String(24), nullable=False),
        sa.Column("commitment", sa.String(64), nullable=False),
        sa.Column("keep_until", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_scan_picture")),
    )
    op.create_index(op.f("ix_scan_picture_commitment"), "scan_picture", ["commitment"])
    op.create_index(op.f("ix_scan_picture_keep_until"), "scan_picture", ["keep_until"])
    op.create_table(
        "label_sighting",
        sa.Column("piece", sa.String(12), nullable=False),
        sa.Column("chain_id", sa.String(26), nullable=False),
        sa.Column("site", sa.String(40), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("piece", name=op.f("pk_label_sighting")),
    )


def downgrade() -> None:
    for table in ("label_sighting", "scan_picture", "people_scanner"):
        op.drop_table(table)
