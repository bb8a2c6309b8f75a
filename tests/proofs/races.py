"""Proof 3: two who cannot both have it. Exactly one wins where one must; nobody deadlocks."""

import argparse
import itertools
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.catalog.models import Material
from banksampah.db import db, transaction
from banksampah.deposits import service as deposits
from banksampah.members import service as members
from banksampah.members.models import Member
from banksampah.sales import service as sales
from banksampah.splits import queries as split_queries
from tests.factories import give_money, give_savings, lay_in, priced_material
from tests.proofs.banks import FIRST_DAY, act_of, fill
from tests.proofs.places import ENGINES, Place, new_key, place, verify
from tests.proofs.racers import CONTENDERS, Call, Race, Racers

RACES = 10_000
BATCH = 50
BOOK = 500
"""After so many races of a kind, a new bank."""
HALF = [0, 0, 1, 1]


class Setting:
    """One bank in which races of one kind are set up."""

    def __init__(self, at: Place, seed: int):
        self.rng = random.Random(seed)
        self.today = FIRST_DAY + timedelta(days=63)
        with at.app().app_context():
            self.bank_id = fill(1, [2_000]).bank_id
            self._lay_in()

    def _lay_in(self) -> None:
        with transaction(self.bank_id) as session:
            self.material = priced_material(session, self.act(), "RACE", "Bahan lomba", 2_000)
            lay_in(session, self.act(), self.material, donated=50_000_000)
            give_money(session, self.act(), 10**9)
            self.member = self.open_member(session)
            session.expunge_all()

    def act(self) -> ledger.Act:
        return act_of(self.bank_id)

    def open_member(self, session: Session, savings_idr: int = 0) -> Member:
        member = members.open_member(session, self.act(), name="Keluarga")
        if savings_idr:
            give_savings(session, self.act(), member, savings_idr)
        return member

    def race(self, calls: list[tuple[str, dict[str, Any]]], **known: Any) -> Race:
        """Contenders in any order; the judge finds them by verb."""
        self.rng.shuffle(calls)
        named = [
            Call(verb, asked, new_key(), place + 1, self.today)
            for place, (verb, asked) in enumerate(calls)
        ]
        return Race(self.bank_id, named, known)

    def weighing(self, material: Material | None = None) -> list[dict[str, int]]:
        goods = material or self.material
        return [{"material_id": goods.id, "quantity": self.rng.randrange(1_000, 20_000)}]


def last_rupiah(setting: Setting, session: Session) -> Race:
    member = setting.open_member(session, 10_000)
    asked = {"member_id": member.id, "amount_idr": 10_000}
    return setting.race([("ask", asked)] * CONTENDERS)


def approve_reject(setting: Setting, session: Session) -> Race:
    seq, seen = _proposal(setting, session)
    approve = ("approve", {"split_seq": seq, "seen": seen})
    reject = ("reject", {"split_seq": seq, "reason": "aturan lain"})
    return setting.race([approve, approve, reject, reject])


def two_approvals(setting: Setting, session: Session) -> Race:
    seq, seen = _proposal(setting, session)
    return setting.race([("approve", {"split_seq": seq, "seen": seen})] * CONTENDERS)


def _proposal(setting: Setting, session: Session) -> tuple[int, str]:
    sale = sales.record_sale(
        session, ledger.Act(setting.bank_id, new_key(), 99, setting.act().at, setting.today),
        sold_on=setting.today, paid_with="cash", buyer_name="Pengepul",
        lines=[sales.Sold(setting.material.id, 100, setting.rng.randrange(1_000, 90_000))],
    )  # fmt: skip
    (split,) = split_queries.splits_of_sale(session, setting.bank_id, sale.seq)
    return split.seq, split_queries.lines_hash(split)


def two_reversals(setting: Setting, session: Session) -> Race:
    made = deposits.record_deposit(
        session, setting.act(), member_id=setting.member.id, lines=setting.weighing()
    )
    asked = {"seq": made.seq, "reason": "double", "as_treasurer": True}
    return setting.race([("undo", asked)] * CONTENDERS)


def close_post(setting: Setting, session: Session) -> Race:
    setting.today = (setting.today.replace(day=1) + timedelta(days=32)).replace(day=5)
    through = setting.today.replace(day=1) - timedelta(days=1)
    post = {
        "member_id": setting.member.id, "lines": setting.weighing(), "weighed_on": through,
    }  # fmt: skip
    close = ("close", {"through": through})
    return setting.race([close, close, ("deposit", post), ("deposit", post)], through=through)


def rule_split(setting: Setting, session: Session) -> Race:
    setting.today += timedelta(days=1)
    parts = setting.rng.randrange(1, 1_000_000)
    rule = {
        "name": "Aturan", "stock_origin": "any", "valid_from": setting.today,
        "lines": [(1, parts), (2, 1_000_000 - parts)],
    }  # fmt: skip
    sale = {"material_id": setting.material.id, "price_idr": setting.rng.randrange(500, 9_000)}
    return setting.race([("rule", rule), ("sell", sale), ("sell", sale), ("rule", rule)])


def price_deposit(setting: Setting, session: Session) -> Race:
    prices = [
        {"material_id": setting.material.id, "price_idr": setting.rng.randrange(100, 9_000)}
        for _ in range(2)
    ]
    post = {"member_id": setting.member.id, "lines": setting.weighing()}
    calls = [("price", p) for p in prices] + [("deposit", post)] * 2
    return setting.race(calls)


def merge_deposit(setting: Setting, session: Session) -> Race:
    gone, kept = setting.open_member(session, 500), setting.open_member(session)
    merge = {"from_id": gone.id, "into_id": kept.id}
    post = {"member_id": gone.id, "lines": setting.weighing()}
    accounts = (gone.savings_account_id, kept.savings_account_id)
    return setting.race(
        [("merge", merge), ("merge", merge), ("deposit", post), ("deposit", post)],
        accounts=accounts,
    )


_FOLLOWED = (  # the rule a sale's split follows, and what its parts leave over
    "SELECT r.seq, s.amount_idr - sum(l.amount_idr) FROM split s"
    " JOIN split_line l ON l.bank_id = s.bank_id AND l.seq = s.seq"
    " JOIN split_rule r ON r.bank_id = l.bank_id AND r.rule_id = l.rule_id"
    " AND r.version = l.version WHERE s.bank_id = ? AND s.sale_seq = ?"
    " GROUP BY r.seq, s.amount_idr"
)


class Judge:
    """Says what was wrong with a race, from what came of it and from the journal."""

    def __init__(self, at: Place):
        self._connection = at.connect()
        self.rows = partial(at.rows, on=self._connection)

    def close(self) -> None:
        self._connection.close()

    def one_winner(self, race: Race, came_to: list[str], others: str) -> Iterable[str]:
        if Counter(came_to) != {"done": 1, others: CONTENDERS - 1}:
            yield f"{came_to}"

    def close_post(self, race: Race, came_to: list[str]) -> Iterable[str]:
        of = _by_verb(race, came_to)
        if sorted(of["close"]) != ["done", "not_a_period_end"] or of["deposit"] != ["done"] * 2:
            yield f"{of}"
        seqs = self._seqs(race)
        (closed,) = (seqs[c.key][0] for c in race.calls if c.verb == "close" and c.key in seqs)
        for call in race.calls:
            if call.verb == "deposit" and call.key in seqs:
                seq, effective_on = seqs[call.key]
                if (seq < closed) != (effective_on <= str(race.known["through"])):
                    yield f"seq {seq} dated {effective_on}, closed at {closed}"

    def rule_split(self, race: Race, came_to: list[str]) -> Iterable[str]:
        """Each sale is divided by one rule: the newest that was set before it."""
        if came_to != ["done"] * CONTENDERS:
            yield f"{came_to}"
        seqs = self._seqs(race)
        rules = self.rows(
            "SELECT seq FROM split_rule WHERE bank_id = ? ORDER BY valid_from, seq", race.bank_id
        )
        for call in race.calls:
            if call.verb == "sell" and call.key in seqs:
                sale_seq = seqs[call.key][0]
                due = [seq for (seq,) in rules if seq < sale_seq][-1]
                followed = self.rows(_FOLLOWED, race.bank_id, sale_seq)
                if [(int(seq), int(rest)) for seq, rest in followed] != [(due, 0)]:
                    yield f"sale {sale_seq} follows {followed}, in force {due}"

    def price_deposit(self, race: Race, came_to: list[str]) -> Iterable[str]:
        if came_to != ["done"] * CONTENDERS:
            yield f"{came_to}"
        seqs = self._seqs(race)
        (material_id,) = {c.asked["material_id"] for c in race.calls if c.verb == "price"}
        prices = self.rows(
            "SELECT seq, price_idr FROM price WHERE bank_id = ? AND material_id = ?"
            " ORDER BY valid_from, seq",
            race.bank_id, material_id,
        )  # fmt: skip
        for call in race.calls:
            if call.verb == "deposit" and call.key in seqs:
                seq = seqs[call.key][0]
                due = [price for since, price in prices if since < seq][-1]
                got = self.rows(
                    "SELECT price_idr FROM deposit_line WHERE bank_id = ? AND seq = ?",
                    race.bank_id, seq,
                )  # fmt: skip
                if got != [(due,)]:
                    yield f"seq {seq}: at {got}, in force {due}"

    def merge_deposit(self, race: Race, came_to: list[str]) -> Iterable[str]:
        of, seqs = _by_verb(race, came_to), self._seqs(race)
        if sorted(of["merge"]) != ["done", "member_closed"]:
            yield f"{of}"
        if set(of["deposit"]) - {"done", "member_closed"}:
            yield f"{of}"
        (merged,) = (seqs[c.key][0] for c in race.calls if c.verb == "merge" and c.key in seqs)
        weighed = [seqs[c.key][0] for c in race.calls if c.verb == "deposit" and c.key in seqs]
        if any(seq > merged for seq in weighed):
            yield f"weighed in at {weighed}, merged at {merged}"
        left = self.rows(
            "SELECT posted FROM balance WHERE bank_id = ? AND account_id = ?",
            race.bank_id, race.known["accounts"][0],
        )  # fmt: skip
        if left != [(0,)]:
            yield f"left on the merged account: {left}"

    def _seqs(self, race: Race) -> dict[str, tuple[int, str]]:
        keys = [call.key for call in race.calls]
        rows = self.rows(
            f"SELECT idem_key, seq, effective_on FROM entry WHERE bank_id = ?"
            f" AND idem_key IN ({', '.join('?' * len(keys))})",
            race.bank_id, *keys,
        )  # fmt: skip
        return {key: (seq, str(effective_on)) for key, seq, effective_on in rows}


def _by_verb(race: Race, came_to: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for call, outcome in zip(race.calls, came_to, strict=True):
        found.setdefault(call.verb, []).append(outcome)
    return found


KINDS: dict[str, tuple[Callable[[Setting, Session], Race], str]] = {
    "last rupiah": (last_rupiah, "not_enough"),
    "approve against reject": (approve_reject, "split_decided"),
    "two approvals": (two_approvals, "split_decided"),
    "two reversals": (two_reversals, "deposit_reversed"),
    "close against post": (close_post, ""),
    "rule change against split": (rule_split, ""),
    "price change against deposit": (price_deposit, ""),
    "merge against deposit": (merge_deposit, ""),
}
"""By kind: how a race is set up, and what the losers hear; "": its own judge knows."""


def run_races(at: Place, racers: Racers, kind: str, *, races: int, seed: int) -> list[str]:
    """*races* races of one kind; what was wrong. `verify` is the caller's."""
    prepare, losers = KINDS[kind]
    judge, faults, left = Judge(at), [], races
    for book in itertools.count():
        setting = Setting(at, seed + book)
        for _ in range(0, min(BOOK, left), BATCH):
            size = min(BATCH, left)
            batch = _prepared(at, setting, prepare, size)
            for race, came_to in zip(batch, racers.run(batch), strict=True):
                found = (
                    judge.one_winner(race, came_to, losers)
                    if losers
                    else getattr(judge, prepare.__name__)(race, came_to)
                )
                faults += [f"{kind}: {fact}" for fact in found]
            left -= size
        if not left:
            break
    judge.close()
    return faults


def _prepared(
    at: Place, setting: Setting, prepare: Callable[[Setting, Session], Race], size: int
) -> list[Race]:
    with at.app().app_context():
        if prepare in {close_post, rule_split}:  # its day moves on: nothing of it is set up before
            batch = [prepare(setting, db.session) for _ in range(size)]
        else:
            with transaction(setting.bank_id) as session:
                batch = [prepare(setting, session) for _ in range(size)]
        db.session.close()
    return batch


def long(options: argparse.Namespace) -> None:
    """`--rounds` races (10,000) of each kind on each engine, or until `--seconds` are over."""
    engines = options.engine or ENGINES
    for engine in engines:
        with place(engine) as at:
            racers = Racers(at.url)
            for kind in KINDS:
                began = time.monotonic()
                races = options.rounds or RACES
                faults = run_races(at, racers, kind, races=races, seed=options.seed)
                seconds = time.monotonic() - began
                print(
                    f"{engine:<11} {kind:<29} {races:>6} races, {len(faults)} faults ({seconds:.0f} s)",
                    flush=True,
                )
                assert not faults, faults[:10]
            racers.close()
            verify(at)
