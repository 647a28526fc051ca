"""Orders, their containers, what they claim, and the work in progress at stations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "claim",
        sa.Column("thing", sa.String(100), nullable=False),
        sa.Column("order_id", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("thing", name=op.f("pk_claim")),
    )
    op.create_table(
        "number_range",
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("next", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_number_range")),
    )
    op.create_table(
        "station_work",
        sa.Column("person", sa.String(40), nullable=False),
        sa.Column("site", sa.String(40), nullable=False),
        sa.Column("work", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("person", "site", name=op.f("pk_station_work")),
    )
    op.create_table(
        "treatment_order",
        sa.Column("order_id", sa.String(40), nullable=False),
        sa.Column("chain_id", sa.String(26), nullable=False),
        sa.Column("coi", sa.String(40), nullable=True),
        sa.Column("lot", sa.String(40), nullable=True),
        sa.Column("patient", sa.String(40), nullable=False),
        sa.Column("product", sa.String(40), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("collection", sa.String(40), nullable=False),
        sa.Column("manufacturing", sa.String(40), nullable=False),
        sa.Column("treatment", sa.String(40), nullable=False),
        sa.Column("courier", sa.String(40), nullable=False),
        sa.Column("suite", sa.String(40), nullable=True),
        sa.Column("picture", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_treatment_order")),
        sa.UniqueConstraint("chain_id", name=op.f("uq_treatment_order_chain_id")),
        sa.UniqueConstraint("coi", name=op.f("uq_treatment_order_coi")),
        sa.UniqueConstraint("lot", name=op.f("uq_treatment_order_lot")),
    )
    op.create_index(op.f("ix_treatment_order_collection"), "treatment_order", ["collection"], unique=False)
    op.create_index(op.f("ix_treatment_order_courier"), "treatment_order", ["courier"], unique=False)
    op.create_index(op.f("ix_treatment_order_manufacturing"), "treatment_order", ["manufacturing"], unique=False)
    op.create_index(op.f("ix_treatment_order_patient"), "treatment_order", ["patient"], unique=False)
    op.create_index(op.f("ix_treatment_order_treatment"), "treatment_order", ["treatment"], unique=False)
    op.create_table(
        "container",
        sa.Column("container", sa.String(40), nullable=False),
        sa.Column("order_id", sa.String(40), nullable=False),
        sa.Column("chain_id", sa.String(26), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("din", sa.String(13), nullable=True),
        sa.Column("gtin_serial", sa.String(40), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["treatment_order.order_id"], name="fk_container_order"),
        sa.PrimaryKeyConstraint("container", name=op.f("pk_container")),
        sa.UniqueConstraint("container", "order_id", name="uq_container_one_order"),
        sa.UniqueConstraint("din", name=op.f("uq_container_din")),
        sa.UniqueConstraint("gtin_serial", name=op.f("uq_container_gtin_serial")),
    )


def downgrade() -> None:
    op.drop_table("container")
    op.drop_index(op.f("ix_treatment_order_treatment"), table_name="treatment_order")
    op.drop_index(op.f("ix_treatment_order_patient"), table_name="treatment_order")
    op.drop_index(op.f("ix_treatment_order_manufacturing"), table_name="treatment_order")
    op.drop_index(op.f("ix_treatment_order_courier"), table_name="treatment_order")
    op.drop_index(op.f("ix_treatment_order_collection"), table_name="treatment_order")
    op.drop_table("treatment_order")
    op.drop_table("station_work")
    op.drop_table("number_range")
    op.drop_table("claim")
