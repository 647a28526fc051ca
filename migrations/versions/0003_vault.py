"""The vault: sealed values, the keys that open them, who opened what, and the blind index of codes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "vault_index",
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(20), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_vault_index")),
    )
    op.create_index(op.f("ix_vault_index_subject"), "vault_index", ["subject"], unique=False)
    op.create_table(
        "vault_key",
        sa.Column("owner", sa.String(80), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("owner", name=op.f("pk_vault_key")),
    )
    op.create_table(
        "vault_opening",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("opened_by", sa.String(40), nullable=False),
        sa.Column("why", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(20), nullable=True),
        sa.Column("field", sa.String(40), nullable=False),
        sa.Column("commitment", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vault_opening")),
    )
    op.create_table(
        "vault_subject",
        sa.Column("subject", sa.String(20), nullable=False),
        sa.Column("created_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_vault_subject")),
    )
    op.create_table(
        "vault_value",
        sa.Column("commitment", sa.String(64), nullable=False),
        sa.Column("owner", sa.String(80), nullable=False),
        sa.Column("subject", sa.String(20), nullable=True),
        sa.Column("field", sa.String(40), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["owner"], ["vault_key.owner"], name=op.f("fk_vault_value_owner_vault_key")),
        sa.PrimaryKeyConstraint("commitment", name=op.f("pk_vault_value")),
    )
    op.create_index(op.f("ix_vault_value_owner"), "vault_value", ["owner"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_vault_value_owner"), table_name="vault_value")
    op.drop_table("vault_value")
    op.drop_table("vault_subject")
    op.drop_table("vault_opening")
    op.drop_table("vault_key")
    op.drop_index(op.f("ix_vault_index_subject"), table_name="vault_index")
    op.drop_table("vault_index")
