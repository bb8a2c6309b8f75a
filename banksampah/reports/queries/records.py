"""The tables against the journal: each row as its entry wrote it, no more rows and no fewer.

Prices, rules, settings, roles, members' accounts and documents could be changed in the tables while
the journal stays true; here they are worked out again from it (`rebuilding`).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Column, Table, and_, or_, select, text
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks.models import Bank, BankSetting
from banksampah.catalog.models import Material, Price, PriceList, ShareRule
from banksampah.db import Model
from banksampah.deposits.models import Deposit, DepositChange, DepositLine, DepositLineChange
from banksampah.ledger.chart import CHART
from banksampah.members.models import Member
from banksampah.money import PPM
from banksampah.reports.queries.rebuilding import (
    ANY,
    Made,
    Rebuilder,
    Standing,
    asked_for,
    code_of,
    unit_of,
)
from banksampah.sales.models import Sale, SaleCost, SaleLine, SaleStep
from banksampah.splits.models import Fund, Split, SplitLine, SplitRule, SplitRuleLine, SplitStep
from banksampah.staff.models import StaffRole
from banksampah.withdrawals.models import Withdrawal, WithdrawalOutcome

ENTRIES_AT_ONCE = 1_000

Fact = tuple[int | None, str]

_COLUMNS: Mapping[type[Model], tuple[str, str, str | None]] = {
    # model: key after the bank, other columns, the column of the instant it was written at
    BankSetting: ("seq", "name value", None),
    PriceList: ("seq", "valid_from lines_count", None),
    Price: ("seq material_id price_class valid_from", "price_idr", None),
    ShareRule: ("seq", "valid_from account_kind delivery share_ppm", None),
    Deposit: (
        "seq", "member_id kind weighed_on value_idr credited_idr recorded_by_id", "recorded_at",
    ),
    DepositLine: (
        "seq line",
        "material_id unit quantity price_idr value_idr share_ppm credited_idr",
        None,
    ),
    DepositChange: ("seq", "deposit_seq kind reason member_id recorded_by_id", "recorded_at"),
    DepositLineChange: ("seq line", "deposit_seq quantity price_idr value_idr credited_idr", None),
    Withdrawal: ("seq", "member_id amount_idr method requested_by_id", "requested_at"),
    WithdrawalOutcome: ("seq", "withdrawal_seq kind amount_idr decided_by_id", "decided_at"),
    Split: ("seq", "sale_seq attempt amount_idr proposed_by_id", "proposed_at"),
    SplitLine: ("seq line", "origin fund_id rule_id version amount_idr", None),
    SplitStep: ("seq", "split_seq kind stage authority_seq by_id", "at"),
    Sale: ("seq", "sold_on recorded_by_id", "recorded_at"),
    SaleStep: ("seq", "sale_seq kind amount_idr paid_with undoes_seq by_id", "at"),
}  # fmt: skip

_WORDS = {
    "bank_setting": "pengaturan", "price_list": "daftar harga", "price": "harga",
    "share_rule": "bagian nasabah", "deposit": "setoran", "deposit_line": "baris setoran",
    "deposit_change": "perubahan setoran", "deposit_line_change": "perubahan baris setoran",
    "withdrawal": "penarikan", "withdrawal_outcome": "keputusan penarikan",
    "split": "pembagian", "split_line": "bagian dana", "split_step": "keputusan pembagian",
    "sale": "penjualan", "sale_step": "kelanjutan penjualan",
}  # fmt: skip


def faults(session: Session, bank_id: int) -> list[Fact]:
    """Every row that differs from what its entry says, is missing, or hangs on no such entry."""
    found: list[Fact] = []
    journal = Rebuilder(session, bank_id)
    after_seq, last_at = 0, None
    while page := ledger.entries(session, bank_id, after_seq=after_seq, limit=ENTRIES_AT_ONCE):
        expected: list[Made] = []
        instants = {}
        span = (page[0].seq, page[-1].seq)
        causes = _causes(session, bank_id, span)
        for entry in page:
            found.extend((entry.seq, fact) for fact in _sale_faults(session, journal.now, entry))
            found.extend((entry.seq, fact) for fact in _cause_faults(causes, journal.now, entry))
            expected.extend(journal.rows(entry))
            instants[entry.seq] = (entry.recorded_at, entry.recorded_at == last_at)
            last_at = entry.recorded_at
        found.extend(_page_faults(session, bank_id, span, expected, instants))
        after_seq = page[-1].seq
    found.extend(_beyond(session, bank_id, after_seq))
    found.extend(_standing_faults(session, bank_id, journal.now))
    return found


def _columns(model: type[Model], names: str) -> list[Column[Any]]:
    table = model.__table__
    assert isinstance(table, Table)
    return [table.c[name] for name in names.split()]


def _page_faults(
    session: Session,
    bank_id: int,
    span: tuple[int, int],
    expected: Sequence[Made],
    instants: Mapping[int, tuple[Any, bool]],
) -> Iterable[Fact]:
    due: dict[str, dict[tuple[Any, ...], tuple[Any, ...]]] = {}
    for made in expected:
        due.setdefault(made.table, {})[made.key] = made.values
    for model, (key, others, at) in _COLUMNS.items():
        name = model.__tablename__
        names = " ".join(filter(None, (key, others, at)))
        columns, keys_count = _columns(model, names), len(key.split())
        rows = session.execute(
            select(*columns).where(model.__table__.c.bank_id == bank_id, columns[0].between(*span))
        )
        there = due.pop(name, {})
        for row in rows:
            plain = tuple(str(x) if isinstance(x, date) else x for x in row[: -1 if at else None])
            wanted = there.pop(plain[:keys_count], None)
            if wanted is None or not _same(plain[keys_count:], wanted):
                yield row[0], f"{_WORDS[name]} berbeda dari catatannya"
            if at and not _in_time(row[-1], *instants.get(row[0], (row[-1], False))):
                yield row[0], f"waktu {_WORDS[name]} berbeda dari catatannya"
        yield from ((lost[0], f"{_WORDS[name]} hilang") for lost in there)


def _same(row: Sequence[Any], wanted: Sequence[Any]) -> bool:
    return all(
        b is ANY or (a == b and type(a) is type(b)) for a, b in zip(row, wanted, strict=True)
    )


def _in_time(written: Any, recorded: Any, may_be_held_back: bool) -> bool:
    """A document bears its entry's instant; an earlier one where the clock was set back."""
    return bool(written == recorded or (may_be_held_back and written < recorded))


def _beyond(session: Session, bank_id: int, last_seq: int) -> Iterable[Fact]:
    """Rows of entries that are not there."""
    for model, (key, _others, _at) in _COLUMNS.items():
        seq = _columns(model, key)[0]
        stray = select(seq).where(
            model.__table__.c.bank_id == bank_id, (seq > last_seq) | (seq < 1)
        )
        for row in session.execute(stray):
            yield row[0], f"{_WORDS[model.__tablename__]} tanpa catatan"


def _sale_faults(session: Session, now: Standing, entry: ledger.Entry) -> Iterable[str]:
    """Goods that waited for a price when a sale was worked out; its rows, numbered from 1."""
    if entry.kind != "sale.record":
        return
    own = {"bank_id": entry.bank_id, "seq": entry.seq}
    columns = (SaleLine.material_id, SaleLine.bought_before, SaleLine.unpriced_before)
    for material_id, bought, unpriced in session.execute(select(*columns).filter_by(**own)):
        if unpriced != min(now.unpriced(material_id), bought):
            yield "barang yang menunggu harga tidak sama dengan hitungan ulang"
    for model in (SaleLine, SaleCost):
        numbers = sorted(session.scalars(select(model.line).filter_by(**own)))
        if numbers != list(range(1, len(numbers) + 1)):
            yield "nomor baris penjualan melompat"


def _causes(session: Session, bank_id: int, span: tuple[int, int]) -> Mapping[int, int | None]:
    rows = select(Deposit.seq, Deposit.cause_fund_id).filter_by(bank_id=bank_id)
    return {row[0]: row[1] for row in session.execute(rows.where(Deposit.seq.between(*span)))}


def _cause_faults(
    causes: Mapping[int, int | None], now: Standing, entry: ledger.Entry
) -> Iterable[str]:
    """What a deposit is given for: sealed in the fingerprint of what was asked."""
    if entry.kind != "deposit.record":
        return
    told = causes.get(entry.seq)
    if told is None and all(line[5] == PPM for line in entry.body["lines"]):
        return
    known = [told, *(cause for cause in (None, *now.funds) if cause != told)]
    asked = next((x for x in known if entry.request_hash in asked_for(entry, x)), told)
    if asked != told:
        yield f"tujuan sedekah {told}, menurut catatan {asked}"


def _standing_faults(session: Session, bank_id: int, now: Standing) -> Iterable[Fact]:
    codes = {row.code: row.account_id for row in ledger.accounts(session, bank_id)}
    yield from _account_faults(session, bank_id)
    yield from _member_faults(session, bank_id, now, codes)
    yield from _material_faults(session, bank_id, now, codes)
    yield from _fund_faults(session, bank_id, now, codes)
    yield from _rule_faults(session, bank_id, now)
    yield from _weight_faults(session, bank_id)
    zone = session.scalar(select(Bank.zone).filter_by(bank_id=bank_id))
    if zone != now.zone:
        yield 1, f"zona waktu {zone}, menurut catatan {now.zone}"
    rows = session.execute(select(StaffRole.user_id, StaffRole.role).filter_by(bank_id=bank_id))
    for user_id, role in {(row[0], row[1]) for row in rows} ^ now.roles:
        yield None, f"peran {role} petugas {user_id} tidak sama dengan catatan"
    closed = session.execute(_PERIODS, {"bank_id": bank_id})
    kept = {(row.seq, str(row.through)) for row in closed}
    for seq, through in kept ^ set(now.periods.items()):
        yield seq, f"tutup buku {through} tidak sama dengan catatan"


def _account_faults(session: Session, bank_id: int) -> Iterable[Fact]:
    fixed = {f.account_id: f for f in CHART}
    for row in session.execute(_ACCOUNTS, {"bank_id": bank_id}):
        has: tuple[Any, ...] = (row.unit, row.sign, int(row.floor_zero))
        if row.account_id in fixed:
            own = fixed.pop(row.account_id)
            wanted: Any = (own.unit, 1 if own.normal == "debit" else -1, int(own.floor))
            wanted = wanted if row.code == own.code else None
        else:
            wanted = code_of(row.code)
        if wanted is None or not _same(has, wanted):
            yield None, f"akun {row.account_id} ({row.code}) berbeda dari bagan akun"
    for account_id in fixed:
        yield None, f"akun {account_id} hilang"


def _member_faults(
    session: Session, bank_id: int, now: Standing, codes: Mapping[str, int]
) -> Iterable[Fact]:
    due = dict(now.members)
    for row in session.scalars(select(Member).filter_by(bank_id=bank_id)):
        number = row.number
        wanted = due.pop(row.id, None)
        has = [number, row.opened_seq, row.closed_on, row.merged_into_id]
        accounts = [row.savings_account_id, row.debt_account_id]
        if has != wanted or accounts != [codes.get(f"2100.{number}"), codes.get(f"1400.{number}")]:
            yield row.opened_seq, f"nasabah {row.id} berbeda dari catatannya"
        session.expunge(row)
    yield from ((made[1], f"nasabah {member_id} hilang") for member_id, made in due.items())


def _material_faults(
    session: Session, bank_id: int, now: Standing, codes: Mapping[str, int]
) -> Iterable[Fact]:
    due = dict(now.materials)
    units = {row.account_id: row.unit for row in ledger.accounts(session, bank_id)}
    for row in session.scalars(select(Material).filter_by(bank_id=bank_id)):
        accounts = [row.value_account_id, row.bought_account_id, row.donated_account_id]
        own = [codes.get(code.format(row.id)) for code in ("1300.{}.B", "S.{}.B", "S.{}.D")]
        wanted = due.pop(row.id, [])
        if accounts != own or not wanted or not _same([row.code, row.unit, row.added_seq], wanted):
            yield row.added_seq, f"jenis sampah {row.id} berbeda dari catatannya"
        elif {units.get(account_id) for account_id in accounts[1:]} != {unit_of(row.unit)}:
            yield row.added_seq, f"satuan stok jenis sampah {row.id} berbeda"
    yield from ((made[2], f"jenis sampah {number} hilang") for number, made in due.items())


def _fund_faults(
    session: Session, bank_id: int, now: Standing, codes: Mapping[str, int]
) -> Iterable[Fact]:
    due = dict(now.funds)
    standard = {1: "3100", 2: "3200", 3: "3400", 4: "3500", 5: "3600"}
    for row in session.scalars(select(Fund).filter_by(bank_id=bank_id)):
        seq, sealed = due.pop(row.id, (None, None))
        kinds = {"cause": f"3700.{row.id}", "other": f"3800.{row.id}"}
        if sealed is None:
            right = row.account_id == codes.get(standard.get(row.id, ""))
        else:
            right = any(
                ledger.fingerprint("fund.open", {"kind": kind, "name": row.name}) == sealed
                and row.account_id == codes.get(code)
                for kind, code in kinds.items()
            )
        if not right or row.opened_seq != seq or row.priority != row.id:
            yield row.opened_seq, f"dana {row.id} berbeda dari catatannya"
    yield from ((made[0], f"dana {number} hilang") for number, made in due.items())


def _rule_faults(session: Session, bank_id: int, now: Standing) -> Iterable[Fact]:
    lines: dict[tuple[int, int], list[SplitRuleLine]] = {}
    rows = select(SplitRuleLine).filter_by(bank_id=bank_id).order_by(SplitRuleLine.line)
    for line in session.scalars(rows):
        lines.setdefault((line.rule_id, line.version), []).append(line)
    rules = {
        rule.seq: rule for rule in session.scalars(select(SplitRule).filter_by(bank_id=bank_id))
    }
    numbers: dict[str, int] = {}
    versions: dict[int, int] = {}
    for entry in now.rules:
        rule = rules.pop(entry.seq, None)
        if rule is None:
            yield entry.seq, "aturan pembagian hilang"
            continue
        rule_id = numbers.setdefault(rule.stock_origin, len(numbers) + 1)
        versions[rule_id] = versions.get(rule_id, 0) + 1
        own = lines.pop((rule.rule_id, rule.version), [])
        facts = {
            "stock_origin": rule.stock_origin,
            "valid_from": rule.valid_from.isoformat(),
            "lines": [[line.fund_id, line.weight_ppm] for line in own],
        }
        right = ledger.fingerprint("split.rule", facts) == entry.request_hash
        if (
            not right
            or (rule.rule_id, rule.version) != (rule_id, versions[rule_id])
            or (rule.lines_count, rule.total_ppm) != (len(own), PPM)
            or not _chained(own)
        ):
            yield entry.seq, "aturan pembagian berbeda dari catatannya"
    yield from ((seq, "aturan pembagian tanpa catatan") for seq in rules)
    yield from ((None, f"baris aturan {key} tanpa aturan") for key in lines)


def _weight_faults(session: Session, bank_id: int) -> Iterable[Fact]:
    """Weight and place of each part are those of its rule."""
    same = [
        getattr(SplitRuleLine, name) == getattr(SplitLine, name)
        for name in ("bank_id", "rule_id", "version", "fund_id")
    ]
    rows = (
        select(SplitLine.seq)
        .outerjoin(SplitRuleLine, and_(*same))
        .where(
            SplitLine.bank_id == bank_id,
            SplitLine.rule_id.is_not(None),
            or_(
                SplitRuleLine.line.is_(None),
                SplitRuleLine.weight_ppm.is_distinct_from(SplitLine.weight_ppm),
                SplitRuleLine.priority.is_distinct_from(SplitLine.priority),
            ),
        )
    )
    yield from ((seq, "bobot bagian dana berbeda dari aturannya") for seq in session.scalars(rows))
    places: dict[tuple[int, str], int] = {}
    typed = select(SplitLine).filter_by(bank_id=bank_id, rule_id=None)
    for line in session.scalars(typed.order_by(SplitLine.seq, SplitLine.line)):
        place = places[line.seq, line.origin] = places.get((line.seq, line.origin), 0) + 1
        if line.priority != place or line.weight_ppm is not None:
            yield line.seq, "urutan bagian dana berbeda dari catatannya"


def _chained(lines: Sequence[SplitRuleLine]) -> bool:
    upto = 0
    for number, line in enumerate(lines, 1):
        before, upto = upto, upto + line.weight_ppm
        place = (line.line, line.priority, line.previous_line, line.before_ppm, line.upto_ppm)
        if place != (number, number, number - 1 or None, before, upto):
            return False
    return True


_ACCOUNTS = text("SELECT * FROM account WHERE bank_id = :bank_id")
_PERIODS = text("SELECT seq, through FROM period WHERE bank_id = :bank_id")
