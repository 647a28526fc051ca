"""Printers are records of their sites; one print in flight on each device; how each printer was last seen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

BEFORE = sa.text("state IN ('leased', 'sending') AND printer <> ''")
FLYING = sa.text("state IN ('leased', 'sending') AND device <> ''")
NEVER_AGAIN = {"sqlite_autoincrement": True}  # SQLite makes the table anew, and forgets it otherwise
INSTANT = sa.String(27)


def upgrade() -> None:
    op.drop_index("uq_print_job_in_flight", "print_job", sqlite_where=BEFORE, postgresql_where=BEFORE)
    with op.batch_alter_table("print_job", table_kwargs=NEVER_AGAIN) as jobs:
        jobs.add_column(sa.Column("device", sa.String(80), nullable=False, server_default=""))
    with op.batch_alter_table("print_job", table_kwargs=NEVER_AGAIN) as jobs:
        jobs.alter_column("device", existing_type=sa.String(80), server_default=None, existing_nullable=False)
    op.create_index(
        "uq_print_job_in_flight",
        "print_job",
        ["device"],
        unique=True,
        sqlite_where=FLYING,
        postgresql_where=FLYING,
    )
    op.create_table(
        "printer",
        sa.Column("printer", sa.String(40), nullable=False),
        sa.Column("chain_id", sa.String(26), nullable=False),
        sa.Column("site", sa.String(40), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("address", sa.String(300), nullable=False),
        sa.Column("model", sa.String(80), nullable=False),
        sa.Column("serial", sa.String(80), nullable=False),
        sa.Column("dpi", sa.Integer(), nullable=False),
        sa.Column("stock", sa.String(40), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("why", sa.String(40), nullable=False),
        sa.Column("qualified_until", INSTANT, nullable=True),
        sa.Column("checked_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("printer", name=op.f("pk_printer")),
    )
    op.create_index(op.f("ix_printer_site"), "printer", ["site"], unique=False)
    op.create_table(
        "printer_watch",
        sa.Column("device", sa.String(80), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=True),
        sa.Column("buffered", sa.Integer(), nullable=True),
        sa.Column("warnings", sa.String(400), nullable=False),
        sa.Column("seen_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("device", name=op.f("pk_printer_watch")),
    )


def downgrade() -> None:
    op.drop_table("printer_watch")
    op.drop_index(op.f("ix_printer_site"), "printer")
    op.drop_table("printer")
    op.drop_index("uq_print_job_in_flight", "print_job", sqlite_where=FLYING, postgresql_where=FLYING)
    with op.batch_alter_table("print_job", table_kwargs=NEVER_AGAIN) as jobs:
        jobs.drop_column("device")
    op.create_index(
        "uq_print_job_in_flight",
        "print_job",
        ["printer"],
        unique=True,
        sqlite_where=BEFORE,
        postgresql_where=BEFORE,
    )
