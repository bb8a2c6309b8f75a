"""The journal as it was committed, against what the clients wrote down and the model expects.

Reads the tables by the driver alone. The rules, each broken by one of the doctored histories of
test_history.py:

- an acknowledged write is in the journal, once, under its key, with the number that was told;
- a refused write is not there, and at some moment between question and answer the model refused it;
- a write without an answer is there once or not at all;
- nothing is there that nobody asked for;
- what was answered before another was asked comes before it (strict serializability);
- every entry has the legs the model gives it, and every balance, hold and day adds up to them;
- nothing is dated in a month after it was closed;
- a balance that was read was true at some moment between question and answer.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from tests.proofs.banks import FIRST_DAY, SHARE_PPM, Bank
from tests.proofs.clients import FAIL, OK, History, Op
from tests.proofs.model import Legs, Model, Refusal
from tests.proofs.places import Place

ALREADY = {"key_reused"}
"""Refusals that say something of the key, not of the books."""


@dataclass
class Written:
    """One entry as it stands in the journal."""

    seq: int
    kind: str
    key: str
    effective_on: str
    occurred_on: str
    recorded_ms: int
    legs: Legs = field(default_factory=dict)


@dataclass
class Journal:
    """A bank's journal with what is derived from it."""

    entries: list[Written]
    posted: dict[str, int]
    held: dict[str, int]
    days: dict[str, int]
    """By account: the sum of its days."""
    closings: list[tuple[int, str]]
    """The seq of each closing entry, and through which day it closed."""


_ENTRIES = (
    "SELECT seq, kind, idem_key, effective_on, occurred_on, recorded_ms FROM entry"
    " WHERE bank_id = ? ORDER BY seq"
)
_LEGS = (
    "SELECT l.seq, a.code, l.amount, l.held FROM leg l JOIN account a ON a.bank_id = l.bank_id"
    " AND a.account_id = l.account_id WHERE l.bank_id = ? ORDER BY l.seq, l.line"
)
_BALANCES = (
    "SELECT a.code, b.posted, b.held FROM balance b JOIN account a ON a.bank_id = b.bank_id"
    " AND a.account_id = b.account_id WHERE b.bank_id = ?"
)
_DAYS = (
    "SELECT a.code, sum(d.delta) FROM balance_day d JOIN account a ON a.bank_id = d.bank_id"
    " AND a.account_id = d.account_id WHERE d.bank_id = ? GROUP BY a.code"
)
_PERIODS = "SELECT seq, through FROM period WHERE bank_id = ? ORDER BY seq"


def read_journal(at: Place, bank_id: int) -> Journal:
    """What the tables hold of *bank_id*."""
    entries = [Written(*row) for row in at.rows(_ENTRIES, bank_id)]
    by_seq = {entry.seq: entry for entry in entries}
    for seq, code, amount, held in at.rows(_LEGS, bank_id):
        before = by_seq[seq].legs.get(code, (0, 0))
        by_seq[seq].legs[code] = (before[0] + amount, before[1] + held)
    for entry in entries:
        entry.effective_on, entry.occurred_on = str(entry.effective_on), str(entry.occurred_on)
    balances = at.rows(_BALANCES, bank_id)
    return Journal(
        entries,
        {code: posted for code, posted, _ in balances},
        {code: held for code, _, held in balances},
        {code: int(delta) for code, delta in at.rows(_DAYS, bank_id)},
        [(seq, str(through)) for seq, through in at.rows(_PERIODS, bank_id)],
    )


def anomalies(bank: Bank, journal: Journal, history: History) -> list[str]:
    """Everything that is not as it must be. Empty: the history is proven."""
    return list(_Audit(bank, journal, history).run())


class _Audit:
    def __init__(self, bank: Bank, journal: Journal, history: History):
        self.bank, self.journal = bank, journal
        self.ops = [op for op in history.ops if op.bank_id == bank.bank_id]
        self.writes = [op for op in self.ops if op.verb != "read"]
        self.by_key: dict[str, list[Op]] = defaultdict(list)
        for op in self.writes:
            self.by_key[op.key].append(op)
        self.model = Model(
            bank.numbers,
            {material: [(FIRST_DAY, price)] for material, price in bank.prices.items()},
            Fraction(SHARE_PPM, 1_000_000),
        )
        self.groups: list[tuple[str, list[Written]]] = []
        self.place: dict[str, int] = {}
        """By key: which transaction after the opening it was, from 1."""

    def run(self) -> Iterator[str]:
        yield from self._order()
        self._take_apart()
        yield from self._keys()
        yield from self._real_time()
        yield from self._replay()
        yield from self._balances()

    def _order(self) -> Iterator[str]:
        entries = self.journal.entries
        for number, entry in enumerate(entries, 1):
            if entry.seq != number:
                yield f"seq {entry.seq} where {number} was due"
                return
        for before, after in pairwise(entries):
            if after.recorded_ms < before.recorded_ms:
                yield f"seq {after.seq}: recorded before seq {before.seq}"
        for closed_seq, through in self.journal.closings:
            for entry in entries[closed_seq:]:
                if entry.effective_on <= through:
                    yield f"seq {entry.seq}: dated {entry.effective_on}, closed by {closed_seq}"

    def _take_apart(self) -> None:
        """Entries by the act that led to them; those of one act follow each other."""
        for entry in self.journal.entries:
            if entry.seq <= self.bank.head_seq:
                for code, (amount, held) in entry.legs.items():
                    self.model.posted[code] += amount
                    self.model.held[code] += held
                continue
            key = entry.key.split("/", 1)[0]
            if not self.groups or self.groups[-1][0] != key:
                self.groups.append((key, []))
            self.groups[-1][1].append(entry)
        for number, (key, _) in enumerate(self.groups, 1):
            self.place[key] = number

    def _keys(self) -> Iterator[str]:
        seen: set[str] = set()
        for key, entries in self.groups:
            if key in seen:
                yield f"key {key}: done twice, again at seq {entries[0].seq}"
            seen.add(key)
            if key not in self.by_key:
                yield f"seq {entries[0].seq}: {entries[0].kind} that nobody asked for"
        for key, ops in self.by_key.items():
            for op in ops:
                yield from self._fate(op, ops, key in seen)

    @staticmethod
    def _fate(op: Op, ops: list[Op], done: bool) -> Iterator[str]:
        """Whether the answer to *op* fits with what the journal has under its key."""
        if op.outcome == OK and not done:
            yield f"lost: {op.verb} {op.key}, acknowledged as {op.answer}"
        if op.outcome == OK and op.asked != ops[0].asked:
            yield f"key {op.key}: other content was accepted"
        if op.outcome == FAIL and (op.answer["code"] in ALREADY) and not done:
            yield f"key {op.key}: told to be used, and not in the journal"
        if op.outcome == FAIL and op.answer["code"] not in ALREADY and done and len(ops) == 1:
            yield f"key {op.key}: refused ({op.answer['code']}), and yet in the journal"

    def _real_time(self) -> Iterator[str]:
        """What was answered before another was asked comes before it."""
        first_asked: dict[str, float] = {}
        first_answered: dict[str, float] = {}
        for op in self.writes:
            first_asked[op.key] = min(first_asked.get(op.key, op.invoked), op.invoked)
            if op.outcome == OK:
                at = first_answered.get(op.key, op.returned)
                first_answered[op.key] = min(at, op.returned)
        earliest_answer_after = float("inf")
        for key, entries in reversed(self.groups):
            if first_asked.get(key, 0.0) > earliest_answer_after:
                yield f"seq {entries[0].seq}: stands before what was answered before it was asked"
            earliest_answer_after = min(
                earliest_answer_after, first_answered.get(key, float("inf"))
            )

    def _windows(self) -> tuple[Callable[[float], int], Callable[[float], int]]:
        """For an instant: how many transactions were surely done, and how many may have been."""
        answered = sorted(
            (op.returned, self.place[op.key])
            for op in self.writes
            if op.outcome == OK and op.key in self.place
        )
        asked: dict[str, float] = {}
        for op in self.writes:
            if op.key in self.place:
                asked[op.key] = min(asked.get(op.key, op.invoked), op.invoked)
        invoked = sorted((at, self.place[key]) for key, at in asked.items())
        highest, top = [0], 0
        for _, place in answered:
            top = max(top, place)
            highest.append(top)
        lowest, bottom = [len(self.groups) + 1], len(self.groups) + 1
        for _, place in reversed(invoked):
            bottom = min(bottom, place)
            lowest.append(bottom)
        lowest.reverse()
        times_answered = [at for at, _ in answered]
        times_invoked = [at for at, _ in invoked]
        return (
            lambda at: highest[bisect_left(times_answered, at)],
            lambda at: lowest[bisect_left(times_invoked, at)] - 1,
        )

    def _replay(self) -> Iterator[str]:
        """The model goes through the journal; refusals and reads must have been true on the way."""
        surely, maybe = self._windows()
        waiting: dict[int, list[tuple[int, Op]]] = defaultdict(list)
        for op in self.ops:
            if op.outcome == FAIL and op.answer["code"] in ALREADY:
                continue
            if op.outcome == FAIL or (op.verb == "read" and op.outcome == OK):
                until = maybe(op.returned)
                waiting[surely(op.invoked)].append((until, op))
        open_now = waiting.pop(0, [])
        for number in range(len(self.groups) + 1):
            if number:
                yield from self._book(*self.groups[number - 1])
                open_now += waiting.pop(number, [])
            open_now = [(until, op) for until, op in open_now if not self._true_now(op)]
            for until, op in open_now:
                if until <= number:
                    yield f"never true: {op.verb} {op.asked} answered {op.status} {op.answer}"
            open_now = [(until, op) for until, op in open_now if until > number]
        for _, op in open_now:
            yield f"never true: {op.verb} {op.asked} answered {op.status} {op.answer}"

    def _true_now(self, op: Op) -> bool:
        if op.verb == "read":
            member, told = op.asked["member_id"], op.answer
            now = (self.model.savings(member), self.model.held_of(member), self.model.debt(member))
            return now == (told["balance_idr"], told["held_idr"], told["debt_idr"])
        if op.key in self.place and self.place[op.key] <= len(self.groups):
            return True  # it was done by an earlier or later try of the same; `_keys` looks at it
        if op.answer["code"] == "sale_day_out_of_range":
            return op.asked["sold_on"] > min(op.days)  # the clock was set back meanwhile
        return any(self._refused_on(op, date.fromisoformat(day)) for day in op.days)

    def _refused_on(self, op: Op, day: date) -> bool:
        try:
            self.model.expect(op.verb, op.asked, day)
        except Refusal as refusal:
            return bool(refusal.code == op.answer["code"])
        except KeyError:
            return False  # of an entry that is not there yet
        return False

    def _book(self, key: str, entries: list[Written]) -> Iterator[str]:
        if key not in self.by_key:
            return
        op = self.by_key[key][0]
        main = next((e for e in entries if e.key == key), entries[-1])
        seqs = [entry.seq for entry in entries]
        # a sale has a day of its own; what follows from it is of the day it was written down
        day = max(e.effective_on for e in entries) if op.verb == "sell" else main.occurred_on
        try:
            due = self.model.book(op.verb, op.asked, date.fromisoformat(day), seqs)
        except (Refusal, KeyError) as error:
            yield f"seq {main.seq}: {op.verb} {op.asked} in the journal, the model says {error!r}"
            return
        if [(e.kind, e.legs) for e in entries] != [(e.kind, e.legs) for e in due]:
            yield f"seq {main.seq}: {[(e.kind, e.legs) for e in entries]}, due {due}"
        for told in (o for o in self.by_key[key] if o.outcome == OK):
            yield from self._told(told, entries, main)

    def _told(self, op: Op, entries: list[Written], main: Written) -> Iterator[str]:
        """The answer's number is the entry's, its date one of those it was asked on."""
        of_document = op.asked.get("seq", main.seq)
        if op.answer.get("seq") not in {of_document, *(e.seq for e in entries)}:
            yield f"seq {main.seq}: answered as {op.answer.get('seq')}"
        if op.verb == "deposit":
            credited = sum(-n for code, (n, _) in main.legs.items() if code.startswith("2100."))
            if op.answer["credited_idr"] != credited:
                yield f"seq {main.seq}: told {op.answer['credited_idr']}, credited {credited}"
        days = {op.asked.get("sold_on", min(op.days))}
        days = days.union(*(o.days for o in self.by_key[op.key]))
        if op.verb == "sell":  # what belongs to a closed month is booked on the first open day
            days.add(str(self.model.closed + timedelta(days=1)))
        if not min(days) <= main.effective_on <= max(days):
            yield f"seq {main.seq}: dated {main.effective_on}, asked on {sorted(days)}"

    def _balances(self) -> Iterator[str]:
        codes = {*self.model.posted, *self.journal.posted}
        for code in sorted(codes):
            due = (self.model.posted[code], self.model.held[code])
            kept = (self.journal.posted.get(code, 0), self.journal.held.get(code, 0))
            if kept != due:
                yield f"account {code}: kept {kept}, due {due}"
            if self.journal.days.get(code, 0) != due[0]:
                yield f"account {code}: its days add up to {self.journal.days.get(code, 0)}"
