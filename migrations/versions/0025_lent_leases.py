"""However many leases a scanner station reads for, their names have room."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("station_program") as programs:
        for name in ("leases", "holds"):
            programs.alter_column(name, existing_type=sa.String(200), type_=sa.Text(), existing_nullable=True)


def downgrade() -> None:
    op.execute(sa.text("UPDATE station_program SET leases = substr(leases, 1, 186), holds = substr(holds, 1, 186)"))
    with op.batch_alter_table("station_program") as programs:
        for name in ("holds", "leases"):
            programs.alter_column(name, existing_type=sa.Text(), type_=sa.String(200), existing_nullable=True)
