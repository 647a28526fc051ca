"""What the programs of scanner stations handed in, and which page each is bound to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "station_scan",
        sa.Column("device", sa.String(40), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("sealed", sa.String(80), nullable=False),
        sa.Column("flaw", sa.String(20), nullable=False),
        sa.Column("scanned_at", sa.String(27), nullable=False),
        sa.Column("received_at", sa.String(27), nullable=False),
        sa.Column("taken_by", sa.String(40), nullable=True),
        sa.PrimaryKeyConstraint("device", "seq", name=op.f("pk_station_scan")),
    )
    op.create_table(
        "station_program",
        sa.Column("device", sa.String(40), nullable=False),
        sa.Column("seen_at", sa.String(27), nullable=True),
        sa.Column("refused", sa.String(20), nullable=False),
        sa.Column("refused_at", sa.String(27), nullable=True),
        sa.Column("door", sa.String(400), nullable=False),
        sa.Column("bound_to", sa.String(43), nullable=False),
        sa.Column("bound_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("device", name=op.f("pk_station_program")),
    )


def downgrade() -> None:
    op.drop_table("station_program")
    op.drop_table("station_scan")
