"""A closed member may be opened again: not one that was merged, nor one that was erased.

Revision ID: 0017
"""

import sqlalchemy as sa
from alembic import op

from migrations.guards import narrow, on_postgresql, stays

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

MAY_UPDATE = (
    "kind", "name", "rt", "rw", "house_no", "phone", "sex", "delivery", "price_class",
    "debt_account_id", "pin_hash", "closed_on", "merged_into_id", "erased_on",
)  # fmt: skip
CLOSED = "erased_on IS NULL OR closed_on IS NOT NULL"
MEMBER_OF = "CAST(body::json ->> 'member_id' AS bigint)"


def upgrade() -> None:
    if on_postgresql():
        op.add_column("member", sa.Column("erased_on", sa.Date(), nullable=True))
        for table in ("member", "entry"):  # the owner itself sees one bank's rows at a time
            op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        _tell_erased(MEMBER_OF)
        for table in ("member", "entry"):
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.create_check_constraint("erased_is_closed", "member", CLOSED)
    else:
        op.execute(
            "ALTER TABLE member ADD COLUMN erased_on DATE"
            f" CONSTRAINT ck_member_erased_is_closed CHECK ({CLOSED})"
        )
        _tell_erased("json_extract(body, '$.member_id')")
    stays("member", "merged_into_id")
    stays("member", "erased_on")
    narrow("member", update=MAY_UPDATE)


def downgrade() -> None:
    raise NotImplementedError("what was erased is told for good; restore a backup instead")


def _tell_erased(member_of: str) -> None:
    """Of those erased before, the journal says when."""
    op.execute(
        "UPDATE member SET erased_on = (SELECT min(effective_on) FROM entry"
        f" WHERE entry.bank_id = member.bank_id AND kind = 'member.erase'"
        f" AND {member_of} = member.id)"
        " WHERE closed_on IS NOT NULL"
    )
