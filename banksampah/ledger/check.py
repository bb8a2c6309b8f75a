"""Prove the books: replay the chains and recompute every derived figure from the legs.

Many banks go in one stream, and nothing is kept of an entry once it is past: the memory a proof
takes is that of a bank's accounts, however long its history.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import merge
from itertools import chain, groupby, islice
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from banksampah.ledger.balances import AccountRow
from banksampah.ledger.closing import trial_hash
from banksampah.ledger.journal import find_seal
from banksampah.ledger.sealing import FIRST_HASH, seal_hash
from banksampah.streams import Ahead

PROGRESS_ENTRIES = 10_000
DAYS_AT_ONCE = 1_000
NEVER_CLOSED = "0001-01-01"

Row = tuple[Any, ...]
Watch = Callable[[Row, list[Row], Mapping[int, int]], None]
"""Told of each entry as it passes: its columns, its legs (line, account, unit, amount, held) and
what each account held before it."""


class Fault(NamedTuple):
    """A difference: at which entry (None: not tied to one), and the fact in words."""

    seq: int | None
    fact: str


@dataclass(slots=True)
class Proof:
    """What a check of one bank's books found. No faults: the books are true.

    *accounts* are those that ever moved, with their balances.
    """

    bank_id: int
    entries_count: int = 0
    head_hash: bytes = FIRST_HASH
    faults: list[Fault] = field(default_factory=list)
    accounts: list[AccountRow] = field(default_factory=list)


def check(session: Session, bank_id: int, progress: Callable[[int], None] | None = None) -> Proof:
    """Replay the bank's chain from the first entry and compare all that is derived from it.

    *progress* is told how many entries are done. Reads only; finds rather than raises.
    """
    return next(check_banks(session, [bank_id], progress=progress))


def check_banks(
    session: Session,
    bank_ids: Sequence[int],
    watch: Watch | None = None,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Proof]:
    """The same for several banks, whose ids go up: their books are read as one stream each.

    Many banks on PostgreSQL need a session that may read them all (`db.reading`).
    """
    span = f"BETWEEN {int(bank_ids[0])} AND {int(bank_ids[-1])}"
    tables = {name: Ahead(session, sql.format(span)) for name, sql in _SQL.items()}
    entries, legs = _chains(session, span)
    for bank_id in bank_ids:
        replay = _Replay(bank_id, tables["named"])
        for row, own in _with_legs(entries.of(bank_id), legs):
            replay.add(row, own, watch)
            if progress and replay.proof.entries_count % PROGRESS_ENTRIES == 0:
                progress(replay.proof.entries_count)
        yield replay.compare(tables)


def check_tail(session: Session, bank_id: int, entries_count: int) -> list[Fault]:
    """Work out the newest seals only: the cost does not grow with the history."""
    span = f"= {int(bank_id)}"
    _id, head_seq, head_hash, *_ = next(Ahead(session, _SQL["head"].format(span)).of(bank_id))
    after = max(head_seq - entries_count, 0)
    before = find_seal(session, bank_id, after)
    link, faults = bytes.fromhex(before) if before else FIRST_HASH, []
    entries, all_legs = _chains(session, f"{span} AND {{}}.seq > {after}")
    for row, legs in _with_legs(entries.of(bank_id), all_legs):
        _count, prev_hash, sealed = row[13:]
        if prev_hash != link or sealed != seal_hash(link, row[:13], [leg[3:] for leg in legs]):
            faults.append(Fault(row[1], "segel tidak cocok dengan isi catatan"))
        link = sealed or link
    if link != head_hash:
        faults.append(Fault(None, "sidik kepala rantai tidak cocok"))
    return faults


def _chains(session: Session, span: str) -> tuple[Ahead, Ahead]:
    """Entries with their seals, and their legs: both in the order of the chains."""
    entries, legs = _ENTRIES.format(span.format("e")), _LEGS.format(span.format("l"))
    return Ahead(session, entries), Ahead(session, legs)


def _with_legs(entries: Iterable[Row], legs: Ahead) -> Iterator[tuple[Row, list[Row]]]:
    """Each entry and its own legs: as a rule the next ones, and as many as its seal says."""
    for row in entries:
        key = row[:2]
        own = legs.just(key, row[13] or 0)
        if own is None:
            own = [leg for leg in legs.up_to(*key) if leg[:2] == key]
        yield row, own


class _Replay:
    """One bank's books as they are replayed: what its legs add up to, and what was found."""

    def __init__(self, bank_id: int, named: "Ahead"):
        self.proof = Proof(bank_id)
        self._named = named
        self._posted: dict[int, int] = defaultdict(int)
        self._held: dict[int, int] = defaultdict(int)
        self._last_seq: dict[int, int] = {}
        self._last_ms = 0
        self._closings: dict[int, str] = {}

    def _fault(self, seq: int | None, fact: str) -> None:
        self.proof.faults.append(Fault(seq, fact))

    def add(self, row: Row, legs: list[Row], watch: Watch | None) -> None:
        """The next entry, with its legs and its seal."""
        seq, effective_on, recorded_ms = row[1], row[3], row[5]
        lines = [leg[3:] for leg in legs]
        self._check_seal(seq, row, lines)
        if recorded_ms < self._last_ms:
            self._fault(seq, "waktu catat mundur")
        if watch is not None:
            watch(row, lines, self._posted)
        units: dict[str, int] = {}
        posted, last_seq, frees = self._posted, self._last_seq, False
        for _bank, _seq, day, _line, account_id, unit, amount, held in legs:
            if day != effective_on:
                self._fault(seq, "tanggal baris berbeda dari tanggal catatan")
            units[unit] = units.get(unit, 0) + amount
            posted[account_id] += amount
            last_seq[account_id] = seq
            if held:
                self._held[account_id] += held
                frees = frees or held < 0
        for unit, total in units.items():
            if total:
                self._fault(seq, f"debit dan kredit berselisih {total} {unit}")
        if row[10] is not None or row[11] is not None:
            self._check_links(row, lines)
        elif frees:
            self._fault(seq, f"dilepas {_released(lines)}, ditahan {{}}")
        if row[2] == "period.close":
            self._closings[seq] = row[12]
        self._last_ms = recorded_ms

    def _check_seal(self, seq: int, row: Row, lines: list[Row]) -> None:
        proof, (legs_count, prev_hash, sealed) = self.proof, row[13:]
        if seq != proof.entries_count + 1:
            self._fault(seq, f"nomor melompat: sesudah {proof.entries_count} datang {seq}")
        if sealed is None:
            self._fault(seq, "catatan tanpa segel")
        else:
            link = proof.head_hash
            if prev_hash != link or sealed != seal_hash(link, row[:13], lines):
                self._fault(seq, "segel tidak cocok dengan isi catatan")
            if legs_count != len(lines):
                self._fault(seq, f"baris {len(lines)}, disegel {legs_count}")
            proof.head_hash = sealed
        proof.entries_count = seq

    def _check_links(self, row: Row, lines: list[Row]) -> None:
        """A reversal mirrors what it names; a resolution releases all that was held."""
        seq, reverses_seq, resolves_seq = row[1], row[10], row[11]
        moved: dict[int, int] = defaultdict(int)
        kept: dict[int, int] = defaultdict(int)
        for _bank, _seq, named_seq, account_id, amount, held in self._named.of(row[0], seq):
            if named_seq == reverses_seq and named_seq < seq:
                moved[account_id] -= amount
            if named_seq == resolves_seq and named_seq < seq and held > 0:
                kept[account_id] += held
        if reverses_seq is not None:
            own: dict[int, int] = defaultdict(int)
            for _line, account_id, _unit, amount, _held in lines:
                own[account_id] += amount
            if not any(own.values()) or _not_nil(own) != _not_nil(moved):
                self._fault(seq, f"bukan cermin catatan {reverses_seq}")
        if _released(lines) != _not_nil(kept):
            self._fault(seq, f"dilepas {_released(lines)}, ditahan {_not_nil(kept)}")

    def compare(self, tables: Mapping[str, Ahead]) -> Proof:
        """Hold what is derived against what was replayed, table by table."""
        rows = {name: table.of(self.proof.bank_id) for name, table in tables.items()}
        for _bank, seq, fact in rows["twice"]:
            self._fault(seq, fact)
        closed_through = self._check_head(next(rows["head"], None))
        self._check_balances(rows["balances"])
        periods = list(rows["periods"])
        due = self._check_days(rows["due"], rows["days"], [row[1] for row in periods])
        self._check_periods(periods, due, rows["frozen"])
        last = str(periods[-1][1]) if periods else NEVER_CLOSED
        if closed_through is not None and str(closed_through) != last:
            self._fault(None, f"tutup buku sampai {closed_through}, menurut catatan {last}")
        return self.proof

    def _check_head(self, head: Row | None) -> Any:
        if head is None:
            self._fault(None, "kepala rantai tidak ada")
            return None
        _bank_id, head_seq, head_hash, last_ms, closed_through = head
        if head_seq != self.proof.entries_count:
            fact = f"kepala rantai di {head_seq}, catatan terakhir {self.proof.entries_count}"
            self._fault(None, fact)
        if head_hash != self.proof.head_hash:
            self._fault(None, "sidik kepala rantai tidak cocok")
        if last_ms != self._last_ms:
            self._fault(None, "waktu catat terakhir tidak cocok")
        return closed_through

    def _check_balances(self, rows: Iterable[Row]) -> None:
        seen = set()
        for _bank, account_id, code, unit, sign, floor, posted, held, last_seq in rows:
            seen.add(account_id)
            due = (
                self._posted[account_id],
                self._held[account_id],
                self._last_seq.get(account_id, 0),
            )
            if (posted, held, last_seq) != due:
                self._tell_balance(code, (posted, held, last_seq), due)
            if floor and sign * due[0] - due[1] < 0:
                self._fault(None, f"akun {code}: di bawah nol")
            normal = "debit" if sign > 0 else "credit"
            self.proof.accounts.append(
                AccountRow(account_id, code, unit, normal, bool(floor), sign * posted, held)
            )
        for account_id in self._last_seq.keys() - seen:
            self._fault(None, f"akun {account_id}: saldo hilang")

    def _tell_balance(self, code: str, balance: Row, due: Row) -> None:
        names = ("saldo", "tahanan", "catatan terakhir")
        for name, found, wanted in zip(names, balance, due, strict=True):
            if found != wanted:
                self._fault(None, f"akun {code}: {name} {found}, menurut baris {wanted}")

    def _check_days(
        self, due: Iterator[Row], kept: Iterator[Row], throughs: list[Any]
    ) -> list[dict[int, int]]:
        """Each day against its legs. Returns what moved in each period, by account."""
        periods: list[dict[int, int]] = [defaultdict(int) for _ in throughs]
        moved: Iterator[Row] = filter(itemgetter(3), due)  # days on which something was left
        if throughs:
            moved = _into_periods(moved, throughs, periods)
        some: list[Row] = [()]
        found = some
        while some and some == found:
            some, found = list(islice(moved, DAYS_AT_ONCE)), list(islice(kept, DAYS_AT_ONCE))
        self._tell_days(chain(some, moved), chain(found, kept))
        return periods

    def _tell_days(self, due: Iterable[Row], kept: Iterable[Row]) -> None:
        both = merge(
            ((row[:3], row[3], 0) for row in due),
            ((row[:3], 0, row[3]) for row in kept),
            key=itemgetter(0),
        )
        for (_bank, account_id, on), rows in groupby(both, itemgetter(0)):
            _days, wanted, found = zip(*rows, strict=True)
            if sum(found) != sum(wanted):
                fact = f"jumlah hari {on} {sum(found)}, menurut baris {sum(wanted)}"
                self._fault(None, f"akun {account_id}: {fact}")

    def _check_periods(
        self, periods: Sequence[Row], moved: Sequence[dict[int, int]], kept: Iterable[Row]
    ) -> None:
        frozen: dict[Any, dict[int, int]] = defaultdict(dict)
        for _bank, account_id, through, posted in kept:
            frozen[through][account_id] = posted
        due: dict[int, int] = defaultdict(int)
        for (_bank, through, seq), deltas in zip(periods, moved, strict=True):
            for account_id, delta in deltas.items():
                due[account_id] += delta
            found = frozen.pop(through, {})
            if found != _not_nil(due):
                self._fault(seq, f"saldo tutup buku {through} tidak cocok")
            if trial_hash(found) not in self._closings.get(seq, ""):
                self._fault(seq, f"sidik tutup buku {through} tidak cocok")


def _into_periods(
    days: Iterable[Row], throughs: Sequence[Any], periods: Sequence[dict[int, int]]
) -> Iterator[Row]:
    """The same days, each added to the period in which it lies."""
    for row in days:
        _bank, account_id, on, delta = row
        if (place := bisect_left(throughs, on)) < len(throughs):
            periods[place][account_id] += delta
        yield row


def _not_nil(sums: Mapping[int, int]) -> dict[int, int]:
    return {account_id: total for account_id, total in sums.items() if total}


def _released(lines: Iterable[Row]) -> dict[int, int]:
    """What an entry frees of what was held, by account."""
    sums: dict[int, int] = defaultdict(int)
    for _line, account_id, _unit, _amount, held in lines:
        sums[account_id] -= held
    return {account_id: total for account_id, total in sums.items() if total > 0}


_ENTRIES = (
    "SELECT e.bank_id, e.seq, e.kind, e.effective_on, e.occurred_on, e.recorded_ms, e.idem_key,"
    " e.request_hash, e.actor_id, e.approver_id, e.reverses_seq, e.resolves_seq, e.body,"
    " s.legs_count, s.prev_hash, s.hash FROM entry e"
    " LEFT JOIN seal s ON s.bank_id = e.bank_id AND s.seq = e.seq"
    " WHERE e.bank_id {} ORDER BY e.bank_id, e.seq"
)
_LEGS = (
    "SELECT l.bank_id, l.seq, l.effective_on, l.line, l.account_id, l.unit, l.amount, l.held"
    " FROM leg l WHERE l.bank_id {} ORDER BY l.bank_id, l.seq, l.line"
)
_SQL = {
    "named": (  # what a reversal mirrors, what a decision releases
        "SELECT e.bank_id, e.seq, l.seq, l.account_id, l.amount, l.held FROM entry e"
        " JOIN leg l ON l.bank_id = e.bank_id AND l.seq = e.reverses_seq WHERE e.bank_id {0}"
        " UNION ALL"
        " SELECT e.bank_id, e.seq, l.seq, l.account_id, l.amount, l.held FROM entry e"
        " JOIN leg l ON l.bank_id = e.bank_id AND l.seq = e.resolves_seq WHERE e.bank_id {0}"
        " ORDER BY 1, 2"
    ),
    "twice": (
        "SELECT bank_id, max(seq), 'dibatalkan dua kali' FROM entry WHERE bank_id {0}"
        " AND reverses_seq IS NOT NULL GROUP BY bank_id, reverses_seq HAVING count(*) > 1"
        " UNION ALL SELECT bank_id, max(seq), 'diputuskan dua kali' FROM entry WHERE bank_id {0}"
        " AND resolves_seq IS NOT NULL GROUP BY bank_id, resolves_seq HAVING count(*) > 1"
        " ORDER BY 1, 2"
    ),
    "head": (
        "SELECT bank_id, head_seq, head_hash, last_recorded_ms, closed_through FROM bank_head"
        " WHERE bank_id {} ORDER BY bank_id"
    ),
    "balances": (  # accounts that nothing ever moved are left out
        "SELECT a.bank_id, a.account_id, a.code, a.unit, a.sign, a.floor_zero,"
        " COALESCE(b.posted, 0), COALESCE(b.held, 0), COALESCE(b.last_seq, 0) FROM account a"
        " LEFT JOIN balance b ON b.bank_id = a.bank_id AND b.account_id = a.account_id"
        " WHERE a.bank_id {} AND NOT (b.last_seq = 0 AND b.posted = 0 AND b.held = 0)"
        " ORDER BY a.bank_id, a.account_id"
    ),
    "due": (
        "SELECT bank_id, account_id, effective_on, CAST(sum(amount) AS bigint) FROM leg"
        " WHERE bank_id {} GROUP BY bank_id, account_id, effective_on"
        " ORDER BY bank_id, account_id, effective_on"
    ),
    "days": (
        "SELECT bank_id, account_id, day, delta FROM balance_day WHERE bank_id {}"
        " ORDER BY bank_id, account_id, day"
    ),
    "periods": (
        "SELECT bank_id, through, seq FROM period WHERE bank_id {} ORDER BY bank_id, through"
    ),
    "frozen": (
        "SELECT bank_id, account_id, through, posted FROM period_balance WHERE bank_id {}"
        " ORDER BY bank_id, through, account_id"
    ),
}
