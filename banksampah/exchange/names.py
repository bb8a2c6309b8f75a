"""One name per account that hledger and Beancount both accept, in Indonesian.

`1100` becomes `Aset:1100-Kas`, `2100.0142` becomes `Kewajiban:2100-Tabungan:0142`.
"""

import re
from collections.abc import Iterable

from banksampah import ledger

ROOTS = {
    "A": "Aset",
    "L": "Kewajiban",
    "E": "Dana",
    "R": "Pendapatan",
    "X": "Beban",
}
"""hledger's account type → the first part of the name."""

_GROUPS = {
    "1300": "1300-Persediaan",
    "1400": "1400-Piutang-nasabah",
    "2100": "2100-Tabungan",
    "3300": "3300-Hibah",
    "3700": "3700-Dana-sedekah",
    "3800": "3800-Dana-lain",
    "S": "S-Stok",
    "F": "F-Arus-barang",
}
_TYPES = {"1": "A", "2": "L", "3": "E", "4": "R", "5": "X", "S": "A", "F": "E"}
_ORIGINS = {"B": "beli", "D": "sedekah"}


def type_of(code: str) -> str:
    """The kind of account by the head of its code: A, L, E, R or X."""
    return _TYPES[code[0]]


def account_names(accounts: Iterable[ledger.AccountRow]) -> dict[int, str]:
    """account_id → its name; no two accounts share one."""
    names: dict[int, str] = {}
    taken: set[str] = set()
    for account in accounts:
        name = _name(account.account_id, account.code)
        if name in taken:  # two codes that differ only in signs a name may not hold
            name = f"{name}-{account.account_id}"
        taken.add(name)
        names[account.account_id] = name
    return names


def _name(account_id: int, code: str) -> str:
    root = ROOTS[type_of(code)]
    head, _, rest = code.partition(".")
    if account_id in ledger.chart.NAMES and head != "F":
        return f"{root}:{_part(f'{code} {ledger.chart.NAMES[account_id]}')}"
    group = _GROUPS.get(head, _part(head))
    if head in {"1300", "S"}:
        rest = " ".join(_ORIGINS.get(part, part) for part in rest.split("."))
    if head == "F":
        rest = f"{rest.rpartition('.')[2]} {ledger.chart.NAMES[account_id]}"
    return f"{root}:{group}:{_part(rest)}"


def _part(text: str) -> str:
    """One part of a name: letters, digits and dashes, beginning with a capital or a digit."""
    safe = re.sub(r"[^0-9A-Za-z]+", "-", text).strip("-") or "0"
    return safe[0].upper() + safe[1:]
