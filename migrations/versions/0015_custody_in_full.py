"""Each order's depot and likeness, several bags of one donation, the shipment's logger, and a label on a cassette."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

APPLIED = sa.text("state = 'applied'")


def upgrade() -> None:
    with op.batch_alter_table("treatment_order") as orders:
        orders.add_column(sa.Column("depot", sa.String(40), nullable=False, server_default=""))
        orders.add_column(sa.Column("likeness", sa.String(64), nullable=False, server_default=""))
    with op.batch_alter_table("treatment_order") as orders:
        orders.alter_column("depot", existing_type=sa.String(40), server_default=None, existing_nullable=False)
        orders.alter_column("likeness", existing_type=sa.String(64), server_default=None, existing_nullable=False)
    op.create_index(op.f("ix_treatment_order_depot"), "treatment_order", ["depot"], unique=False)
    op.create_index(op.f("ix_treatment_order_likeness"), "treatment_order", ["likeness"], unique=False)
    with op.batch_alter_table("container") as containers:
        containers.add_column(sa.Column("product_code", sa.String(8), nullable=True))
        containers.drop_constraint(op.f("uq_container_din"), type_="unique")
        containers.create_unique_constraint("uq_container_donation_division", ["din", "product_code"])
    op.create_index(op.f("ix_container_din"), "container", ["din"], unique=False)
    with op.batch_alter_table("shipment") as shipments:
        shipments.add_column(sa.Column("logger", sa.String(40), nullable=False, server_default=""))
    with op.batch_alter_table("shipment") as shipments:
        shipments.alter_column("logger", existing_type=sa.String(40), server_default=None, existing_nullable=False)
    op.drop_index("uq_label_piece_applied", table_name="label_piece", sqlite_where=APPLIED, postgresql_where=APPLIED)
    op.create_index(
        "uq_label_piece_applied",
        "label_piece",
        ["container", "role"],
        unique=True,
        sqlite_where=APPLIED,
        postgresql_where=APPLIED,
    )


def downgrade() -> None:
    op.drop_index("uq_label_piece_applied", table_name="label_piece", sqlite_where=APPLIED, postgresql_where=APPLIED)
    op.create_index(
        "uq_label_piece_applied",
        "label_piece",
        ["container"],
        unique=True,
        sqlite_where=APPLIED,
        postgresql_where=APPLIED,
    )
    with op.batch_alter_table("shipment") as shipments:
        shipments.drop_column("logger")
    op.drop_index(op.f("ix_container_din"), table_name="container")
    with op.batch_alter_table("container") as containers:
        containers.drop_constraint("uq_container_donation_division", type_="unique")
        containers.create_unique_constraint(op.f("uq_container_din"), ["din"])
        containers.drop_column("product_code")
    op.drop_index(op.f("ix_treatment_order_likeness"), table_name="treatment_order")
    op.drop_index(op.f("ix_treatment_order_depot"), table_name="treatment_order")
    with op.batch_alter_table("treatment_order") as orders:
        orders.drop_column("likeness")
        orders.drop_column("depot")
