"""A month in figures: each row adds up, and agrees with cards, passbooks and sales of their own."""

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from banksampah import clock, ledger
from banksampah.banks.service import open_bank
from banksampah.db import transaction, use_bank
from banksampah.deposits import service as deposits
from banksampah.deposits.models import Deposit
from banksampah.desk.service.suspense import meant_as, titipan
from banksampah.ledger import Act
from banksampah.members.models import Member
from banksampah.reports import service
from banksampah.reports.downloads import Kg, Table, as_csv, as_xlsx
from banksampah.reports.queries.month import month_end, month_report
from banksampah.reports.queries.region import Region, region_month
from banksampah.sales import service as sales
from banksampah.stock import queries as stock
from tests.conftest import NOW, TODAY
from tests.factories import make_deposit, make_member, priced_material
from tests.people import Browser, Program
from tests.quarter import Winter

SPRING = datetime(2027, 3, 1, 2, tzinfo=UTC)
MONTHS = (date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1), date(2027, 2, 1))
HERE = Region("Kota Probolinggo", "Kanigaran", "Kebonsari Kulon")
PLACE = {"kota": HERE.city, "kecamatan": HERE.kecamatan, "kelurahan": HERE.kelurahan}


@pytest.fixture
def spring(winter: Winter, monkeypatch: pytest.MonkeyPatch) -> Winter:
    """The winter is over: who signs in now does so after November was closed."""
    monkeypatch.setattr(clock, "now_utc", lambda: SPRING)
    return winter


def test_a_month_agrees_with_cards_passbooks_and_sales(session: Session, winter: Winter) -> None:
    savings = list(session.scalars(select(Member.savings_account_id)))
    seen = 0
    for month in MONTHS:
        report, until = month_report(session, 1, month), month_end(month)
        for line in report.lines:
            card = stock.card(session, 1, line.material.id, month, until)
            assert line.goods.opening == card.opening_quantity
            assert line.goods.closing == card.closing_quantity
            assert line.value_idr == card.closing_value_idr
            seen += 1
        on = ledger.balances_on(session, 1, savings, until)
        assert report.savings.closing == sum(on.values())
        before = ledger.balances_on(session, 1, savings, month - timedelta(days=1))
        assert report.savings.opening == sum(before.values())
        assert report.credited_idr == report.savings.came
        of_sales = ledger.lines(session, 1, ledger.chart.SALES, month, until)
        of_sales += ledger.lines(session, 1, ledger.chart.SALES_DONATED, month, until)
        assert report.sold_idr == sum(line.amount for line in of_sales)
    assert seen == 16


def test_the_figures_of_november_and_february(session: Session, winter: Winter) -> None:
    november, february = (month_report(session, 1, month) for month in (MONTHS[0], MONTHS[3]))
    rows = {line.material.code: line for line in november.lines}
    assert (november.deposits_count, november.households_count) == (7, 3)
    cardboard = sum(2_350 + 111 * week + 7 * n for week in range(2) for n in range(3))
    cardboard += 2_350 + 222 + 7  # weighed in November, written down in December
    assert rows["KT1"].goods == (0, cardboard, 0, 0)
    assert rows["BT"].goods.came == 3 + 4
    assert rows["BT"].came_g == 7 * 400
    assert rows["MJ"].came_g == 0  # nobody has said what a litre weighs
    assert november.reporting_classes[0] == ("paper", cardboard)
    assert dict(november.sipsn_classes)["KC"] == 2_800
    sold = {line.material.code: line.sold_idr for line in february.lines if line.sold_idr}
    assert sold == {"KT1": 130_000, "PL3": 100_000}
    assert february.savings.went == 50_000


def test_a_reversal_counts_in_its_own_month(
    session: Session, winter: Winter, act: Callable[..., Act]
) -> None:
    before = [month_report(session, 1, month) for month in MONTHS[:3]]
    first = session.scalars(select(Deposit.seq).order_by(Deposit.seq)).first()
    assert first is not None
    session.rollback()
    spring = date(2027, 3, 3)
    with transaction(1) as writing:
        late = act("undo", today=spring, at=NOW + timedelta(days=102))
        deposits.reverse_deposit(writing, late, seq=first, reason="double", as_treasurer=True)
    use_bank(session, 1)
    assert [month_report(session, 1, month) for month in MONTHS[:3]] == before
    march = month_report(session, 1, spring)
    lost = {line.material.code: line.goods.came for line in march.lines if line.goods.came}
    assert lost == {"KT1": -2_350, "PL3": -1_045}
    assert (march.deposits_count, march.households_count) == (0, 0)
    assert march.savings.came == march.credited_idr < 0


def test_what_was_credited_is_what_savings_grew_by(
    session: Session, bank: object, act: Callable[..., Act]
) -> None:
    """Also where half the goods are sold, and the correction of their price moves no stock."""
    with transaction(1) as writing:
        siti = make_member(writing, act(), "Siti")
        cardboard = priced_material(writing, act(), "KT1", "Kardus", 1_800, family="paper")
        glass = priced_material(writing, act(), "KC", "Botol kaca", 300, family="glass")
        weighed = make_deposit(writing, act(), siti, (cardboard, 2_000), (glass, 1_000))
        sold = sales.Sold(cardboard.id, 1_000, 5_000)
        sales.record_sale(
            writing, act(), sold_on=TODAY, paid_with="cash", buyer_name="Lapak", lines=[sold]
        )
        terms = {"seq": weighed.seq, "line": 1, "note": "salah baca"}
        deposits.correct_price(writing, act(), price_idr=2_000, **terms)
        deposits.correct_price(writing, act(), price_idr=2_200, **terms)
        deposits.correct_weight(writing, act(), quantity=1_500, **terms)
    use_bank(session, 1)
    report = month_report(session, 1, TODAY)
    assert {line.material.code: line.credited_idr for line in report.lines} == {
        "KT1": 3_300,
        "KC": 300,
    }
    assert report.credited_idr == report.savings.came == 3_600
    assert region_month(session, HERE, TODAY).credited_idr == 3_600


def test_a_household_is_who_has_a_deposit_at_the_month_s_end(
    session: Session, bank: object, act: Callable[..., Act]
) -> None:
    december = {"today": date(2026, 12, 5), "at": NOW + timedelta(days=14)}
    with transaction(1) as writing:
        siti, joko = (make_member(writing, act(), name) for name in ("Siti", "Joko"))
        cardboard = priced_material(writing, act(), "KT1", "Kardus", 1_800)
        wrong, later = (make_deposit(writing, act(), siti, (cardboard, 1_000)) for _ in range(2))
        make_deposit(writing, act(), joko, (cardboard, 1_000))
        nobody = titipan(writing, act())
        meant = meant_as(writing, 1, None, TODAY)
        make_deposit(writing, act(), nobody, (cardboard, 1_000), in_titipan=meant)
        given = {"member_id": joko.id, "note": "salah orang"}
        deposits.move_household(writing, act(), seq=wrong.seq, **given)
    use_bank(session, 1)
    assert month_report(session, 1, TODAY).households_count == 2
    assert region_month(session, HERE, TODAY).households_count == 2
    session.rollback()
    with transaction(1) as writing:
        deposits.move_household(writing, act(**december), seq=later.seq, **given)
    use_bank(session, 1)
    assert month_report(session, 1, TODAY).households_count == 2
    assert region_month(session, HERE, TODAY).households_count == 2
    session.rollback()
    with transaction(1) as writing:
        late = make_deposit(writing, act(**december), siti, (cardboard, 1_000))
        deposits.move_household(writing, act(**december), seq=late.seq, **given)
    use_bank(session, 1)
    assert month_report(session, 1, december["today"]).households_count == 1
    assert region_month(session, HERE, december["today"]).households_count == 1


def test_a_sale_undone_takes_its_proceeds_back(
    session: Session, winter: Winter, act: Callable[..., Act]
) -> None:
    [seq] = [t.seq for t in ledger.touching(session, 1, [4100], *_winter())
             if t.kind == "sale.record"][:1]  # fmt: skip
    session.rollback()
    with transaction(1) as writing:
        late = act("s", today=date(2027, 3, 3), at=NOW + timedelta(days=102), actor_id=1)
        sale = sales.record_sale(
            writing, late, sold_on=date(2027, 3, 3), paid_with="cash", buyer_name="Lapak Jaya",
            lines=[sales.Sold(winter.jars.id, 5, 700)],
        )  # fmt: skip
    with transaction(1) as writing:
        late = act("u", today=date(2027, 4, 1), at=NOW + timedelta(days=131), actor_id=1)
        sales.reverse_sale(writing, late, sale_seq=sale.seq, reason="salah catat")
    use_bank(session, 1)
    sums = [month_report(session, 1, date(2027, n, 1)).sold_idr for n in (2, 3, 4)]
    assert sums[1:] == [3_500, -3_500]
    assert sums[0] == 230_000
    assert seq < sale.seq


def _winter() -> tuple[date, date]:
    return MONTHS[0], date(2027, 2, 28)


def test_a_kelurahan_is_the_sum_of_its_banks(
    session: Session, winter: Winter, act: Callable[..., Act]
) -> None:
    with transaction() as writing:
        place = {"city": HERE.city, "kecamatan": HERE.kecamatan}
        near = open_bank(
            writing, at=NOW, slug="dekat", name="Dekat", kelurahan=HERE.kelurahan, **place
        )
        far = open_bank(writing, at=NOW, slug="jauh", name="Jauh", kelurahan="Kebonsari", **place)
    for other in (near, far):
        with transaction(other.bank_id) as writing:
            keys = iter(range(9))

            def own(bank_id: int = other.bank_id, keys: object = keys) -> Act:
                return Act(bank_id, f"k{next(keys)}", 1, NOW, TODAY)  # type: ignore[call-overload]

            member = make_member(writing, own(), "Tetangga")
            glass = priced_material(writing, own(), "KC", "Botol kaca", 300, family="glass")
            make_deposit(writing, own(), member, (glass, 10_000))
    session.rollback()
    use_bank(session, 1)
    mine = month_report(session, 1, MONTHS[0])
    sums = region_month(session, HERE, MONTHS[0])
    assert (sums.banks_count, sums.active_banks_count) == (2, 2)
    assert sums.households_count == mine.households_count + 1
    assert sums.deposits_count == mine.deposits_count + 1
    assert sums.weight_g == mine.weight_g + 10_000
    assert sums.credited_idr == mine.credited_idr + 3_000
    assert dict(sums.reporting_classes)["glass"] == dict(mine.reporting_classes)["glass"] + 10_000
    february = month_report(session, 1, MONTHS[3])
    later = region_month(session, HERE, MONTHS[3])
    assert (later.sold_idr, later.weight_g) == (february.sold_idr, february.weight_g)
    assert later.sipsn_classes == february.sipsn_classes
    assert later.active_banks_count == 1
    assert region_month(session, Region("", "", "Entah"), MONTHS[0]).banks_count == 0


def test_the_page_and_its_files_say_the_same(
    sign_in: Callable[..., Browser], spring: Winter
) -> None:
    browser = sign_in("auditor")  # in spring
    page = browser.get("/pembukuan/bulanan", bulan="2026-11")
    assert page.status_code == 200
    assert "Laporan November 2026" in page.text
    assert "bulan=2026-10" in page.text
    workbook = CalamineWorkbook.from_filelike(
        io.BytesIO(browser.get("/pembukuan/bulanan.xlsx", bulan="2026-11").data)
    )
    assert workbook.sheet_names == ["Ringkasan", "Jenis sampah", "Kelas laporan", "SIPSN"]
    summary = dict(workbook.get_sheet_by_name("Ringkasan").to_python()[1:])
    assert summary["Nasabah menyetor"] == 3
    text = browser.get("/pembukuan/bulanan.csv", bulan="2026-11").data.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    [cardboard] = [row for row in rows if row[:1] == ["KT1"]]
    [same] = [r for r in workbook.get_sheet_by_name("Jenis sampah").to_python() if r[0] == "KT1"]
    assert cardboard[4] == "17,054"
    assert same[4] == 17.054
    assert "17,05" in page.text
    wrong = browser.get("/pembukuan/bulanan", bulan="lusa")
    assert (wrong.status_code, "Tulis bulan seperti 2026-11." in wrong.text) == (422, True)


def test_the_month_as_json(api: Callable[..., Program], spring: Winter) -> None:
    program = api("auditor")
    month = program.get("/month", month="2026-11").get_json()
    assert (month["since"], month["until"]) == ("2026-11-01", "2026-11-30")
    assert month["weight_g"] == sum(row["weight_g"] for row in month["reporting_classes"])
    for line in month["lines"]:
        moved = line["came_quantity"] - line["sold_quantity"] + line["other_quantity"]
        assert line["opening_quantity"] + moved == line["closing_quantity"]
    wrong = program.get("/month", month="2026-13")
    assert (wrong.status_code, wrong.get_json()["code"]) == (422, "validation")


def test_only_who_was_given_a_kelurahan_reads_it(
    session: Session, sign_in: Callable[..., Browser], api: Callable[..., Program], spring: Winter
) -> None:
    official, treasurer, program = sign_in(), sign_in("treasurer"), api()
    asked = {"city": HERE.city, "kecamatan": HERE.kecamatan, "kelurahan": HERE.kelurahan}
    at = "/wilayah/bulanan?kota=Kota+Probolinggo&kecamatan=Kanigaran&kelurahan=Kebonsari+Kulon&bulan=2026-11"
    with transaction() as writing:
        for person in (official, program):
            service.give_region(writing, user_id=person.user.user_id, region=HERE, at=NOW)
    assert "Kebonsari Kulon" in official.client.get("/wilayah").text
    page = official.client.get(at)
    assert page.status_code == 200
    assert "Gerpesh" not in page.text
    assert "17,05" in page.text
    assert official.client.get(at.replace("bulanan", "bulanan.xlsx")).data[:2] == b"PK"
    assert treasurer.client.get(at).status_code == 404
    found = program.get("/api/v1/regions/month", **asked, month="2026-11")
    assert found.get_json()["households_count"] == 3
    with transaction() as writing:
        service.take_region(writing, user_id=official.user.user_id, region=HERE)
    assert official.client.get(at).status_code == 404


@pytest.mark.parametrize("cell", ["=1+1", "+62", "-cmd", "@x"])
def test_what_looks_like_a_formula_is_text(cell: str) -> None:
    table = Table("T & <U>", ("a",), [(cell,), (Kg(-1_005),), (7,)])
    assert f"'{cell}\r\n-1,005\r\n7\r\n" in as_csv([table])
    made = as_xlsx([table])
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(made)).get_sheet_by_index(0)
    assert sheet.to_python() == [["a"], [cell], [-1.005], [7]]
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(made)).read("xl/worksheets/sheet1.xml")
