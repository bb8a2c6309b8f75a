"""The model of the proofs refuses what the service refuses, and for the same reason."""

from datetime import date
from fractions import Fraction

import pytest

from banksampah import ledger
from banksampah.db import transaction
from banksampah.sales.service import record_sale
from banksampah.sales.service.recording import Sold
from tests.conftest import TODAY
from tests.factories import priced_material
from tests.proofs.model import Model, Refusal

MONTH_END = date(2026, 11, 30)


def test_a_new_buyer_in_a_closed_month_is_refused_before_the_stock_is_looked_at(session, act):
    """The clock jumped back, and more was asked for than there was: both are reasons."""
    kardus = priced_material(session, act(), "K1", "Kardus", 1_800)
    session.commit()
    with transaction(1) as writing:
        ledger.close_period(writing, act(today=date(2026, 12, 1)), MONTH_END)
    line = {"material_id": kardus.id, "buyer_quantity": 1_000, "price_idr": 2_000}
    with pytest.raises(ledger.PeriodClosed), transaction(1) as writing:
        record_sale(
            writing, act(), sold_on=TODAY, paid_with="cash", lines=[Sold(**line)], buyer_name="Adi"
        )
    model = Model({}, {}, Fraction(1), closed=MONTH_END)
    asked = {"buyer_name": "Adi", "sold_on": str(TODAY), "lines": [line]}
    for known, code in ((set(), "period_closed"), ({"Adi"}, "stock_short")):
        model.buyers = known
        with pytest.raises(Refusal) as refused:
            model.expect("sell", asked, TODAY)
        assert refused.value.code == code
