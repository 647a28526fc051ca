"""Each piece keeps the hash of what it was intended to say; each print, how often it could not be drawn."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("label_piece") as pieces:
        pieces.add_column(sa.Column("facts_sha256", sa.String(64), nullable=False, server_default=""))
    with op.batch_alter_table("label_piece") as pieces:
        pieces.alter_column("facts_sha256", existing_type=sa.String(64), server_default=None, existing_nullable=False)
    with op.batch_alter_table("print_job") as jobs:
        jobs.add_column(sa.Column("faults", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("print_job") as jobs:
        jobs.alter_column("faults", existing_type=sa.Integer(), server_default=None, existing_nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("print_job") as jobs:
        jobs.drop_column("faults")
    with op.batch_alter_table("label_piece") as pieces:
        pieces.drop_column("facts_sha256")
