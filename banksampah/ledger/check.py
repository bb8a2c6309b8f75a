"""Prove the books: replay the chain and recompute every derived figure from the legs."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from banksampah.ledger.closing import trial_hash
from banksampah.ledger.journal import as_date, find_seal
from banksampah.ledger.sealing import FIRST_HASH, Columns, LegColumns, seal_hash

BATCH_ENTRIES = 2_000


class Fault(NamedTuple):
    """A difference: at which entry (None: not tied to one), and the fact in words."""

    seq: int | None
    fact: str


@dataclass(slots=True)
class Proof:
    """What a check of one bank's books found. No faults: the books are true."""

    bank_id: int
    entries_count: int = 0
    head_hash: bytes = FIRST_HASH
    faults: list[Fault] = field(default_factory=list)


@dataclass(slots=True)
class _Sums:
    """What the legs add up to, gathered while the chain is replayed."""

    posted: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    held: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    last_seq: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    days: dict[tuple[int, date], int] = field(default_factory=lambda: defaultdict(int))
    holds: dict[int, dict[int, int]] = field(default_factory=dict)
    moved: dict[int, dict[int, int]] = field(default_factory=dict)
    closings: dict[int, str] = field(default_factory=dict)
    last_recorded_ms: int = 0


def check(session: Session, bank_id: int, progress: Callable[[int], None] | None = None) -> Proof:
    """Replay the bank's chain from the first entry and compare all that is derived from it.

    *progress* is told how many entries are done. Reads only; finds rather than raises.
    """
    proof, sums = Proof(bank_id), _Sums()
    for entry, legs, seal in _sealed_entries(session, bank_id):
        _replay_one(proof, sums, entry, legs, seal)
        if progress and proof.entries_count % BATCH_ENTRIES == 0:
            progress(proof.entries_count)
    _check_head(session, proof, sums)
    _check_balances(session, proof, sums)
    _check_days(session, proof, sums)
    _check_periods(session, proof, sums)
    return proof


def check_tail(session: Session, bank_id: int, entries_count: int) -> list[Fault]:
    """Work out the newest seals only: the cost does not grow with the history."""
    head = session.execute(_HEAD, {"bank_id": bank_id}).one()
    after = max(head.head_seq - entries_count, 0)
    before = find_seal(session, bank_id, after)
    link, faults = bytes.fromhex(before) if before else FIRST_HASH, []
    for entry, legs, seal in _sealed_entries(session, bank_id, after):
        if seal.prev_hash != link or seal.hash != seal_hash(link, entry, legs):
            faults.append(Fault(entry.seq, "segel tidak cocok dengan isi catatan"))
        link = seal.hash or link
    if link != head.head_hash:
        faults.append(Fault(None, "sidik kepala rantai tidak cocok"))
    return faults


def _replay_one(
    proof: Proof, sums: _Sums, entry: Columns, legs: list[LegColumns], seal: Row[Any]
) -> None:
    seq, fault = entry.seq, proof.faults.append
    if seq != proof.entries_count + 1:
        fault(Fault(seq, f"nomor melompat: sesudah {proof.entries_count} datang {seq}"))
    if seal.hash is None:
        fault(Fault(seq, "catatan tanpa segel"))
    elif seal.prev_hash != proof.head_hash or seal.hash != seal_hash(proof.head_hash, entry, legs):
        fault(Fault(seq, "segel tidak cocok dengan isi catatan"))
    if seal.hash is not None and seal.legs_count != len(legs):
        fault(Fault(seq, f"baris {len(legs)}, disegel {seal.legs_count}"))
    if any(row.effective_on != entry.effective_on for row in _dates(legs)):
        fault(Fault(seq, "tanggal baris berbeda dari tanggal catatan"))
    if entry.recorded_ms < sums.last_recorded_ms:
        fault(Fault(seq, "waktu catat mundur"))
    for unit, total in _totals(legs).items():
        if total:
            fault(Fault(seq, f"debit dan kredit berselisih {total} {unit}"))
    _check_links(proof, sums, entry, legs)
    _add_up(sums, entry, legs)
    proof.head_hash = seal.hash or proof.head_hash
    proof.entries_count = seq


class _DatedLeg(LegColumns):
    """A leg that remembers its own date column, which must equal its entry's."""

    effective_on: date


def _dates(legs: list[LegColumns]) -> list[_DatedLeg]:
    return [leg for leg in legs if isinstance(leg, _DatedLeg)]


def _totals(legs: list[LegColumns]) -> dict[str, int]:
    totals: dict[str, int] = defaultdict(int)
    for leg in legs:
        totals[leg.unit] += leg.amount
    return totals


def _check_links(proof: Proof, sums: _Sums, entry: Columns, legs: list[LegColumns]) -> None:
    """A reversal mirrors what it names; a resolution releases all that was held."""
    if entry.reverses_seq is not None:
        moved = sums.moved.get(entry.reverses_seq, {})
        mirrored = _by_account(legs, "amount")
        if not moved or {a: -n for a, n in moved.items()} != mirrored:
            proof.faults.append(Fault(entry.seq, f"bukan cermin catatan {entry.reverses_seq}"))
    released = {a: -n for a, n in _by_account(legs, "held").items() if n < 0}
    expected = sums.holds.pop(entry.resolves_seq, {}) if entry.resolves_seq is not None else {}
    if released != expected:
        proof.faults.append(Fault(entry.seq, f"dilepas {released}, ditahan {expected}"))


def _by_account(legs: list[LegColumns], column: str) -> dict[int, int]:
    sums: dict[int, int] = defaultdict(int)
    for leg in legs:
        sums[leg.account_id] += getattr(leg, column)
    return {account: total for account, total in sums.items() if total}


def _add_up(sums: _Sums, entry: Columns, legs: list[LegColumns]) -> None:
    for leg in legs:
        sums.posted[leg.account_id] += leg.amount
        sums.held[leg.account_id] += leg.held
        sums.last_seq[leg.account_id] = entry.seq
        if leg.amount:
            sums.days[leg.account_id, entry.effective_on] += leg.amount
    holds = {a: n for a, n in _by_account(legs, "held").items() if n > 0}
    if holds:
        sums.holds[entry.seq] = holds
    sums.moved[entry.seq] = _by_account(legs, "amount")
    if entry.kind == "period.close":
        sums.closings[entry.seq] = entry.body
    sums.last_recorded_ms = entry.recorded_ms


def _check_head(session: Session, proof: Proof, sums: _Sums) -> None:
    head = session.execute(_HEAD, {"bank_id": proof.bank_id}).first()
    if head is None:
        proof.faults.append(Fault(None, "kepala rantai tidak ada"))
        return
    if head.head_seq != proof.entries_count:
        fact = f"kepala rantai di {head.head_seq}, catatan terakhir {proof.entries_count}"
        proof.faults.append(Fault(None, fact))
    if head.head_hash != proof.head_hash:
        proof.faults.append(Fault(None, "sidik kepala rantai tidak cocok"))
    if head.last_recorded_ms != sums.last_recorded_ms:
        proof.faults.append(Fault(None, "waktu catat terakhir tidak cocok"))


def _check_balances(session: Session, proof: Proof, sums: _Sums) -> None:
    fault = proof.faults.append
    for row in session.execute(_BALANCES, {"bank_id": proof.bank_id}):
        account, code = row.account_id, row.code
        for name, found, due in (
            ("saldo", row.posted, sums.posted[account]),
            ("tahanan", row.held, sums.held[account]),
            ("catatan terakhir", row.last_seq, sums.last_seq[account]),
        ):
            if found != due:
                fault(Fault(None, f"akun {code}: {name} {found}, menurut baris {due}"))
        if row.floor_zero and row.sign * sums.posted[account] - sums.held[account] < 0:
            fault(Fault(None, f"akun {code}: di bawah nol"))


def _check_days(session: Session, proof: Proof, sums: _Sums) -> None:
    due = {key: delta for key, delta in sums.days.items() if delta}
    for row in session.execute(_DAYS, {"bank_id": proof.bank_id}):
        key = (row.account_id, as_date(row.day))
        if row.delta != due.pop(key, 0):
            fact = f"akun {key[0]}: jumlah hari {key[1]} tidak cocok"
            proof.faults.append(Fault(None, fact))
    for account, day in due:
        proof.faults.append(Fault(None, f"akun {account}: jumlah hari {day} hilang"))


def _check_periods(session: Session, proof: Proof, sums: _Sums) -> None:
    closed = date.min
    for period in session.execute(_PERIODS, {"bank_id": proof.bank_id}).all():
        closed = as_date(period.through)
        due: dict[int, int] = defaultdict(int)
        for (account, day), delta in sums.days.items():
            if day <= closed:
                due[account] += delta
        kept = session.execute(_FROZEN, {"bank_id": proof.bank_id, "through": period.through})
        frozen = {row.account_id: row.posted for row in kept}
        if frozen != {account: posted for account, posted in due.items() if posted}:
            proof.faults.append(Fault(period.seq, f"saldo tutup buku {closed} tidak cocok"))
        if trial_hash(frozen) not in sums.closings.get(period.seq, ""):
            proof.faults.append(Fault(period.seq, f"sidik tutup buku {closed} tidak cocok"))
    through = session.execute(_THROUGH, {"bank_id": proof.bank_id}).scalar()
    if through is not None and as_date(through) != closed:
        proof.faults.append(Fault(None, f"tutup buku sampai {through}, menurut catatan {closed}"))


def _sealed_entries(
    session: Session, bank_id: int, after: int = 0
) -> Iterator[tuple[Columns, list[LegColumns], Row[Any]]]:
    while True:
        span = {"bank_id": bank_id, "after": after, "limit": BATCH_ENTRIES}
        rows = session.execute(_ENTRIES, span).all()
        if not rows:
            return
        last = rows[-1].seq
        legs: dict[int, list[LegColumns]] = defaultdict(list)
        for row in session.execute(_LEGS, {"bank_id": bank_id, "after": after, "last": last}):
            leg = _DatedLeg(row.line, row.account_id, row.unit, row.amount, row.held)
            leg.effective_on = as_date(row.effective_on)
            legs[row.seq].append(leg)
        for row in rows:
            entry = Columns(*row[:13])._replace(
                effective_on=as_date(row.effective_on), occurred_on=as_date(row.occurred_on)
            )
            yield entry, legs[row.seq], row
        after = last


_ENTRIES = text(
    "SELECT e.bank_id, e.seq, e.kind, e.effective_on, e.occurred_on, e.recorded_ms, e.idem_key,"
    " e.request_hash, e.actor_id, e.approver_id, e.reverses_seq, e.resolves_seq, e.body,"
    " s.legs_count, s.prev_hash, s.hash FROM entry e"
    " LEFT JOIN seal s ON s.bank_id = e.bank_id AND s.seq = e.seq"
    " WHERE e.bank_id = :bank_id AND e.seq > :after ORDER BY e.seq LIMIT :limit"
)
_LEGS = text(
    "SELECT seq, line, account_id, unit, effective_on, amount, held FROM leg"
    " WHERE bank_id = :bank_id AND seq > :after AND seq <= :last ORDER BY seq, line"
)
_HEAD = text("SELECT * FROM bank_head WHERE bank_id = :bank_id")
_BALANCES = text(
    "SELECT a.account_id, a.code, a.sign, a.floor_zero, COALESCE(b.posted, 0) AS posted,"
    " COALESCE(b.held, 0) AS held, COALESCE(b.last_seq, 0) AS last_seq FROM account a"
    " LEFT JOIN balance b ON b.bank_id = a.bank_id AND b.account_id = a.account_id"
    " WHERE a.bank_id = :bank_id ORDER BY a.account_id"
)
_DAYS = text("SELECT account_id, day, delta FROM balance_day WHERE bank_id = :bank_id")
_PERIODS = text("SELECT through, seq FROM period WHERE bank_id = :bank_id ORDER BY through")
_FROZEN = text(
    "SELECT account_id, posted FROM period_balance WHERE bank_id = :bank_id AND through = :through"
)
_THROUGH = text("SELECT closed_through FROM bank_head WHERE bank_id = :bank_id")
