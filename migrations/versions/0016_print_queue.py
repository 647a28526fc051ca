"""The print queue keeps its order, knows which printer has what, and remembers what it has done."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

FLYING = sa.text("state IN ('leased', 'sending') AND printer <> ''")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.String(27)


def upgrade() -> None:
    op.execute("CREATE TABLE print_job_before AS SELECT * FROM print_job")
    op.drop_table("print_job")
    op.create_table(
        "print_job",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("piece", sa.String(12), nullable=True),
        sa.Column("order_id", sa.String(40), nullable=False),
        sa.Column("chain_id", sa.String(26), nullable=False),
        sa.Column("site", sa.String(40), nullable=False),
        sa.Column("stock", sa.String(40), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("printer", sa.String(40), nullable=False),
        sa.Column("lease_by", sa.String(64), nullable=False),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try", INSTANT, nullable=True),
        sa.Column("counter_before", sa.BigInteger(), nullable=True),
        sa.Column("bytes_sha256", sa.String(64), nullable=False),
        sa.Column("why", sa.String(80), nullable=False),
        sa.Column("asked_by", sa.String(64), nullable=False),
        sa.Column("queued_at", INSTANT, nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_print_job")),
        sa.UniqueConstraint("piece", name=op.f("uq_print_job_piece")),
        sqlite_autoincrement=True,
    )
    op.execute(
        "INSERT INTO print_job (kind, piece, order_id, chain_id, site, stock, state, printer, lease_by, attempts,"
        " bytes_sha256, why, asked_by, queued_at, facts)"
        " SELECT 'label', j.piece, j.order_id, p.chain_id, j.site, '', j.state, '', '', 0, '', '', '',"
        " '2026-11-21T00:00:00.000000Z', j.facts FROM print_job_before j JOIN label_piece p ON p.piece = j.piece"
        " ORDER BY j.piece"
    )
    op.drop_table("print_job_before")
    op.create_index("ix_print_job_site_state", "print_job", ["site", "state", "number"], unique=False)
    op.create_index("ix_print_job_order_id", "print_job", ["order_id"], unique=False)
    op.create_index(
        "uq_print_job_in_flight",
        "print_job",
        ["printer"],
        unique=True,
        sqlite_where=FLYING,
        postgresql_where=FLYING,
    )


def downgrade() -> None:
    op.execute("CREATE TABLE print_job_after AS SELECT * FROM print_job")
    op.drop_table("print_job")
    op.create_table(
        "print_job",
        sa.Column("piece", sa.String(12), nullable=False),
        sa.Column("order_id", sa.String(40), nullable=False),
        sa.Column("site", sa.String(40), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("piece", name=op.f("pk_print_job")),
    )
    op.execute(
        "INSERT INTO print_job (piece, order_id, site, state, facts)"
        " SELECT piece, order_id, site, CASE WHEN state = 'sending' THEN 'sending' ELSE 'queued' END, facts"
        " FROM print_job_after WHERE kind = 'label' AND state IN ('queued', 'held', 'leased', 'sending')"
    )
    op.drop_table("print_job_after")
