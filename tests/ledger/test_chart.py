"""What an account is called where it is printed."""

import pytest

from banksampah.ledger import chart


@pytest.mark.parametrize(
    ("account_id", "code", "name"),
    [
        (chart.CASH, "1110", "Kas"),
        (chart.flow("in_savings", "G"), "F.in_savings.G", "Masuk, tabungan"),
        (100_017, "2100.0017", "Tabungan 0017"),
        (100_018, "S.KRD", "Stok KRD"),
        (100_019, "9999.1", "9999 1"),
    ],
)
def test_a_fixed_account_is_called_by_its_name_an_opened_one_by_kind_and_number(
    account_id: int, code: str, name: str
) -> None:
    assert chart.name_of(account_id, code) == name


def test_every_account_and_code_of_the_chart_is_there_once() -> None:
    assert len({fixed.account_id for fixed in chart.CHART}) == len(chart.CHART)
    assert len({fixed.code for fixed in chart.CHART}) == len(chart.CHART)
