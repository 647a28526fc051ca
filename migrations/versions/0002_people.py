"""People: sites, persons, roles, devices, signatures, and the accounts that let them in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "people_account",
        sa.Column("person", sa.String(40), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.String(27), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(255), nullable=False),
        sa.Column("username", sa.String(255), nullable=True),
        sa.Column("password", sa.String(255), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.String(64), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(), nullable=True),
        sa.Column("last_login_at", sa.DateTime(), nullable=True),
        sa.Column("current_login_at", sa.DateTime(), nullable=True),
        sa.Column("last_login_ip", sa.String(64), nullable=True),
        sa.Column("current_login_ip", sa.String(64), nullable=True),
        sa.Column("login_count", sa.Integer(), nullable=True),
        sa.Column("tf_primary_method", sa.String(64), nullable=True),
        sa.Column("tf_totp_secret", sa.String(255), nullable=True),
        sa.Column("tf_phone_number", sa.String(128), nullable=True),
        sa.Column("us_totp_secrets", sa.Text(), nullable=True),
        sa.Column("us_phone_number", sa.String(128), nullable=True),
        sa.Column("fs_webauthn_user_handle", sa.String(64), nullable=True),
        sa.Column("mf_recovery_codes", sa.UnicodeText(), nullable=True),
        sa.Column("create_datetime", sa.DateTime(), server_default=sa.func.now(), nullable=False),
        sa.Column("update_datetime", sa.DateTime(), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_account")),
        sa.UniqueConstraint("email", name=op.f("uq_people_account_email")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_people_account_fs_uniquifier")),
        sa.UniqueConstraint("fs_webauthn_user_handle", name=op.f("uq_people_account_fs_webauthn_user_handle")),
        sa.UniqueConstraint("person", name=op.f("uq_people_account_person")),
        sa.UniqueConstraint("us_phone_number", name=op.f("uq_people_account_us_phone_number")),
        sa.UniqueConstraint("username", name=op.f("uq_people_account_username")),
    )
    op.create_table(
        "people_account_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("description", sa.String(255), nullable=True),
        sa.Column("permissions", sa.UnicodeText(), nullable=True),
        sa.Column("update_datetime", sa.DateTime(), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_account_role")),
        sa.UniqueConstraint("name", name=op.f("uq_people_account_role_name")),
    )
    op.create_table(
        "people_badge",
        sa.Column("badge", sa.String(64), nullable=False),
        sa.Column("person", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("badge", name=op.f("pk_people_badge")),
        sa.UniqueConstraint("person", name=op.f("uq_people_badge_person")),
    )
    op.create_table(
        "people_device",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("site", sa.String(40), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("x", sa.String(43), nullable=False),
        sa.Column("y", sa.String(43), nullable=False),
        sa.Column("thumbprint", sa.String(43), nullable=False),
        sa.Column("proposed_by", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_device")),
    )
    op.create_index(op.f("ix_people_device_site"), "people_device", ["site"], unique=False)
    op.create_index(op.f("ix_people_device_thumbprint"), "people_device", ["thumbprint"], unique=False)
    op.create_table(
        "people_grant",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("person", sa.String(40), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("site", sa.String(40), nullable=False),
        sa.Column("product", sa.String(40), nullable=True),
        sa.Column("trained_until", sa.String(27), nullable=True),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("revoked_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_grant")),
    )
    op.create_index(op.f("ix_people_grant_person"), "people_grant", ["person"], unique=False)
    op.create_table(
        "people_name",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_name")),
    )
    op.create_table(
        "people_nonce",
        sa.Column("nonce", sa.String(43), nullable=False),
        sa.Column("device", sa.String(40), nullable=False),
        sa.Column("expires_at", sa.String(27), nullable=False),
        sa.Column("used_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("nonce", name=op.f("pk_people_nonce")),
    )
    op.create_index(op.f("ix_people_nonce_expires_at"), "people_nonce", ["expires_at"], unique=False)
    op.create_table(
        "people_organization",
        sa.Column("id", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_organization")),
    )
    op.create_table(
        "people_person",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("organization", sa.String(40), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_person")),
    )
    op.create_table(
        "people_prepared",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("stmt", sa.LargeBinary(), nullable=False),
        sa.Column("places", sa.Text(), nullable=False),
        sa.Column("distinct_persons", sa.Boolean(), nullable=False),
        sa.Column("site", sa.String(40), nullable=False),
        sa.Column("product", sa.String(40), nullable=True),
        sa.Column("expires_at", sa.String(27), nullable=False),
        sa.Column("used_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_prepared")),
    )
    op.create_index(op.f("ix_people_prepared_expires_at"), "people_prepared", ["expires_at"], unique=False)
    op.create_table(
        "people_security_log",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("what", sa.String(40), nullable=False),
        sa.Column("person", sa.String(40), nullable=True),
        sa.Column("detail", sa.String(80), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_security_log")),
    )
    op.create_table(
        "people_site",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("organization", sa.String(40), nullable=False),
        sa.Column("chain", sa.String(26), nullable=False),
        sa.Column("scheme", sa.String(10), nullable=False),
        sa.Column("fin", sa.String(5), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_site")),
        sa.UniqueConstraint("chain", name=op.f("uq_people_site_chain")),
    )
    op.create_table(
        "people_token",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("person", sa.String(40), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("site", sa.String(40), nullable=False),
        sa.Column("expires_at", sa.String(27), nullable=True),
        sa.Column("revoked_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_token")),
    )
    op.create_index(op.f("ix_people_token_person"), "people_token", ["person"], unique=False)
    op.create_table(
        "people_token_secret",
        sa.Column("secret", sa.String(64), nullable=False),
        sa.Column("token", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("secret", name=op.f("pk_people_token_secret")),
        sa.UniqueConstraint("token", name=op.f("uq_people_token_secret_token")),
    )
    op.create_table(
        "people_passkey",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(1024), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.Integer(), nullable=True),
        sa.Column("transports", sa.UnicodeText(), nullable=True),
        sa.Column("backup_state", sa.Boolean(), nullable=False),
        sa.Column("device_type", sa.String(64), nullable=False),
        sa.Column("extensions", sa.String(255), nullable=True),
        sa.Column("create_datetime", sa.DateTime(), server_default=sa.func.now(), nullable=False),
        sa.Column("lastuse_datetime", sa.DateTime(), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("usage", sa.String(64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["people_account.id"],
            name=op.f("fk_people_passkey_user_id_people_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_passkey")),
    )
    op.create_index(op.f("ix_people_passkey_credential_id"), "people_passkey", ["credential_id"], unique=True)
    op.create_table(
        "people_signature",
        sa.Column("prepared", sa.String(40), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(40), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("meaning", sa.String(20), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("method", sa.String(20), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(
            ["prepared"], ["people_prepared.id"], name=op.f("fk_people_signature_prepared_people_prepared")
        ),
        sa.PrimaryKeyConstraint("prepared", "place", name=op.f("pk_people_signature")),
    )
    op.create_table(
        "roles_users",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["role_id"], ["people_account_role.id"], name=op.f("fk_roles_users_role_id_people_account_role")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["people_account.id"], name=op.f("fk_roles_users_user_id_people_account")),
        sa.PrimaryKeyConstraint("user_id", "role_id", name=op.f("pk_roles_users")),
    )


def downgrade() -> None:
    op.drop_table("roles_users")
    op.drop_table("people_signature")
    op.drop_index(op.f("ix_people_passkey_credential_id"), table_name="people_passkey")
    op.drop_table("people_passkey")
    op.drop_table("people_token_secret")
    op.drop_index(op.f("ix_people_token_person"), table_name="people_token")
    op.drop_table("people_token")
    op.drop_table("people_site")
    op.drop_table("people_security_log")
    op.drop_index(op.f("ix_people_prepared_expires_at"), table_name="people_prepared")
    op.drop_table("people_prepared")
    op.drop_table("people_person")
    op.drop_table("people_organization")
    op.drop_index(op.f("ix_people_nonce_expires_at"), table_name="people_nonce")
    op.drop_table("people_nonce")
    op.drop_table("people_name")
    op.drop_index(op.f("ix_people_grant_person"), table_name="people_grant")
    op.drop_table("people_grant")
    op.drop_index(op.f("ix_people_device_thumbprint"), table_name="people_device")
    op.drop_index(op.f("ix_people_device_site"), table_name="people_device")
    op.drop_table("people_device")
    op.drop_table("people_badge")
    op.drop_table("people_account_role")
    op.drop_table("people_account")
