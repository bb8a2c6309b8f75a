"""Gerpesh Jitu, RW 17: waste is given, 30 % goes to the environment and 70 % to social activities.

The sums, made on paper before the program ran:

    kardus 2      4,250 + 3,100 + 1,500 + 6,000  = 14,850 kg × 1.300 = 19.305
    botol 1A      2,350 + 1,200 + 0,950          =  4,500 kg × 2.500 = 11.250
    HVS 3A        5,750 + 2,333 + 0,917          =  9,000 kg × 1.100 =  9.900
    gelas 5A      0,805 + 0,400 + 0,150          =  1,355 kg × 3.600 =  4.878
                                                   29,705 kg           45.333
    ongkos angkut                                                     − 5.000
    hasil                                                              40.333
    30 % = 12.099,9   70 % = 28.233,1   the last rupiah goes to the larger remainder: lingkungan
    lingkungan 12.100   sosial 28.233
"""

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.ledger import chart
from banksampah.sales import service as sales
from banksampah.sales.models import Sale
from banksampah.splits import queries as split_queries
from banksampah.splits import service as splits
from tests.books import books
from tests.worked_examples.helpers import CHAIR, SEPTEMBER, Story, begin


def a_saturday(session: Session) -> Story:
    """Five households' worth of sedekah, weighed on 5 September."""
    told = begin(session, "gerpesh-jitu")
    told.import_prices("bukit-hibul-2026.csv")
    told.do(splits.apply_preset, preset="gerpesh_jitu", valid_from=SEPTEMBER)
    melati, kenanga, anggrek = told.open(
        "Keluarga Melati 1", "Keluarga Kenanga 2", "Keluarga Anggrek 3"
    )
    told.weigh(melati, {"2": "4,25", "1A": "2,35"})
    told.weigh(kenanga, {"2": "3,1", "3A": "5,75", "5A": "0,805"})
    told.weigh(anggrek, {"1A": "1,2", "5A": "0,4"})
    told.weigh(melati, {"3A": "2,333", "2": "1,5", "1A": "0,95", "5A": "0,15"})
    told.weigh(kenanga, {"2": "6", "3A": "0,917"})
    return told


def sell_all(told: Story) -> Sale:
    """The collector takes all of it; his price, not the list's, is what he pays."""
    prices = {"2": 1_300, "1A": 2_500, "3A": 1_100, "5A": 3_600}
    grams = {"2": 14_850, "1A": 4_500, "3A": 9_000, "5A": 1_355}
    return told.do(
        sales.record_sale,
        sold_on=told.today,
        paid_with="cash",
        buyer_name="UD Rongsok Jaya",
        lines=[sales.Sold(told.material(code).id, grams[code], prices[code]) for code in prices],
        costs=[sales.Cost("transport", 5_000)],
    )


def test_sedekah_is_sold_and_divided_to_the_rupiah(session: Session) -> None:
    told = a_saturday(session)
    before = ledger.head_seq(told.read(), told.bank.bank_id)
    sale = sell_all(told)
    (split,) = split_queries.splits_of_sale(told.read(), told.bank.bank_id, sale.seq)
    told.do(
        splits.approve, actor_id=CHAIR, split_seq=split.seq, seen=split_queries.lines_hash(split)
    )
    assert told.posted(chart.ENVIRONMENT) == 12_100
    assert told.posted(chart.SOCIAL) == 28_233
    assert told.posted(chart.UNDIVIDED) == 0
    assert told.posted(chart.CASH) == 40_333
    assert told.posted(chart.flow("sold", "G")) == 29_705
    assert books(told.read(), told.bank.bank_id, after_seq=before) == SALE_AND_SPLIT.strip("\n")


SALE_AND_SPLIT = """
  15  Sabtu, 5 September 2026 · Pembeli baru

  16  Sabtu, 5 September 2026 · Penjualan
         Kas                                 1100                  45.333
         Biaya operasional                   5400                   5.000
         Alokasi hasil                       3910                  40.333
            Penjualan sedekah                4110                                 45.333
            Kas                              1100                                  5.000
            Hasil belum dibagi               3090                                 40.333
         Terjual                             F.sold.G           14,850 kg
         Terjual                             F.sold.G            4,500 kg
         Terjual                             F.sold.G            9,000 kg
         Terjual                             F.sold.G            1,355 kg
            Stok sedekah Kardus              S.3.D                             14,850 kg
            Stok sedekah Botol minuman plastik A S.1.D                              4,500 kg
            Stok sedekah HVS                 S.4.D                              9,000 kg
            Stok sedekah Gelas (PP) A        S.9.D                              1,355 kg

  17  Sabtu, 5 September 2026 · Pembagian diusulkan
         Hasil belum dibagi                  3090                                         ditahan 40.333

  18  Sabtu, 5 September 2026 · Pembagian disetujui, atas catatan 17
         Hasil belum dibagi                  3090                  40.333                 dilepas 40.333
            Lingkungan                       3100                                 12.100
            Sosial                           3200                                 28.233
"""
