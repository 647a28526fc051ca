"""What a scanner station says of its outbox and its leases, and when anybody last looked for overdue checks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "watch_look",
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("looked_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_watch_look")),
    )
    op.add_column("station_program", sa.Column("waits_since", sa.String(27), nullable=True))
    op.add_column("station_program", sa.Column("leases", sa.String(200), nullable=True))
    op.add_column("station_program", sa.Column("holds", sa.String(200), nullable=True))


def downgrade() -> None:
    for name in ("holds", "leases", "waits_since"):
        op.drop_column("station_program", name)
    op.drop_table("watch_look")
