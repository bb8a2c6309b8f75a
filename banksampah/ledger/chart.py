"""The chart of accounts every bank opens with. A fixed account's id is its number.

Codes follow `docs/ledger.md`; names are what papers and exports print.
"""

from typing import NamedTuple

CASH = 1100
BANK = 1110
RECEIVABLE = 1200
PRODUCTS = 1310
GOODS = 1350
SUSPENSE = 2150
PAYABLE = 2200
OPENING = 3000
UNDIVIDED = 3090
ENVIRONMENT = 3100
SOCIAL = 3200
GRANTS = 3300
OPERATIONS = 3400
RESERVE = 3500
RW_CASH = 3600
RESULT = 3900
ALLOCATION = 3910
SALES = 4100
SALES_DONATED = 4110
FEES = 4300
SALES_GOODS = 4400
RELEASED = 4500
GAIN = 4900
COST_OF_GOODS = 5100
SHRINKAGE = 5200
PROCESSING = 5300
OPERATING = 5400
COST_OF_SEMBAKO = 5450
PROGRAMME = 5500
CASH_SHORT = 5900

FIRST_OPENED_ID = 100_000
"""Accounts opened later (savings, stock, causes) are numbered from here."""


class Fixed(NamedTuple):
    """One line of the chart: *normal* is the side that increases it; *floor* forbids below 0."""

    account_id: int
    code: str
    name: str
    unit: str
    normal: str
    floor: bool


def _idr(account_id: int, name: str, normal: str, floor: bool = False) -> Fixed:
    return Fixed(account_id, str(account_id), name, "IDR", normal, floor)


_MONEY = (
    _idr(CASH, "Kas", "debit", floor=True),
    _idr(BANK, "Bank dan dompet digital", "debit", floor=True),
    _idr(RECEIVABLE, "Piutang pengepul", "debit", floor=True),
    _idr(PRODUCTS, "Produk olahan", "debit", floor=True),
    _idr(GOODS, "Persediaan sembako", "debit", floor=True),
    _idr(SUSPENSE, "Titipan", "credit", floor=True),
    _idr(PAYABLE, "Utang", "credit"),
    _idr(OPENING, "Saldo awal", "credit"),
    _idr(UNDIVIDED, "Hasil belum dibagi", "credit", floor=True),
    _idr(ENVIRONMENT, "Dana lingkungan", "credit", floor=True),
    _idr(SOCIAL, "Dana sosial", "credit", floor=True),
    _idr(GRANTS, "Dana hibah terikat", "credit", floor=True),
    _idr(OPERATIONS, "Dana operasional", "credit", floor=True),
    _idr(RESERVE, "Dana cadangan", "credit", floor=True),
    _idr(RW_CASH, "Kas RW", "credit", floor=True),
    _idr(RESULT, "Saldo hasil usaha", "credit"),
    _idr(ALLOCATION, "Alokasi hasil", "debit"),
    _idr(SALES, "Penjualan sampah", "credit"),
    _idr(SALES_DONATED, "Penjualan sedekah", "credit"),
    _idr(FEES, "Pendapatan admin", "credit"),
    _idr(SALES_GOODS, "Penjualan sembako", "credit"),
    _idr(RELEASED, "Dana dibebaskan", "credit"),
    _idr(GAIN, "Selisih lebih", "credit"),
    _idr(COST_OF_GOODS, "Harga pokok penjualan", "debit"),
    _idr(SHRINKAGE, "Susut", "debit"),
    _idr(PROCESSING, "Biaya pengolahan", "debit"),
    _idr(OPERATING, "Biaya operasional", "debit"),
    _idr(COST_OF_SEMBAKO, "Harga pokok sembako", "debit"),
    _idr(PROGRAMME, "Biaya program", "debit"),
    _idr(CASH_SHORT, "Selisih kas kurang", "debit"),
)

UNITS = ("G", "PCS", "ML")
"""Units of goods: grams, pieces, millilitres. Money is IDR."""

_FLOWS = {
    "in_savings": ("Masuk, tabungan", "credit"),
    "in_donated": ("Masuk, sedekah", "credit"),
    "sold": ("Terjual", "debit"),
    "processed": ("Diolah", "debit"),
    "shrink": ("Susut", "debit"),
    "residue": ("Residu", "debit"),
    "opening": ("Saldo awal", "credit"),
    "produced": ("Hasil olahan", "credit"),
}


def flow(name: str, unit: str) -> int:
    """The account through which goods of *unit* enter or leave: `flow("sold", "G")`."""
    return 9000 + 100 * UNITS.index(unit) + list(_FLOWS).index(name)


_GOODS_FLOWS = tuple(
    Fixed(flow(key, unit), f"F.{key}.{unit}", name, unit, normal, False)
    for unit in UNITS
    for key, (name, normal) in _FLOWS.items()
)

CHART = _MONEY + _GOODS_FLOWS
NAMES = {fixed.account_id: fixed.name for fixed in CHART}


def name_of(account_id: int, code: str) -> str:
    """What to print for an account: fixed ones by name, opened ones by kind and number."""
    if account_id in NAMES:
        return NAMES[account_id]
    head, _, rest = code.partition(".")
    kinds = {
        "2100": "Tabungan",
        "1400": "Piutang nasabah",
        "1300": "Persediaan",
        "S": "Stok",
        "3300": "Hibah",
        "3700": "Dana sedekah",
        "3800": "Dana",
    }
    return f"{kinds.get(head, head)} {rest}"
