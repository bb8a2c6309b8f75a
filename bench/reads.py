"""Reads that do not grow: the same questions in banks of ten thousand to ten million legs.

What is asked about has the same size everywhere: one household with its deposits, one month of a
bank, one bank's accounts, one kelurahan. The years behind it are filled in bulk. Each read is
repeated in turn with the other scales' databases, so that a busy machine slows all alike.
"""

import resource
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from statistics import median, quantiles

from flask import Flask
from flask.testing import FlaskClient

from banksampah import ledger
from banksampah.banks.service import change_profile
from banksampah.clock import now_utc
from banksampah.db import db, transaction, use_bank
from banksampah.deposits import service as deposits
from banksampah.reports.queries.month import month_report
from banksampah.reports.queries.region import Region, region_month
from banksampah.reports.queries.trial import trial_balance_on
from banksampah.sales import queries as sales_read
from banksampah.sales import service as sales
from banksampah.splits import queries as splits_read
from banksampah.staff import service as staff
from banksampah.staff.auth import COOKIE
from banksampah.statements import queries as statements
from banksampah.withdrawals import service as withdrawals
from bench import bulk
from bench.places import Filled, act, database, fill_bank, make_app, make_operator

SCALES = (10_000, 100_000, 1_000_000, 10_000_000)
SHORT_SCALES = (3_000, 9_000)
WANTED_RATIO, WANTED_PAGE_MS = 1.2, 50
HERE = Region("Kota", "Kecamatan", "Kelurahan")
HOUSEHOLDS, MATERIALS, LINES, NEIGHBOURS = 41, 12, 3, 4
MONTH, MONTH_END = date(2026, 10, 1), date(2026, 10, 31)
OPENING_DAYS = tuple(MONTH + timedelta(days=2 + 7 * n) for n in range(5))
HISTORY = (date(2016, 1, 1), date(2026, 8, 31))
PER_DEPOSIT = 2 * LINES + 2


@dataclass
class Scale:
    """One database of so many legs, with the service on it."""

    legs_count: int
    app: Flask
    client: FlaskClient
    bank: Filled


def run(engine: str, options: Namespace) -> None:
    """Print each read at each scale, the ratio of the largest to the smallest, pages with p99."""
    scales = SHORT_SCALES if options.short else options.scales or SCALES
    repeats = 3 if options.short else 200
    with ExitStack() as stack:
        places = [stack.enter_context(_place(engine, legs_count)) for legs_count in scales]
        print(f"reads, {engine}: legs {', '.join(map(str, scales))}; medians in ms")
        for name, read in READS.items():
            times = _interleaved(places, read, repeats)
            few, many = times[0], times[-1]
            ratio, of_core = (median(many[n]) / median(few[n]) for n in (0, 1))
            print(
                f"  {name:<26} {_shown(times)}   ratio {ratio:.2f}, of core time {of_core:.2f}"
                f"  ({WANTED_RATIO} wanted)"
            )
        for name, page in PAGES.items():
            times = _interleaved(places, page, repeats)
            p99, of_core = (quantiles(each, n=100)[98] * 1e3 for each in times[-1])
            print(
                f"  {name:<26} {_shown(times)}   p99 {p99:.1f} ms, of core time {of_core:.1f} ms"
                f"  ({WANTED_PAGE_MS} wanted)"
            )
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(f"  this process took {peak} MB")


Times = tuple[list[float], list[float]]
"""Seconds by the clock, and of a core: on a busy machine the second says more."""


def _shown(times: list[Times]) -> str:
    return "  ".join(f"{median(by_clock) * 1e3:7.2f}" for by_clock, _of_core in times)


def _interleaved(places: list[Scale], read: Callable[[Scale], object], repeats: int) -> list[Times]:
    times: list[Times] = [([], []) for _ in places]
    warm = min(repeats, 10)
    for n in range(repeats + warm):
        for place, (by_clock, of_core) in zip(places, times, strict=True):
            with place.app.app_context():
                use_bank(db.session, place.bank.bank_id)
                began, core_began = time.perf_counter(), time.process_time()
                read(place)
                if n >= warm:
                    of_core.append(time.process_time() - core_began)
                    by_clock.append(time.perf_counter() - began)
                db.session.rollback()
    return times


@contextmanager
def _place(engine: str, legs_count: int) -> Iterator[Scale]:
    with database(engine) as url:
        app = make_app(url)
        with app.app_context():
            bank = fill_bank("bench", HOUSEHOLDS, MATERIALS)
            near = [fill_bank(f"near-{n}", 10, MATERIALS) for n in range(NEIGHBOURS)]
            db.session.rollback()
            db.engine.dispose()
            bulk.add_deposits(url, [bulk.Span(bank, legs_count // PER_DEPOSIT, *HISTORY, LINES)])
            with transaction(bank.bank_id) as session:
                ledger.close_period(session, act(bank.bank_id), HISTORY[1])
            for each in (bank, *near):
                _live_a_month(each)
            key = _sign_in(bank)
            bulk.settle(url)
        client = app.test_client()
        client.set_cookie(COOKIE, key)
        yield Scale(legs_count, app, client, bank)
        with app.app_context():
            db.session.rollback()
            db.engine.dispose()


def _live_a_month(bank: Filled) -> None:
    """Five opening days, a sale and three withdrawals: the same in every database."""
    chance, bank_id = Random(1), bank.bank_id
    for day in OPENING_DAYS:
        with transaction(bank_id) as session:
            for member_id in bank.member_ids:
                lines = [
                    {"material_id": m.id, "quantity": chance.randint(50, 9_000)}
                    for m in chance.sample(bank.materials, LINES)
                ]
                deposits.record_deposit(
                    session, act(bank_id, day), member_id=member_id, lines=lines
                )
    with transaction(bank_id) as session:
        sold = [sales.Sold(m.id, 1_000, 2_000) for m in bank.materials[:LINES]]
        sales.record_sale(
            session, act(bank_id, MONTH_END), sold_on=MONTH_END, paid_with="cash",
            buyer_name="Lapak", lines=sold,
        )  # fmt: skip
        for member_id in bank.member_ids[:3]:
            asked = act(bank_id, MONTH_END)
            request = withdrawals.request_withdrawal(
                session, asked, member_id=member_id, amount_idr=1_000
            )
            withdrawals.pay_withdrawal(session, act(bank_id, MONTH_END), seq=request.seq)
        change_profile(session, act(bank_id), **HERE._asdict())


def _sign_in(bank: Filled) -> str:
    user_id, _secret = make_operator([bank.bank_id])
    with transaction() as session:
        return staff.sign_in(session, user_id=user_id, old_key=None, at=now_utc())


def _balance(place: Scale) -> None:
    ledger.balance(db.session, place.bank.bank_id, place.bank.accounts[0])


def _balance_on(place: Scale) -> None:
    ledger.balance_on(db.session, place.bank.bank_id, place.bank.accounts[0], MONTH_END)


def _statement(place: Scale) -> None:
    bank = place.bank
    statements.statement(
        db.session, bank.bank_id, bank.member_ids[0], since=MONTH, until=MONTH_END, today=MONTH_END
    )


def _month(place: Scale) -> None:
    month_report(db.session, place.bank.bank_id, MONTH)


def _trial_balance(place: Scale) -> None:
    trial_balance_on(db.session, place.bank.bank_id, MONTH_END)


def _kelurahan(place: Scale) -> None:
    region_month(db.session, HERE, MONTH)


def _sale(place: Scale) -> None:
    newest = sales_read.sales(db.session, place.bank.bank_id, limit=1)[0]
    sales_read.get_sale(db.session, newest.bank_id, newest.seq)
    splits_read.splits_of_sale(db.session, newest.bank_id, newest.seq)


def _get(path: str) -> Callable[[Scale], None]:
    def page(place: Scale) -> None:
        address = f"/b/{place.bank.slug}" + path.format(member=place.bank.member_ids[0])
        answer = place.client.get(address)
        assert answer.status_code == 200, (address, answer.status_code, answer.text[:500])

    return page


READS: dict[str, Callable[[Scale], None]] = {
    "balance": _balance,
    "balance as of a date": _balance_on,
    "statement of a month": _statement,
    "month report of a bank": _month,
    "trial balance of a date": _trial_balance,
    "a kelurahan's month": _kelurahan,
    "newest sale with its split": _sale,
}
PAGES: dict[str, Callable[[Scale], None]] = {
    "household's page": _get("/nasabah/{member}"),
    "proof of the books": _get("/pembukuan"),
    "month report": _get(f"/pembukuan/bulanan?bulan={MONTH:%Y-%m}"),
    "journal": _get("/pembukuan/jurnal"),
}
