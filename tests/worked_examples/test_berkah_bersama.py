"""Bank Sampah Berkah Bersama: savings with a passbook, 85 % to the household, 15 % to operations.

The sums, made on paper before the program ran (list of Sukamaju 2026):

    Melati   dus 12,35 kg × 1.000 = 12.350 × 85 % = 10.497,5 → 10.498
             arsip 2,5 kg ×   800 =  2.000 × 85 % =             1.700    12.198
    Kenanga  besi 3,4 kg × 1.500 =   5.100 × 85 % =             4.335
             botol 7 buah × 100  =     700 × 85 % =               595     4.930
    Melati   besi 0,333 kg × 1.500 = 499,5 → 500 × 85 % =         425
             botol 12 buah × 100 =   1.200 × 85 % =             1.020     1.445
    stock at cost  10.498 + 1.700 + 4.760 (besi 3,733 kg) + 1.615 = 18.573 = savings 13.643 + 4.930

    Sale     dus 12,35 kg × 1.400 = 17.290   cost 10.498
             arsip 2,5 kg × 1.000 =  2.500   cost  1.700
             besi  2,0 kg × 2.100 =  4.200   cost  4.760 × 2.000 / 3.733 = 2.550 (rounded down)
             botol 19 × 150       =  2.850   cost  1.615
             proceeds               26.840   cost 16.363   margin 10.477, all to operations
    Melati takes out 13.000.
    Cash 13.840 + stock 2.210 = savings 643 + 4.930 + operations 10.477 = 16.050
"""

from datetime import date

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.deposits import service as deposits
from banksampah.ledger import chart
from banksampah.members.models import Member
from banksampah.sales import service as sales
from banksampah.splits import queries as split_queries
from banksampah.splits import service as splits
from banksampah.withdrawals import service as withdrawals
from tests.books import books
from tests.worked_examples.helpers import CHAIR, SEPTEMBER, Story, begin


def a_saturday(session: Session) -> tuple[Story, Member, Member]:
    """Three deposits, and one weighed for the wrong household and undone."""
    told = begin(session, "berkah-bersama")
    told.import_prices("sukamaju-2026.csv")
    told.do(splits.apply_preset, preset="85_15", valid_from=SEPTEMBER)
    melati, kenanga = told.open("Keluarga Melati 1", "Keluarga Kenanga 2")
    told.weigh(melati, {"KT1": "12,35", "KT3": "2,5"})
    told.weigh(kenanga, {"LG1": "3,4", "BL1": "7"})
    wrong = told.weigh(kenanga, {"KT1": "5"})
    told.do(deposits.reverse_deposit, seq=wrong.seq, reason="wrong_member", note="Milik tetangga")
    told.weigh(melati, {"LG1": "0,333", "BL1": "12"})
    return told, melati, kenanga


def test_savings_sale_and_withdrawal(session: Session) -> None:
    told, melati, kenanga = a_saturday(session)
    assert told.posted(melati.savings_account_id) == 13_643
    assert told.posted(kenanga.savings_account_id) == 4_930
    before = ledger.head_seq(told.read(), told.bank.bank_id)

    sold = {"KT1": (12_350, 1_400), "KT3": (2_500, 1_000), "LG1": (2_000, 2_100), "BL1": (19, 150)}
    sale = told.do(
        sales.record_sale,
        sold_on=told.today,
        paid_with="cash",
        buyer_name="UD Rongsok Jaya",
        lines=[sales.Sold(told.material(code).id, *figures) for code, figures in sold.items()],
    )
    (split,) = split_queries.splits_of_sale(told.read(), told.bank.bank_id, sale.seq)
    seen = split_queries.lines_hash(split)
    told.do(splits.approve, actor_id=CHAIR, split_seq=split.seq, seen=seen)
    asked = told.do(
        withdrawals.request_withdrawal, member_id=melati.id, amount_idr=13_000, method="cash"
    )
    told.do(withdrawals.pay_withdrawal, seq=asked.seq)

    assert books(told.read(), told.bank.bank_id, after_seq=before) == AFTERNOON.strip("\n")
    assert told.posted(chart.CASH) == 13_840
    assert told.posted(told.material("LG1").value_account_id) == 2_210
    assert told.posted(melati.savings_account_id) == 643
    assert told.posted(chart.OPERATIONS) == 10_477
    day = date(2026, 9, 4)
    assert ledger.balance_on(told.read(), told.bank.bank_id, melati.savings_account_id, day) == 0


AFTERNOON = """
  14  Sabtu, 5 September 2026 · Pembeli baru

  15  Sabtu, 5 September 2026 · Penjualan
         Kas                                 1100                  26.840
         Harga pokok penjualan               5100                  16.363
         Alokasi hasil                       3910                  10.477
            Penjualan sampah                 4100                                 26.840
            Persediaan Dus                   1300.1.B                             10.498
            Persediaan Arsip                 1300.3.B                              1.700
            Persediaan Besi 1                1300.5.B                              2.550
            Persediaan Botol Bening          1300.11.B                             1.615
            Hasil belum dibagi               3090                                 10.477
         Terjual                             F.sold.G           12,350 kg
         Terjual                             F.sold.G            2,500 kg
         Terjual                             F.sold.G            2,000 kg
            Stok Dus                         S.1.B                             12,350 kg
            Stok Arsip                       S.3.B                              2,500 kg
            Stok Besi 1                      S.5.B                              2,000 kg
         Terjual                             F.sold.PCS           19 buah
            Stok Botol Bening                S.11.B                              19 buah

  16  Sabtu, 5 September 2026 · Pembagian diusulkan
         Hasil belum dibagi                  3090                                         ditahan 10.477

  17  Sabtu, 5 September 2026 · Pembagian disetujui, atas catatan 16
         Hasil belum dibagi                  3090                  10.477                 dilepas 10.477
            Operasional                      3400                                 10.477

  18  Sabtu, 5 September 2026 · Penarikan diminta
         Tabungan 0001                       2100.0001                                    ditahan 13.000

  19  Sabtu, 5 September 2026 · Penarikan dibayar, atas catatan 18
         Tabungan 0001                       2100.0001             13.000                 dilepas 13.000
            Kas                              1100                                 13.000
"""
