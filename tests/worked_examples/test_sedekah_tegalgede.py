"""Sedekah Sampah Tegalgede: nothing is credited to the giver, the money goes to named causes.

The sums, made on paper before the program ran (list of Surabaya 2018):

    panci 9       0,750 kg × 9.000 = 6.750
    kaleng 10     0,250 kg × 8.500 = 2.125
    hasil         8.875, half to each cause: 4.437,5 and 4.437,5
    a tie: the last rupiah goes to the first in the rule
    Santunan anak yatim 4.438   Posyandu dan lansia 4.437
"""

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks import service as banks
from banksampah.catalog import service as catalog
from banksampah.ledger import chart
from banksampah.sales import service as sales
from banksampah.splits import queries as split_queries
from banksampah.splits import service as splits
from tests.books import books
from tests.worked_examples.helpers import CHAIR, SEPTEMBER, begin


def test_what_is_given_reaches_its_causes(session: Session) -> None:
    told = begin(session, "sedekah-tegalgede")
    told.do(banks.set_setting, name="default_price_class", value="stabil")
    told.import_prices("surabaya-2018.csv")
    yatim = told.do(splits.open_fund, name="Santunan anak yatim", purpose="beasiswa", kind="cause")
    lansia = told.do(splits.open_fund, name="Posyandu dan lansia", purpose="gizi", kind="cause")
    told.do(catalog.set_share_rule, valid_from=SEPTEMBER, share_ppm=0)
    told.do(
        splits.set_rule,
        name="Seluruh hasil untuk yang dituju",
        stock_origin="any",
        valid_from=SEPTEMBER,
        lines=[(yatim.id, 500_000), (lansia.id, 500_000)],
    )
    melati, kenanga = told.open("Keluarga Melati 1", "Keluarga Kenanga 2")
    before = ledger.head_seq(told.read(), told.bank.bank_id)
    given = told.weigh(melati, {"9": "0,75"}, kind="sedekah", cause_fund_id=yatim.id)
    told.weigh(kenanga, {"10": "0,25"}, kind="sedekah", cause_fund_id=lansia.id)
    assert (given.credited_idr, told.posted(melati.savings_account_id)) == (0, 0)

    sale = told.do(
        sales.record_sale,
        sold_on=told.today,
        paid_with="bank",
        buyer_name="Bank Sampah Induk",
        lines=[
            sales.Sold(told.material("9").id, 750, 9_000),
            sales.Sold(told.material("10").id, 250, 8_500),
        ],
    )
    (split,) = split_queries.splits_of_sale(told.read(), told.bank.bank_id, sale.seq)
    seen = split_queries.lines_hash(split)
    told.do(splits.approve, actor_id=CHAIR, split_seq=split.seq, seen=seen)

    assert books(told.read(), told.bank.bank_id, after_seq=before) == THE_DAY.strip("\n")
    assert told.posted(yatim.account_id) == 4_438
    assert told.posted(lansia.account_id) == 4_437
    assert told.posted(chart.BANK) == 8_875


THE_DAY = """
  11  Sabtu, 5 September 2026 · Setoran
         Stok sedekah Panci                  S.5.D               0,750 kg
            Masuk, sedekah                   F.in_donated.G                     0,750 kg

  12  Sabtu, 5 September 2026 · Setoran
         Stok sedekah Kaleng aluminium       S.6.D               0,250 kg
            Masuk, sedekah                   F.in_donated.G                     0,250 kg

  13  Sabtu, 5 September 2026 · Pembeli baru

  14  Sabtu, 5 September 2026 · Penjualan
         Bank dan dompet digital             1110                   8.875
         Alokasi hasil                       3910                   8.875
            Penjualan sedekah                4110                                  8.875
            Hasil belum dibagi               3090                                  8.875
         Terjual                             F.sold.G            0,750 kg
         Terjual                             F.sold.G            0,250 kg
            Stok sedekah Panci               S.5.D                              0,750 kg
            Stok sedekah Kaleng aluminium    S.6.D                              0,250 kg

  15  Sabtu, 5 September 2026 · Pembagian diusulkan
         Hasil belum dibagi                  3090                                         ditahan 8.875

  16  Sabtu, 5 September 2026 · Pembagian disetujui, atas catatan 15
         Hasil belum dibagi                  3090                   8.875                 dilepas 8.875
            Santunan anak yatim              3700.6                                4.438
            Posyandu dan lansia              3700.7                                4.437
"""
