"""Materials, dated prices, price lists, share rules.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op

from migrations.guards import append_only, changeable, tenant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ENTRY = ["entry.bank_id", "entry.seq"]
ACCOUNT = ["account.bank_id", "account.account_id"]


def upgrade() -> None:
    _material()
    _prices()
    _share_rules()
    tenant("material")
    changeable("material")
    for table in ("price_list", "price", "share_rule"):
        tenant(table)
        append_only(table)


def _material() -> None:
    op.create_table(
        "material",
        sa.Column("bank_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.String(12), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("category", sa.String(40), nullable=False),
        sa.Column("grade", sa.String(40), nullable=False),
        sa.Column("family", sa.String(16), nullable=False),
        sa.Column("reporting_class", sa.String(20), nullable=False),
        sa.Column("sipsn_class", sa.String(2), nullable=False),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("equivalent_g", BIG, nullable=True),
        sa.Column("hazardous", sa.Boolean(), nullable=False),
        sa.Column("usual_max_g", BIG, nullable=True),
        sa.Column("aliases", sa.String(200), nullable=False),
        sa.Column("value_account_id", BIG, nullable=False),
        sa.Column("bought_account_id", BIG, nullable=False),
        sa.Column("donated_account_id", BIG, nullable=False),
        sa.Column("added_seq", BIG, nullable=False),
        sa.Column("retired_on", sa.Date(), nullable=True),
        sa.CheckConstraint("code <> ''", name="code_not_empty"),
        sa.CheckConstraint("name <> ''", name="name_not_empty"),
        sa.CheckConstraint("unit IN ('kg', 'pcs', 'litre')", name="unit_known"),
        sa.CheckConstraint(
            "family IN ('paper', 'plastic', 'metal', 'glass', 'other')",
            name="family_known",
        ),
        sa.CheckConstraint(
            "reporting_class IN ('hard_plastic', 'flexible_plastic', 'paper', 'metal', 'glass',"
            " 'rubber', 'textile', 'other')",
            name="reporting_class_known",
        ),
        sa.CheckConstraint(
            "sipsn_class IN ('SM', 'KR', 'KK', 'PL', 'LG', 'KT', 'KL', 'KC', 'LN')",
            name="sipsn_class_known",
        ),
        sa.CheckConstraint(
            "equivalent_g IS NULL OR equivalent_g BETWEEN 1 AND 1000000",
            name="equivalent_g_in_range",
        ),
        sa.CheckConstraint("unit <> 'kg' OR equivalent_g IS NULL", name="kg_needs_no_equivalent"),
        sa.CheckConstraint(
            "usual_max_g IS NULL OR usual_max_g BETWEEN 1 AND 100000000",
            name="usual_max_g_in_range",
        ),
        sa.PrimaryKeyConstraint("bank_id", "id", name="pk_material"),
        sa.UniqueConstraint("bank_id", "code", name="uq_material_bank_id_code"),
        *(
            sa.ForeignKeyConstraint(
                ["bank_id", column], ACCOUNT, name=f"fk_material_bank_id_{column}_account"
            )
            for column in ("value_account_id", "bought_account_id", "donated_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "added_seq"], ENTRY, name="fk_material_bank_id_added_seq_entry"
        ),
    )
    op.create_index("ix_material_added_seq", "material", ["bank_id", "added_seq"])


def _prices() -> None:
    op.create_table(
        "price_list",
        sa.Column("bank_id", BIG, nullable=False),
        sa.Column("seq", BIG, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("source", sa.String(120), nullable=False),
        sa.Column("lines_count", BIG, nullable=False),
        sa.CheckConstraint("lines_count > 0", name="not_empty"),
        sa.PrimaryKeyConstraint("bank_id", "seq", name="pk_price_list"),
        sa.ForeignKeyConstraint(["bank_id", "seq"], ENTRY, name="fk_price_list_bank_id_seq_entry"),
    )
    op.create_table(
        "price",
        sa.Column("bank_id", BIG, nullable=False),
        sa.Column("material_id", BIG, nullable=False),
        sa.Column("price_class", sa.String(20), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("seq", BIG, nullable=False),
        sa.Column("price_idr", BIG, nullable=True),
        sa.CheckConstraint(
            "price_idr IS NULL OR price_idr BETWEEN 0 AND 100000000", name="in_range"
        ),
        sa.CheckConstraint("price_class <> ''", name="class_not_empty"),
        sa.PrimaryKeyConstraint(
            "bank_id", "material_id", "price_class", "valid_from", "seq", name="pk_price"
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "material_id"],
            ["material.bank_id", "material.id"],
            name="fk_price_bank_id_material_id_material",
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "seq"],
            ["price_list.bank_id", "price_list.seq"],
            name="fk_price_bank_id_seq_price_list",
        ),
    )
    op.create_index("ix_price_bank_id_seq", "price", ["bank_id", "seq"])


def _share_rules() -> None:
    op.create_table(
        "share_rule",
        sa.Column("bank_id", BIG, nullable=False),
        sa.Column("seq", BIG, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("account_kind", sa.String(16), nullable=True),
        sa.Column("delivery", sa.String(16), nullable=True),
        sa.Column("share_ppm", BIG, nullable=True),
        sa.CheckConstraint("share_ppm IS NULL OR share_ppm BETWEEN 0 AND 1000000", name="in_range"),
        sa.CheckConstraint(
            "share_ppm IS NOT NULL OR account_kind IS NOT NULL OR delivery IS NOT NULL",
            name="general_rule_has_share",
        ),
        sa.PrimaryKeyConstraint("bank_id", "seq", name="pk_share_rule"),
        sa.ForeignKeyConstraint(["bank_id", "seq"], ENTRY, name="fk_share_rule_bank_id_seq_entry"),
    )


def downgrade() -> None:
    raise NotImplementedError("prices are never dropped; restore a backup instead")
