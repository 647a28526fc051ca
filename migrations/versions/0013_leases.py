"""Which station holds which bag while the server may be away."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

NOT_ENDED = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "lease",
        sa.Column("lease", sa.String(40), nullable=False),
        sa.Column("order_id", sa.String(40), nullable=False),
        sa.Column("container", sa.String(40), nullable=False),
        sa.Column("device", sa.String(40), nullable=False),
        sa.Column("packet", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("lease", name=op.f("pk_lease")),
    )
    op.create_index(
        "uq_lease_not_ended", "lease", ["container"], unique=True, sqlite_where=NOT_ENDED, postgresql_where=NOT_ENDED
    )


def downgrade() -> None:
    op.drop_index("uq_lease_not_ended", table_name="lease", sqlite_where=NOT_ENDED, postgresql_where=NOT_ENDED)
    op.drop_table("lease")
