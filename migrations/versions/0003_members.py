"""Members and the people of a household.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

from migrations.guards import changeable, tenant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ENTRY = ["entry.bank_id", "entry.seq"]
ACCOUNT = ["account.bank_id", "account.account_id"]


def upgrade() -> None:
    op.create_table(
        "member",
        sa.Column("bank_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("rt", sa.String(3), nullable=False),
        sa.Column("rw", sa.String(3), nullable=False),
        sa.Column("house_no", sa.String(20), nullable=False),
        sa.Column("phone", sa.String(20), nullable=False),
        sa.Column("sex", sa.String(1), nullable=True),
        sa.Column("delivery", sa.String(16), nullable=False),
        sa.Column("price_class", sa.String(20), nullable=True),
        sa.Column("savings_account_id", BIG, nullable=False),
        sa.Column("debt_account_id", BIG, nullable=True),
        sa.Column("pin_hash", sa.String(200), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("merged_into_id", BIG, nullable=True),
        sa.Column("opened_seq", BIG, nullable=False),
        sa.CheckConstraint("number <> ''", name="number_not_empty"),
        sa.CheckConstraint("name <> ''", name="name_not_empty"),
        sa.CheckConstraint(
            "kind IN ('household', 'group', 'school', 'institution')", name="kind_known"
        ),
        sa.CheckConstraint("delivery IN ('brought', 'fetched')", name="delivery_known"),
        sa.CheckConstraint("sex IS NULL OR sex IN ('F', 'M')", name="sex_known"),
        sa.CheckConstraint(
            "merged_into_id IS NULL OR (closed_on IS NOT NULL AND merged_into_id <> id)",
            name="merged_is_closed",
        ),
        sa.CheckConstraint("closed_on IS NULL OR pin_hash IS NULL", name="closed_has_no_pin"),
        sa.PrimaryKeyConstraint("bank_id", "id", name="pk_member"),
        sa.UniqueConstraint("bank_id", "number", name="uq_member_bank_id_number"),
        sa.UniqueConstraint(
            "bank_id", "savings_account_id", name="uq_member_bank_id_savings_account_id"
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "savings_account_id"],
            ACCOUNT,
            name="fk_member_bank_id_savings_account_id_account",
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "debt_account_id"],
            ACCOUNT,
            name="fk_member_bank_id_debt_account_id_account",
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "merged_into_id"],
            ["member.bank_id", "member.id"],
            name="fk_member_bank_id_merged_into_id_member",
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "opened_seq"], ENTRY, name="fk_member_bank_id_opened_seq_entry"
        ),
    )
    op.create_index("ix_member_opened_seq", "member", ["bank_id", "opened_seq"])
    op.create_table(
        "member_person",
        sa.Column("bank_id", BIG, nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("line", BIG, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.CheckConstraint("name <> ''", name="name_not_empty"),
        sa.PrimaryKeyConstraint("bank_id", "member_id", "line", name="pk_member_person"),
        sa.ForeignKeyConstraint(
            ["bank_id", "member_id"],
            ["member.bank_id", "member.id"],
            name="fk_member_person_bank_id_member_id_member",
        ),
    )
    for table in ("member", "member_person"):
        tenant(table)
        changeable(table)


def downgrade() -> None:
    raise NotImplementedError("members are never dropped; restore a backup instead")
