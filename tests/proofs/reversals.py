"""Proof 4: every entry is reversed twice by a crowd; each once, and all is back to nothing."""

import argparse
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from banksampah import ledger
from banksampah.clock import day_in, now_utc
from banksampah.db import db, transaction
from banksampah.deposits.service import record_deposit
from tests.proofs.banks import Bank, open_banks
from tests.proofs.clients import Line
from tests.proofs.places import ENGINES, Place, Server, new_key, place, verify

ENTRIES = 5_000
CLIENTS = 20


@dataclass
class Reversed:
    """What a run came to."""

    entries: int
    answers: Counter[str] = field(default_factory=Counter)
    left: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Accounts that are not what they were before, with both figures."""

    def __str__(self) -> str:
        told = ", ".join(f"{n:,} {answer}" for answer, n in sorted(self.answers.items()))
        return f"{self.entries:,} entries: {told}; {len(self.left)} accounts differ"


def weigh_in(at: Place, bank: Bank, count: int, rng: random.Random) -> list[int]:
    """*count* deposits, a fifth of them sedekah; their numbers."""
    seqs = []
    with at.app().app_context():
        for _ in range(count):
            lines = [
                {"material_id": material, "quantity": rng.randrange(1, 50_000)}
                for material in rng.sample(list(bank.prices), rng.choice((1, 2, 3)))
            ]
            now = now_utc()
            act = ledger.Act(bank.bank_id, new_key(), 1, now, day_in(bank.zone, now))
            with transaction(bank.bank_id) as session:
                made = record_deposit(
                    session, act, member_id=rng.choice(list(bank.numbers)), lines=lines,
                    kind=rng.choice(("savings",) * 4 + ("sedekah",)),
                )  # fmt: skip
            seqs.append(made.seq)
        db.session.close()
        db.engine.dispose()
    return seqs


def balances(at: Place, bank: Bank) -> dict[str, int]:
    """Every account's balance, read by the driver."""
    rows = at.rows(
        "SELECT a.code, b.posted FROM balance b JOIN account a"
        " ON a.bank_id = b.bank_id AND a.account_id = b.account_id WHERE b.bank_id = ?",
        bank.bank_id,
    )
    return dict(rows)


def reverse_all_twice(at: Place, *, seed: int, entries: int, clients: int = CLIENTS) -> Reversed:
    """Weigh in, then ask twice for each reversal, in any order, from many clients."""
    rng = random.Random(seed)
    (bank,) = open_banks(at, seed=seed)
    before = balances(at, bank)
    seqs = weigh_in(at, bank, entries, rng)
    asked = seqs * 2
    rng.shuffle(asked)
    result = Reversed(entries)
    server = Server(at)
    server.start()
    try:
        threads = [
            threading.Thread(target=_work, args=(bank, server.port, asked, result))
            for _ in range(clients)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        server.stop()
    verify(at)
    after = balances(at, bank)
    result.left = {
        code: (before.get(code, 0), now)
        for code, now in after.items()
        if before.get(code, 0) != now
    }
    return result


def _work(bank: Bank, port: int, asked: list[int], result: Reversed) -> None:
    line = Line(port)
    while asked:
        try:
            seq = asked.pop()
        except IndexError:
            break
        status, answer, _ = line.send(
            "POST",
            bank.path(f"/deposits/{seq}/reversal"),
            {"reason": "double"},
            token=bank.tokens["treasurer"],
            key=new_key(),
        )
        result.answers[str(status) if status == 201 else f"{status} {answer['code']}"] += 1
    line.close()


def long(options: argparse.Namespace) -> None:
    """`--rounds` entries (5,000) on each engine, each asked for twice."""
    for engine in options.engine or ENGINES:
        began = time.monotonic()
        with place(engine) as at:
            entries = options.rounds or ENTRIES
            result = reverse_all_twice(at, seed=options.seed, entries=entries)
        seconds = time.monotonic() - began
        print(f"{engine:<11} seed {options.seed}: {result} ({seconds:.0f} s)", flush=True)
        assert result.left == {}, result.left
        assert result.answers == {"201": entries, "409 deposit_reversed": entries}
