"""Materials, dated prices, share rules: a list changes, what was weighed does not."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.catalog import queries, service
from banksampah.catalog.models import Material
from banksampah.db import transaction
from banksampah.errors import DomainError
from tests.conftest import TODAY
from tests.factories import MakeAct, make_material, set_price


def test_a_material_opens_its_three_stock_accounts(session: Session, act: MakeAct) -> None:
    with transaction(1):
        kardus = make_material(session, act())
        galon = make_material(session, act(), "8", "Galon isi ulang", "pcs", category="Plastik")
        minyak = make_material(session, act(), "21", "Minyak jelantah", "litre")
    codes = {row.code: row.unit for row in ledger.accounts(session, 1) if row.account_id >= 100_000}
    assert codes == {
        "1300.1.B": "IDR", "S.1.B": "G", "S.1.D": "G",
        "1300.2.B": "IDR", "S.2.B": "PCS", "S.2.D": "PCS",
        "1300.3.B": "IDR", "S.3.B": "ML", "S.3.D": "ML",
    }  # fmt: skip
    assert (kardus.family, kardus.reporting_class, kardus.sipsn_class) == ("paper", "paper", "KK")
    assert (galon.family, galon.ledger_unit) == ("plastic", "PCS")
    assert (minyak.reporting_class, minyak.ledger_unit) == ("other", "ML")


def test_what_is_said_wins_over_what_is_guessed(session: Session, act: MakeAct) -> None:
    with transaction(1):
        aki = make_material(session, act(), "13", "Aki bekas", "pcs", equivalent_g=2_500)
        kain = make_material(
            session, act(), "K1", "Kain perca", family="other", reporting_class="textile"
        )
    assert aki.hazardous and aki.equivalent_g == 2_500
    assert kain.reporting_class == "textile" and not kain.hazardous


def test_a_code_is_spoken_once(session: Session, act: MakeAct) -> None:
    with transaction(1):
        made = make_material(session, act("k1"))
        again = make_material(session, act("k1"))
        assert again.id == made.id
        with pytest.raises(service.CodeTaken) as refused:
            make_material(session, act(), " kt1 ", "Karton")
    assert "Kardus" in refused.value.message


def test_another_name_under_the_same_key_is_refused(session: Session, act: MakeAct) -> None:
    with transaction(1):
        make_material(session, act("k1"))
        with pytest.raises(ledger.KeyReused):
            make_material(session, act("k1"), "KT2", "Duplek")


def test_changing_a_material(session: Session, act: MakeAct) -> None:
    with transaction(1):
        made = make_material(session, act(), "8", "Galon", "pcs")
        service.change_material(session, act(), material_id=made.id, equivalent_g=750, grade="utuh")
        assert (made.label, made.equivalent_g) == ("Galon, utuh", 750)
        service.change_material(session, act(), material_id=made.id, equivalent_g=None)
        service.change_material(session, act(), material_id=made.id, retired_on=TODAY)
    assert made.equivalent_g is None
    assert queries.materials(session, 1) == []
    assert queries.materials(session, 1, retired=True) == [made]


def test_a_material_with_stock_cannot_be_retired(session: Session, act: MakeAct) -> None:
    with transaction(1):
        made = make_material(session, act())
        legs = [
            ledger.debit(made.donated_account_id, 500, "G"),
            ledger.credit(ledger.chart.flow("in_donated", "G"), 500, "G"),
        ]
        ledger.post(session, act(), "test.in", {}, legs)
        with pytest.raises(service.StockLeft):
            service.change_material(session, act(), material_id=made.id, retired_on=TODAY)


def test_the_price_of_a_day(session: Session, act: MakeAct) -> None:
    """Past, present and future lists side by side; the day decides."""
    with transaction(1):
        kardus = make_material(session, act())
        set_price(session, act(), kardus, 1_000, date(2026, 1, 1))
        set_price(session, act(), kardus, 1_200, date(2026, 6, 1))
        set_price(session, act(), kardus, 1_500, date(2026, 12, 1))
    prices = {
        day: queries.price_on(session, 1, kardus.id, day, "umum")
        for day in (date(2025, 12, 31), date(2026, 1, 1), date(2026, 5, 31), TODAY,
                    date(2027, 1, 1))
    }  # fmt: skip
    assert list(prices.values()) == [None, 1_000, 1_000, 1_200, 1_500]
    [line] = queries.price_table(session, 1, TODAY, "umum")
    assert (line.price_idr, line.next) == (1_200, queries.NextPrice(date(2026, 12, 1), 1_500))


def test_unset_is_not_zero(session: Session, act: MakeAct) -> None:
    with transaction(1):
        sandal = make_material(session, act(), "L2", "Sendal karet")
        residu = make_material(session, act(), "R1", "Residu")
        set_price(session, act(), sandal, 500, date(2026, 1, 1))
        set_price(session, act(), sandal, None, date(2026, 2, 1))
        set_price(session, act(), residu, 0)
    assert queries.prices_on(session, 1, TODAY, "umum") == {sandal.id: None, residu.id: 0}
    assert queries.prices_on(session, 1, date(2026, 1, 31), "umum")[sandal.id] == 500


def test_the_newest_list_of_a_day_wins(session: Session, act: MakeAct) -> None:
    with transaction(1):
        kardus = make_material(session, act())
        set_price(session, act(), kardus, 1_000, TODAY)
        set_price(session, act(), kardus, 1_100, TODAY)
        set_price(session, act(), kardus, 2_000, TODAY + timedelta(days=9))
        set_price(session, act(), kardus, 2_100, TODAY + timedelta(days=9))
    assert queries.price_on(session, 1, kardus.id, TODAY, "umum") == 1_100
    assert queries.next_prices(session, 1, TODAY, "umum")[kardus.id].price_idr == 2_100
    assert [price.price_idr for price in queries.price_history(session, 1, kardus.id)] == [
        2_100, 2_000, 1_100, 1_000,
    ]  # fmt: skip


def test_price_classes_do_not_mix(session: Session, act: MakeAct) -> None:
    with transaction(1):
        tembaga = make_material(session, act(), "5", "Tembaga")
        set_price(session, act(), tembaga, 43_000, price_class="stabil")
        set_price(session, act(), tembaga, 40_000, price_class="fluktuatif")
    on = {name: queries.price_on(session, 1, tembaga.id, TODAY, name)
          for name in ("stabil", "fluktuatif", "umum")}  # fmt: skip
    assert on == {"stabil": 43_000, "fluktuatif": 40_000, "umum": None}
    assert queries.price_classes(session, 1) == ["fluktuatif", "stabil"]


def test_a_list_is_sealed_in_the_journal(session: Session, act: MakeAct) -> None:
    with transaction(1):
        kardus = make_material(session, act())
        made = set_price(session, act("daftar"), kardus, 1_000)
        assert set_price(session, act("daftar"), kardus, 1_000).seq == made.seq
    entry = ledger.entry(session, 1, made.seq)
    assert entry.kind == "price.set"
    assert entry.body == {"valid_from": "2026-01-01", "prices": [[1, 1_000, "umum"]]}
    assert entry.legs == ()


@pytest.mark.parametrize(
    ("price_idr", "material_id", "code"),
    [
        (-1, 1, "price_out_of_range"),
        (100_000_001, 1, "price_out_of_range"),
        (1_000, 77, "material_not_found"),
    ],
)
def test_prices_that_cannot_be(
    session: Session, act: MakeAct, price_idr: int, material_id: int, code: str
) -> None:
    with transaction(1):
        make_material(session, act())
    with pytest.raises(DomainError) as refused, transaction(1):
        prices = [service.NewPrice(material_id, price_idr)]
        service.set_prices(session, act(), valid_from=TODAY, prices=prices)
    assert refused.value.code == code
    assert queries.price_lists(session, 1) == []


def test_a_list_holds_each_material_once(session: Session, act: MakeAct) -> None:
    with transaction(1):
        make_material(session, act())
        twice = [service.NewPrice(1, 1_000), service.NewPrice(1, 1_100)]
        with pytest.raises(service.DuplicatePrice):
            service.set_prices(session, act(), valid_from=TODAY, prices=twice)
        with pytest.raises(service.NoPrices):
            service.set_prices(session, act(), valid_from=TODAY, prices=[])


def test_prices_do_not_slow_down_with_history(session: Session, act: MakeAct) -> None:
    """Two years of weekly lists: the right price, and no scan of the lists of before."""
    with transaction(1):
        kardus = make_material(session, act())
        for week in range(104):
            set_price(session, act(), kardus, 1_000 + week, TODAY - timedelta(weeks=104 - week))
    assert queries.prices_on(session, 1, TODAY, "umum", [kardus.id]) == {kardus.id: 1_103}


def test_shares_narrow_and_widen_again(session: Session, act: MakeAct) -> None:
    assert queries.share_on(session, 1, TODAY) == 1_000_000
    with transaction(1):
        for share_ppm, kind, delivery, day in (
            (850_000, None, None, date(2026, 1, 1)),
            (300_000, None, "fetched", date(2026, 1, 1)),
            (900_000, "school", None, date(2026, 1, 1)),
            (400_000, "school", "fetched", date(2026, 1, 1)),
            (800_000, None, None, date(2026, 12, 1)),
            (None, None, "fetched", date(2026, 12, 1)),
        ):
            service.set_share_rule(
                session, act(), valid_from=day, share_ppm=share_ppm, account_kind=kind,
                delivery=delivery,
            )  # fmt: skip

    def share(kind: str, delivery: str, day: date = TODAY) -> int:
        return queries.share_on(session, 1, day, kind, delivery)

    assert share("household", "brought", date(2025, 12, 31)) == 1_000_000
    assert share("household", "brought") == 850_000
    assert share("household", "fetched") == 300_000
    assert share("school", "brought") == 900_000
    assert share("school", "fetched") == 400_000
    assert share("household", "fetched", date(2026, 12, 1)) == 800_000


def test_a_share_is_a_part_of_the_whole(session: Session, act: MakeAct) -> None:
    for share_ppm in (-1, 1_000_001, None):
        with pytest.raises(DomainError) as refused, transaction(1):
            service.set_share_rule(session, act(), valid_from=TODAY, share_ppm=share_ppm)
        assert refused.value.code == "share_out_of_range"


def test_another_bank_has_no_such_material(session: Session, act: MakeAct) -> None:
    with transaction(1):
        made = make_material(session, act())
    with pytest.raises(queries.MaterialNotFound):
        queries.get_material(session, 2, made.id)
    assert session.get(Material, (1, made.id)) is not None
