"""What is true of a bank after its last entry, against its tables: accounts, people, goods, rules.

The tables of many banks are read as one stream each.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.desk.service.suspense import NUMBER as TITIPAN
from banksampah.ledger.chart import CHART, SUSPENSE
from banksampah.money import PPM
from banksampah.reports.queries.rebuilding import ANY, Standing, code_of, unit_of
from banksampah.streams import Ahead

Fact = tuple[int | None, str]
Row = tuple[Any, ...]

_FIXED = {f.account_id: (f.code, f.unit, 1 if f.normal == "debit" else -1, int(f.floor))
          for f in CHART}  # fmt: skip
_STANDARD_FUNDS = {1: "3100", 2: "3200", 3: "3400", 4: "3500", 5: "3600"}


class Goods(NamedTuple):
    """A material as its bank's books know it."""

    id: int
    code: str
    unit: str
    added_seq: int
    value_account_id: int
    bought_account_id: int
    donated_account_id: int

    @property
    def ledger_unit(self) -> str:
        return unit_of(self.unit)


class Tables:
    """The tables of many banks, to be asked about one bank after the other, their ids going up."""

    def __init__(self, session: Session, span: str):
        self._rows = {n: Ahead(session, sql.format(span)) for n, sql in _SQL.items()}
        self.goods: list[Goods] = []

    def faults(self, bank_id: int, now: Standing) -> Iterator[Fact]:
        """Every row of the bank that is not as its entries left it."""
        rows = {name: ahead.of(bank_id) for name, ahead in self._rows.items()}
        codes: dict[str, int] = {}
        units: dict[int, str] = {}
        yield from _account_faults(rows["account"], codes, units)
        for _bank_id, account_id in rows["unkept"]:
            yield None, f"akun {account_id} tidak punya saldo"
        yield from _member_faults(rows["member"], now, codes)
        self.goods = [Goods(*row[1:]) for row in rows["material"]]
        yield from _material_faults(self.goods, now, codes, units)
        yield from _fund_faults(rows["fund"], now, codes)
        yield from _rule_faults(rows["split_rule"], rows["split_rule_line"], now)
        for _bank_id, seq in rows["weights"]:
            yield seq, "bobot bagian dana berbeda dari aturannya"
        yield from _typed_faults(rows["typed"])
        yield from _titipan_faults(rows["desk_suspense"], now)
        yield from _surplus_faults(rows["deposit_surplus"], now)
        moved = {seq: seq for seq in now.left_titipan} | {
            seq: deposit_seq for seq, (deposit_seq, _who) in now.settled.items()
        }
        yield from now.decisions.faults(rows["desk_flag"], moved)
        zone = next((row[1] for row in list(rows["bank"])), None)
        if zone != now.zone:
            yield 1, f"zona waktu {zone}, menurut catatan {now.zone}"
        for user_id, role in {(row[1], row[2]) for row in rows["staff_role"]} ^ now.roles:
            yield None, f"peran {role} petugas {user_id} tidak sama dengan catatan"
        kept = {(row[1], str(row[2])) for row in rows["period"]}
        for seq, through in kept ^ set(now.periods.items()):
            yield seq, f"tutup buku {through} tidak sama dengan catatan"


def same(row: Sequence[Any], wanted: Sequence[Any]) -> bool:
    """Whether the columns are what they should be, in kind as well as in value."""
    if row == wanted and EXACT.issuperset(map(type, row)):
        return True
    return all(
        b is ANY or (a == b and type(a) is type(b)) for a, b in zip(row, wanted, strict=True)
    )


EXACT = {int, str, date, type(None)}
"""Kinds of which no two are equal to each other."""


def _account_faults(
    rows: Iterable[Row], codes: dict[str, int], units: dict[int, str]
) -> Iterator[Fact]:
    """Fixed accounts as in the chart, others as their code says. Fills *codes* and *units*."""
    missing = set(_FIXED)
    for _bank_id, account_id, code, unit, sign, floor in rows:
        codes[code], units[account_id] = account_id, unit
        fixed = _FIXED.get(account_id)
        missing.discard(account_id)
        if fixed is not None:
            right = same((code, unit, sign, int(floor)), fixed)
        else:
            wanted = code_of(code)
            right = wanted is not None and same((unit, sign, int(floor)), wanted)
        if not right:
            yield None, f"akun {account_id} ({code}) berbeda dari bagan akun"
    for account_id in sorted(missing):
        yield None, f"akun {account_id} hilang"


def _member_faults(rows: Iterable[Row], now: Standing, codes: Mapping[str, int]) -> Iterator[Fact]:
    due = dict(now.members)
    for _bank_id, member_id, number, *others, savings_id, debt_id in rows:
        wanted = [_plain(value) for value in due.pop(member_id, [])]
        has = [_plain(value) for value in (number, *others)]
        own: list[int | None] = [codes.get(f"2100.{number}"), codes.get(f"1400.{number}")]
        if number == TITIPAN:  # the bank's own holder of deposits that found no open account
            own = [SUSPENSE, None]
        if has != wanted or [savings_id, debt_id] != own:
            yield others[0], f"nasabah {member_id} berbeda dari catatannya"
    yield from ((made[1], f"nasabah {member_id} hilang") for member_id, made in due.items())


def _plain(value: Any) -> Any:
    """A day as text, as SQLite gives it; anything else as it is."""
    return str(value) if isinstance(value, date) else value


def _material_faults(
    goods: Iterable[Goods], now: Standing, codes: Mapping[str, int], units: Mapping[int, str]
) -> Iterator[Fact]:
    due = dict(now.materials)
    for one in goods:
        accounts = [one.value_account_id, one.bought_account_id, one.donated_account_id]
        own = [codes.get(code.format(one.id)) for code in ("1300.{}.B", "S.{}.B", "S.{}.D")]
        wanted = due.pop(one.id, [])
        if accounts != own or not wanted or not same([one.code, one.unit, one.added_seq], wanted):
            yield one.added_seq, f"jenis sampah {one.id} berbeda dari catatannya"
        elif {units.get(account_id) for account_id in accounts[1:]} != {one.ledger_unit}:
            yield one.added_seq, f"satuan stok jenis sampah {one.id} berbeda"
    yield from ((made[2], f"jenis sampah {number} hilang") for number, made in due.items())


def _fund_faults(rows: Iterable[Row], now: Standing, codes: Mapping[str, int]) -> Iterator[Fact]:
    due = dict(now.funds)
    for _bank_id, fund_id, name, account_id, priority, opened_seq in rows:
        seq, sealed = due.pop(fund_id, (None, None))
        kinds = {"cause": f"3700.{fund_id}", "other": f"3800.{fund_id}"}
        if sealed is None:
            right = account_id == codes.get(_STANDARD_FUNDS.get(fund_id, ""))
        else:
            right = any(
                ledger.fingerprint("fund.open", {"kind": kind, "name": name}) == sealed
                and account_id == codes.get(code)
                for kind, code in kinds.items()
            )
        if not right or opened_seq != seq or priority != fund_id:
            yield opened_seq, f"dana {fund_id} berbeda dari catatannya"
    yield from ((made[0], f"dana {number} hilang") for number, made in due.items())


def _rule_faults(
    rule_rows: Iterable[Row], line_rows: Iterable[Row], now: Standing
) -> Iterator[Fact]:
    lines: dict[tuple[int, int], list[Row]] = {}
    for _bank_id, rule_id, version, *line in line_rows:
        lines.setdefault((rule_id, version), []).append(tuple(line))
    rules = {row[1]: row[2:] for row in rule_rows}
    numbers: dict[str, int] = {}
    versions: dict[int, int] = {}
    for entry in now.rules:
        rule = rules.pop(entry.seq, None)
        if rule is None:
            yield entry.seq, "aturan pembagian hilang"
            continue
        rule_id, version, origin, valid_from, lines_count, total_ppm = rule
        due_id = numbers.setdefault(origin, len(numbers) + 1)
        versions[due_id] = versions.get(due_id, 0) + 1
        own = lines.pop((rule_id, version), [])
        facts = {
            "stock_origin": origin,
            "valid_from": str(valid_from),
            "lines": [[line[1], line[3]] for line in own],
        }
        right = ledger.fingerprint("split.rule", facts) == entry.request_hash
        if (
            not right
            or (rule_id, version) != (due_id, versions[due_id])
            or (lines_count, total_ppm) != (len(own), PPM)
            or not _chained(own)
        ):
            yield entry.seq, "aturan pembagian berbeda dari catatannya"
    yield from ((seq, "aturan pembagian tanpa catatan") for seq in rules)
    yield from ((None, f"baris aturan {key} tanpa aturan") for key in lines)


def _chained(lines: Sequence[Row]) -> bool:
    upto = 0
    for number, (line, _fund_id, priority, weight_ppm, previous, before_ppm, upto_ppm) in enumerate(
        lines, 1
    ):
        before, upto = upto, upto + weight_ppm
        place = (line, priority, previous, before_ppm, upto_ppm)
        if place != (number, number, number - 1 or None, before, upto):
            return False
    return True


def _titipan_faults(rows: Iterable[Row], now: Standing) -> Iterator[Fact]:
    """Each row is of a deposit laid aside, with its sum, and settled by an entry of its own."""
    paid = {seq: deposit_seq for seq, (deposit_seq, into) in now.settled.items() if into is None}
    for _bank_id, deposit_seq, amount_idr, settled_seq, member_id in rows:
        paid.pop(settled_seq, None)
        settled = now.settled.get(settled_seq)
        if settled_seq is None:
            settled = (deposit_seq, None)
        elif settled_seq == deposit_seq in now.left_titipan:  # nothing lay there to be given
            settled = (deposit_seq, member_id)
        if now.titipan.get(deposit_seq) != amount_idr or settled != (deposit_seq, member_id):
            yield deposit_seq, "titipan berbeda dari catatannya"
    yield from ((seq, f"titipan setoran {deposit_seq} hilang") for seq, deposit_seq in paid.items())


def _surplus_faults(rows: Iterable[Row], now: Standing) -> Iterator[Fact]:
    """Each row is of a correction, with its sum, and settled by the entry that did."""
    due = dict(now.surpluses.rows)
    for _bank_id, seq, *row in rows:
        if due.pop(seq, None) != row:
            yield seq, "selisih koreksi di titipan berbeda dari catatannya"
    yield from ((seq, "selisih koreksi di titipan hilang") for seq in due)


def _typed_faults(rows: Iterable[Row]) -> Iterator[Fact]:
    """Parts that were typed go by their place, and weigh nothing."""
    places: dict[tuple[int, str], int] = {}
    for _bank_id, seq, _line, origin, priority, weight_ppm in rows:
        place = places[seq, origin] = places.get((seq, origin), 0) + 1
        if priority != place or weight_ppm is not None:
            yield seq, "urutan bagian dana berbeda dari catatannya"


_SQL = {
    "account": "SELECT bank_id, account_id, code, unit, sign, floor_zero FROM account"
    " WHERE bank_id {} ORDER BY bank_id, account_id",
    "unkept": "SELECT a.bank_id, a.account_id FROM account a LEFT JOIN balance b"
    " ON b.bank_id = a.bank_id AND b.account_id = a.account_id"
    " WHERE a.bank_id {} AND b.account_id IS NULL ORDER BY a.bank_id, a.account_id",
    "member": "SELECT bank_id, id, number, opened_seq, closed_on, merged_into_id,"
    " erased_on, savings_account_id, debt_account_id FROM member WHERE bank_id {}"
    " ORDER BY bank_id, id",
    "material": "SELECT bank_id, id, code, unit, added_seq, value_account_id, bought_account_id,"
    " donated_account_id FROM material WHERE bank_id {} ORDER BY bank_id, id",
    "fund": "SELECT bank_id, id, name, account_id, priority, opened_seq FROM fund"
    " WHERE bank_id {} ORDER BY bank_id, id",
    "split_rule": "SELECT bank_id, seq, rule_id, version, stock_origin, valid_from, lines_count,"
    " total_ppm FROM split_rule WHERE bank_id {} ORDER BY bank_id, rule_id, version",
    "split_rule_line": "SELECT bank_id, rule_id, version, line, fund_id, priority, weight_ppm,"
    " previous_line, before_ppm, upto_ppm FROM split_rule_line WHERE bank_id {}"
    " ORDER BY bank_id, rule_id, version, line",
    "weights": "SELECT l.bank_id, l.seq FROM split_line l LEFT JOIN split_rule_line r"
    " ON r.bank_id = l.bank_id AND r.rule_id = l.rule_id AND r.version = l.version"
    " AND r.fund_id = l.fund_id WHERE l.bank_id {} AND l.rule_id IS NOT NULL"
    " AND (r.line IS NULL OR l.weight_ppm IS NULL OR r.weight_ppm <> l.weight_ppm"
    " OR r.priority <> l.priority) ORDER BY l.bank_id, l.seq",
    "typed": "SELECT bank_id, seq, line, origin, priority, weight_ppm FROM split_line"
    " WHERE bank_id {} AND rule_id IS NULL ORDER BY bank_id, seq, line",
    "bank": "SELECT bank_id, zone FROM bank WHERE bank_id {} ORDER BY bank_id",
    "staff_role": "SELECT bank_id, user_id, role FROM staff_role WHERE bank_id {}"
    " ORDER BY bank_id, user_id",
    "desk_suspense": "SELECT bank_id, deposit_seq, amount_idr, settled_seq, settled_member_id"
    " FROM desk_suspense WHERE bank_id {} ORDER BY bank_id, deposit_seq",
    "deposit_surplus": "SELECT bank_id, seq, deposit_seq, amount_idr, settled_seq, settled_as"
    " FROM deposit_surplus WHERE bank_id {} ORDER BY bank_id, seq",
    "desk_flag": "SELECT f.bank_id, f.id, f.record_id, f.code, f.raw_id, i.state,"
    " i.deposit_seq, f.decision, f.decided_seq, f.decided_by_id, f.reopened_seq"
    " FROM desk_flag f JOIN desk_intake i"
    " ON i.bank_id = f.bank_id AND i.record_id = f.record_id WHERE f.bank_id {}"
    " ORDER BY f.bank_id, f.id",
    "period": "SELECT bank_id, seq, through FROM period WHERE bank_id {} ORDER BY bank_id, through",
}
