"""The database as the last guard: what no verb would write, it refuses too."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from banksampah.db import transaction
from tests.factories import MakeAct, make_material, make_member, set_price

PRICE = "INSERT INTO price (bank_id, material_id, price_class, valid_from, seq, price_idr) VALUES "
SHARE = (
    "INSERT INTO share_rule (bank_id, seq, valid_from, account_kind, delivery, share_ppm) VALUES "
)


ATTEMPTS = [
    "UPDATE price SET price_idr = 1",
    "DELETE FROM price",
    "UPDATE price_list SET valid_from = '2020-01-01'",
    "DELETE FROM price_list",
    "DELETE FROM material",
    "DELETE FROM member",
    "DELETE FROM member_person",
    f"{PRICE} (1, 1, 'umum', '2026-02-01', :seq, -1)",
    f"{PRICE} (1, 1, 'umum', '2026-02-01', :seq, 100000001)",
    f"{PRICE} (1, 1, '', '2026-02-01', :seq, 5)",
    f"{PRICE} (1, 9, 'umum', '2026-02-01', :seq, 5)",
    f"{PRICE} (1, 1, 'umum', '2026-02-01', 999, 5)",
    f"{PRICE} (1, 1, 'umum', '2026-01-01', :seq, 5)",
    f"{SHARE} (1, :seq, '2026-01-01', NULL, NULL, 1000001)",
    f"{SHARE} (1, :seq, '2026-01-01', NULL, NULL, NULL)",
    "UPDATE material SET unit = 'ton'",
    "UPDATE material SET family = 'kayu'",
    "UPDATE material SET reporting_class = ''",
    "UPDATE material SET sipsn_class = 'XX'",
    "UPDATE material SET code = ''",
    "UPDATE material SET equivalent_g = 5",
    "UPDATE material SET value_account_id = 77",
    "UPDATE member SET number = ''",
    "UPDATE member SET number = '0001'",
    "UPDATE member SET name = ''",
    "UPDATE member SET kind = 'warung'",
    "UPDATE member SET merged_into_id = 2 WHERE id = 1",
    "UPDATE member SET merged_into_id = 1, closed_on = '2026-01-01' WHERE id = 1",
    "UPDATE member SET pin_hash = 'x', closed_on = '2026-01-01'",
    "UPDATE member SET savings_account_id = 77",
    "UPDATE member SET sex = 'X'",
]


def test_direct_sql_is_refused(session: Session, act: MakeAct, subtests: pytest.Subtests) -> None:
    with transaction(1):
        made = set_price(session, act(), make_material(session, act()), 1_000)
        make_member(session, act(), people=["Budi"])
        make_member(session, act(), "Tono")
    for attempt in ATTEMPTS:
        values = {"seq": made.seq} if ":seq" in attempt else {}
        refused = pytest.raises(DBAPIError)
        with subtests.test(attempt=attempt), refused, transaction(1) as again:
            again.execute(text(attempt), values)
