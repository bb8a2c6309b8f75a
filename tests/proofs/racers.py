"""Processes that run against each other: each contender a thread, all let go at once."""

import multiprocessing
import threading
from collections.abc import Callable
from datetime import date
from itertools import chain
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from flask import Flask
from sqlalchemy.orm import Session

from banksampah import create_app, ledger
from banksampah.catalog import service as catalog
from banksampah.clock import now_utc
from banksampah.config import Settings
from banksampah.db import db, transaction
from banksampah.deposits import service as deposits
from banksampah.errors import DomainError
from banksampah.members import service as members
from banksampah.sales import service as sales
from banksampah.splits import service as splits
from banksampah.withdrawals import service as withdrawals
from tests.proofs.places import SECRET

PROCESSES, THREADS = 2, 2
CONTENDERS = PROCESSES * THREADS


class Call(NamedTuple):
    """What one contender asks for."""

    verb: str
    asked: dict[str, Any]
    key: str
    actor_id: int
    today: date


class Race(NamedTuple):
    """CONTENDERS calls at once, and what the judge needs to know of it."""

    bank_id: int
    calls: list[Call]
    known: dict[str, Any]


def _sell(session: Session, act: ledger.Act, *, material_id: int, price_idr: int) -> Any:
    lines = [sales.Sold(material_id, 1_000, price_idr)]
    return sales.record_sale(
        session, act, sold_on=act.today, paid_with="cash", buyer_name="Pengepul", lines=lines
    )


def _set_price(session: Session, act: ledger.Act, *, material_id: int, price_idr: int) -> Any:
    prices = [catalog.NewPrice(material_id, price_idr)]
    return catalog.set_prices(session, act, valid_from=act.today, prices=prices)


VERBS: dict[str, Callable[..., Any]] = {
    "ask": withdrawals.request_withdrawal,
    "approve": splits.approve,
    "reject": splits.reject,
    "undo": deposits.reverse_deposit,
    "deposit": deposits.record_deposit,
    "close": ledger.close_period,
    "rule": splits.set_rule,
    "sell": _sell,
    "price": _set_price,
    "merge": members.merge_members,
}


class Racers:
    """The processes. `run` lets all contenders of each race go at once."""

    def __init__(self, url: str):
        spawn = multiprocessing.get_context("spawn")
        self._gate = spawn.Barrier(CONTENDERS, timeout=60)  # kept until they have it
        self._pipes, self._processes = [], []
        for _ in range(PROCESSES):
            ours, theirs = spawn.Pipe()
            process = spawn.Process(target=_contend, args=(url, theirs, self._gate), daemon=True)
            process.start()
            theirs.close()
            self._pipes.append(ours)
            self._processes.append(process)

    def run(self, races: list[Race]) -> list[list[str]]:
        """What each contender of each race came to: "done", a refusal's code, or an error."""
        for number, pipe in enumerate(self._pipes):
            span = slice(number * THREADS, (number + 1) * THREADS)
            pipe.send([(race.bank_id, race.calls[span]) for race in races])
        parts = [pipe.recv() for pipe in self._pipes]
        return [list(chain(*(part[n] for part in parts))) for n in range(len(races))]

    def close(self) -> None:
        for pipe in self._pipes:
            pipe.send(None)
        for process in self._processes:
            process.join(20)


Share = list[tuple[int, list[Call]]]


def _contend(url: str, pipe: Connection, gate: Any) -> None:
    app = create_app(Settings(database_url=url, secret_key=SECRET))
    while (share := pipe.recv()) is not None:
        came_to = [[""] * THREADS for _ in share]
        threads = [
            threading.Thread(target=_run, args=(app, share, lane, gate, came_to))
            for lane in range(THREADS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        pipe.send(came_to)


def _run(app: Flask, share: Share, lane: int, gate: Any, came_to: list[list[str]]) -> None:
    for number, (bank_id, calls) in enumerate(share):
        call = calls[lane]
        act = ledger.Act(bank_id, call.key, call.actor_id, now_utc(), call.today)
        with app.app_context():
            gate.wait()
            try:
                with transaction(bank_id, call.key) as session:
                    VERBS[call.verb](session, act, **call.asked)
                came_to[number][lane] = "done"
            except DomainError as error:
                came_to[number][lane] = error.code
            except Exception as error:  # a deadlock, a lock not had: what must never be
                came_to[number][lane] = repr(error)
            finally:
                db.session.close()
