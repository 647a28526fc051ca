"""People: the telephone whose codes are the other factor of a signature."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people_account", sa.Column("totp_pending", sa.String(255), nullable=True))
    op.add_column("people_account", sa.Column("totp_counter", sa.Integer(), nullable=True))
    op.add_column("people_account", sa.Column("totp_failures", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("people_account") as table:
        for name in ("totp_failures", "totp_counter", "totp_pending"):
            table.drop_column(name)
