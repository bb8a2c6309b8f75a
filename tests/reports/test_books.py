"""The readable journal that worked examples are written in."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks.models import Bank
from banksampah.db import transaction
from banksampah.ledger import Act
from banksampah.withdrawals.service import request_withdrawal
from tests.books import books
from tests.factories import make_deposit, make_member, priced_material


def test_a_deposit_its_reversal_and_a_request(
    session: Session, bank: Bank, act: Callable[..., Act]
) -> None:
    with transaction(1):
        siti = make_member(session, act())
        bottles = priced_material(session, act(), "PL3", "Botol PET", 3_000)
        jars = priced_material(session, act(), "BT", "Botol kecap", 450, "pcs")
        before = ledger.head_seq(session, 1)
        first = make_deposit(session, act(), siti, (bottles, 12_500), (jars, 12))
        ledger.reverse(session, act(), first.seq, {"seq": first.seq}, "salah orang")
        make_deposit(session, act(), siti, (jars, 200))
        request_withdrawal(session, act(), member_id=siti.id, amount_idr=40_000)
    assert books(session, 1, after_seq=before) == JOURNAL.strip("\n")


JOURNAL = """
   7  Sabtu, 21 November 2026 · Setoran
         Persediaan Botol PET                1300.1.B              37.500
         Persediaan Botol kecap              1300.2.B               5.400
            Tabungan 0001                    2100.0001                            42.900
         Stok Botol PET                      S.1.B              12,500 kg
            Masuk, tabungan                  F.in_savings.G                    12,500 kg
         Stok Botol kecap                    S.2.B                12 buah
            Masuk, tabungan                  F.in_savings.PCS                     12 buah

   8  Sabtu, 21 November 2026 · Pembatalan, membatalkan catatan 7
         Tabungan 0001                       2100.0001             42.900
            Persediaan Botol PET             1300.1.B                             37.500
            Persediaan Botol kecap           1300.2.B                              5.400
         Masuk, tabungan                     F.in_savings.G     12,500 kg
            Stok Botol PET                   S.1.B                             12,500 kg
         Masuk, tabungan                     F.in_savings.PCS      12 buah
            Stok Botol kecap                 S.2.B                               12 buah

   9  Sabtu, 21 November 2026 · Setoran
         Persediaan Botol kecap              1300.2.B              90.000
            Tabungan 0001                    2100.0001                            90.000
         Stok Botol kecap                    S.2.B               200 buah
            Masuk, tabungan                  F.in_savings.PCS                    200 buah

  10  Sabtu, 21 November 2026 · Penarikan diminta
         Tabungan 0001                       2100.0001                                    ditahan 40.000
"""


def test_only_some_kinds(session: Session, bank: Bank, act: Callable[..., Act]) -> None:
    with transaction(1):
        make_member(session, act())
    assert (
        books(session, 1, kinds=["member.open"]) == "   2  Sabtu, 21 November 2026 · Nasabah baru"
    )
