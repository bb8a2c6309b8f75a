"""A bank's journal as a bookkeeper would write it by hand, to be read and compared in tests.

       4  Sabtu, 3 Januari 2026 · Setoran
             Persediaan PET bening               1300.1.B              37.500
                Tabungan 0017                    2100.0017                            37.500
             Stok PET bening                     S.1.B              12,500 kg
                Masuk, tabungan                  F.in_savings.G                    12,500 kg

Debits stand left, credits are indented and stand right, as in any journal. Money comes first,
then goods. A hold moves nothing and says so in words.
"""

from collections.abc import Iterable, Mapping

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.reports.queries.journal import account_labels
from banksampah.web.kinds import kind_name
from banksampah.web.words import full_date

_UNIT_ORDER = {"IDR": 0, "G": 1, "ML": 2, "PCS": 3}


def books(
    session: Session,
    bank_id: int,
    *,
    after_seq: int = 0,
    kinds: Iterable[str] | None = None,
) -> str:
    """The journal after entry *after_seq* (all of it by default), or only entries of *kinds*."""
    labels = account_labels(session, bank_id)
    accounts = {row.account_id: row for row in ledger.accounts(session, bank_id)}
    wanted = None if kinds is None else set(kinds)
    entries: list[str] = []
    while page := ledger.entries(session, bank_id, after_seq=after_seq, limit=200):
        after_seq = page[-1].seq
        entries += [
            _entry(entry, accounts, labels)
            for entry in page
            if wanted is None or entry.kind in wanted
        ]
    return "\n\n".join(entries)


def _entry(
    entry: ledger.Entry,
    accounts: Mapping[int, ledger.AccountRow],
    labels: Mapping[int, str],
) -> str:
    heading = f"{entry.seq:>4}  {full_date(entry.effective_on)} · {kind_name(entry.kind)}"
    if entry.occurred_on and entry.occurred_on != entry.effective_on:
        heading += f", terjadi {full_date(entry.occurred_on)}"
    if entry.reverses_seq:
        heading += f", membatalkan catatan {entry.reverses_seq}"
    if entry.resolves_seq:
        heading += f", atas catatan {entry.resolves_seq}"
    legs = sorted(entry.legs, key=lambda leg: (_UNIT_ORDER[leg.unit], leg.amount < 0))
    lines = [_leg(leg, accounts[leg.account_id].code, labels) for leg in legs]
    return "\n".join([heading, *(line.rstrip() for line in lines)])


def _leg(leg: ledger.Leg, code: str, labels: Mapping[int, str]) -> str:
    name = labels.get(leg.account_id) or ledger.chart.name_of(leg.account_id, code)
    indent = 12 if leg.amount < 0 else 9
    what = f"{' ' * indent}{name:<{44 - indent}} {code:<15}"
    debit = quantity(leg.amount, leg.unit) if leg.amount > 0 else ""
    credit = quantity(-leg.amount, leg.unit) if leg.amount < 0 else ""
    held = ""
    if leg.held:
        held = f"  {'ditahan' if leg.held > 0 else 'dilepas'} {quantity(abs(leg.held), leg.unit)}"
    return f"{what}{debit:>13}{credit:>15}{held}"


def quantity(amount: int, unit: str) -> str:
    """`37.500`, `12,500 kg`, `80 buah`, `1,500 l`."""
    if unit == "IDR":
        return f"{amount:,}".replace(",", ".")
    if unit == "PCS":
        return f"{amount:,} buah".replace(",", ".")
    whole, rest = divmod(amount, 1000)
    return f"{whole:,}".replace(",", ".") + f",{rest:03d} " + ("kg" if unit == "G" else "l")
