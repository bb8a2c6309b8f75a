"""Proof 2, short: one run on each engine, and doctored histories that must be found out."""

import copy
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.proofs.audit import Journal, anomalies, read_journal
from tests.proofs.banks import Bank, open_banks
from tests.proofs.clients import FAIL, OK, Client, Desk, History, Op, Pools
from tests.proofs.history import live
from tests.proofs.places import ENGINES, Server, place
from tests.proofs.shift import Still


@pytest.mark.parametrize("engine", ENGINES)
def test_every_history_has_an_order_that_explains_it(engine: str) -> None:
    with place(engine) as at:
        lived = live(at, seed=7, seconds=5, clients=8, every_s=0.5)
    print(lived)
    assert lived.history.count(OK) > 20
    assert lived.faults == []


@pytest.fixture(scope="module")
def lived() -> tuple[Bank, Journal, History]:
    """A true history of one client, to be doctored."""
    with place("sqlite") as at:
        (bank,) = open_banks(at)
        history = History()
        server = Server(at)
        server.start()
        try:
            client = Client(bank, server.port, history, Still())
            desk = Desk(client, Pools(), random.Random(3))
            for _ in range(150):
                desk.step()
            client.line.close()
        finally:
            server.stop()
        return bank, read_journal(at, bank.bank_id), history


def test_the_true_history_has_no_anomaly(lived: tuple[Bank, Journal, History]) -> None:
    assert anomalies(*lived) == []


def last(history: History, verb: str, outcome: str = OK) -> Op:
    return next(op for op in reversed(history.ops) if (op.verb, op.outcome) == (verb, outcome))


def entry_of(journal: Journal, op: Op) -> Any:
    return next(e for e in journal.entries if e.key == op.key)


def lose_a_write(journal: Journal, history: History) -> None:
    entry = entry_of(journal, last(history, "deposit"))
    journal.entries.remove(entry)
    for later in journal.entries[entry.seq - 1 :]:
        later.seq -= 1


def double_a_write(journal: Journal, history: History) -> None:
    entry = entry_of(journal, next(op for op in history.ops if op.outcome == OK and op.key))
    journal.entries.append(
        replace(entry, seq=len(journal.entries) + 1, recorded_ms=journal.entries[-1].recorded_ms)
    )


def write_what_nobody_asked(journal: Journal, history: History) -> None:
    op = last(history, "ask")
    history.ops = [other for other in history.ops if other.key != op.key]


def keep_what_was_refused(_journal: Journal, history: History) -> None:
    op = last(history, "ask")
    same = [other for other in history.ops if other.key == op.key]
    history.ops = [other for other in history.ops if other not in same[1:]]
    same[0].outcome, same[0].answer = FAIL, {"code": "not_enough"}


def refuse_without_cause(_journal: Journal, history: History) -> None:
    op = last(history, "ask", FAIL)
    op.asked["amount_idr"] = 0


def change_a_balance(journal: Journal, _history: History) -> None:
    journal.posted["2100.0001"] += 1


def change_a_hold(journal: Journal, _history: History) -> None:
    journal.held["2100.0001"] += 1


def change_a_day(journal: Journal, _history: History) -> None:
    journal.days["1100"] -= 1


def change_a_leg(journal: Journal, history: History) -> None:
    legs = entry_of(journal, last(history, "deposit")).legs
    code = next(code for code in legs if code.startswith("2100."))
    legs[code] = (legs[code][0] - 1, 0)


def tell_another_sum(_journal: Journal, history: History) -> None:
    last(history, "deposit").answer["credited_idr"] += 1


def read_an_old_balance(_journal: Journal, history: History) -> None:
    last(history, "read").answer["balance_idr"] += 1


def swap_the_order(journal: Journal, history: History) -> None:
    first, second = [op for op in history.ops if (op.verb, op.outcome) == ("deposit", OK)][:2]
    one, two = entry_of(journal, first), entry_of(journal, second)
    for left, right in (("key", "key"), ("legs", "legs")):
        mine, theirs = getattr(one, left), getattr(two, right)
        setattr(one, left, theirs)
        setattr(two, right, mine)
    first.answer["seq"], second.answer["seq"] = two.seq, one.seq


def set_the_clock_back(journal: Journal, _history: History) -> None:
    journal.entries[-1].recorded_ms = 1


def date_it_yesterday(journal: Journal, history: History) -> None:
    entry_of(journal, last(history, "deposit")).effective_on = "2026-01-02"


def accept_other_content(_journal: Journal, history: History) -> None:
    op = last(history, "deposit")
    asked = {**op.asked, "member_id": op.asked["member_id"] % 20 + 1}
    history.ops.append(replace(op, asked=asked))


def leave_a_gap(journal: Journal, _history: History) -> None:
    journal.entries[-1].seq += 1


def close_too_late(journal: Journal, _history: History) -> None:
    journal.closings.append((len(journal.entries) - 1, "2999-12-31"))


DOCTORED = [
    (lose_a_write, "lost: deposit"),
    (double_a_write, "done twice"),
    (write_what_nobody_asked, "nobody asked"),
    (keep_what_was_refused, "and yet in the journal"),
    (refuse_without_cause, "never true: ask"),
    (change_a_balance, "account 2100.0001: kept"),
    (change_a_hold, "account 2100.0001: kept"),
    (change_a_day, "account 1100: its days"),
    (change_a_leg, "due"),
    (tell_another_sum, "told"),
    (read_an_old_balance, "never true: read"),
    (swap_the_order, "stands before"),
    (set_the_clock_back, "recorded before"),
    (date_it_yesterday, "dated 2026-01-02"),
    (accept_other_content, "other content was accepted"),
    (leave_a_gap, "was due"),
    (close_too_late, "closed by"),
]


@pytest.mark.parametrize(("doctor", "finding"), DOCTORED, ids=[d.__name__ for d, _ in DOCTORED])
def test_a_doctored_history_is_found_out(
    lived: tuple[Bank, Journal, History],
    doctor: Callable[[Journal, History], None],
    finding: str,
) -> None:
    bank, journal, history = copy.deepcopy(lived)
    doctor(journal, history)
    found = anomalies(bank, journal, history)
    assert any(finding in fact for fact in found), found
