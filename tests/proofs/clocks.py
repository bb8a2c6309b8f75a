"""Proof 7: the clock jumps during the load, in three zones, over midnight and the month's end."""

import argparse
import random
import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from banksampah import ledger
from banksampah.db import db, transaction
from tests.proofs.banks import Bank, open_banks
from tests.proofs.clients import OK, Crowd, History, Op
from tests.proofs.history import Lived
from tests.proofs.kill import audited, bugs
from tests.proofs.places import ENGINES, Place, Server, new_key, place, verify
from tests.proofs.shift import Clock

ZONES = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")
JUMPS = 500


def next_month_end(zone: str) -> datetime:
    """Ten seconds before the coming month begins in *zone*."""
    today = datetime.now(ZoneInfo(zone)).date()
    first = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    midnight = datetime(first.year, first.month, 1, tzinfo=ZoneInfo(zone))
    return midnight.astimezone(UTC) - timedelta(seconds=10)


def places_in_time(rng: random.Random) -> list[datetime]:
    """Moments around each zone's midnight at the month's end, and some anywhere near."""
    ends = [next_month_end(zone) for zone in ZONES]
    near = [end + timedelta(seconds=s) for end in ends for s in (0, 9, 10.5, 3_600, -86_400)]
    return [*near, *(ends[0] + timedelta(seconds=rng.randrange(-200_000, 200_000)) for _ in near)]


def jump_about(at: Place, *, seed: int, jumps: int, clients: int, every_s: float) -> Lived:
    """Let the clock jump *jumps* times under load; close the month where it is over; audit."""
    rng = random.Random(seed)
    clock = Clock(at.folder)
    clock.jump_to(next_month_end(ZONES[2]) - timedelta(days=1))
    banks = open_banks(at, zones=ZONES, seed=seed)
    moments = places_in_time(rng)
    server = Server(at, environment=clock.environment)
    try:
        server.start()
        with Crowd(banks, server.port, count=clients, seed=seed, clock=clock) as crowd:
            lived = Lived(crowd.history)
            while lived.jumps < jumps:
                clock.jump_to(rng.choice(moments))
                lived.jumps += 1
                time.sleep(rng.uniform(every_s / 2, every_s * 3 / 2))
                if lived.jumps > jumps // 2:
                    for bank in banks:
                        close_what_is_over(at, bank, clock, crowd.history)
    finally:
        server.stop()
    verify(at)
    lived.faults += audited(at, banks, crowd) + bugs(crowd)
    return lived


def close_what_is_over(at: Place, bank: Bank, clock: Clock, history: History) -> None:
    """Close the bank's last month, if by its clock that is over and not closed yet."""
    through = date.fromisoformat(clock.today(bank.zone)).replace(day=1) - timedelta(days=1)
    asked = {"through": str(through)}
    if any(op.verb == "close" and op.bank_id == bank.bank_id for op in history.ops):
        return
    op = Op(bank.bank_id, new_key(), "close", asked, time.monotonic())
    today = date.fromisoformat(clock.today(bank.zone))
    if through < next_month_end(bank.zone).date() - timedelta(days=1):
        return  # the month that has nothing of this run in it
    act = ledger.Act(bank.bank_id, op.key, 1, clock.now(), today)
    history.ops.append(op)
    with at.app().app_context():
        with transaction(bank.bank_id) as session:
            op.answer = {"seq": ledger.close_period(session, act, through)}
        db.session.close()
    op.returned, op.outcome = time.monotonic(), OK
    op.days = clock.days(op.invoked, op.returned, bank.zone)


def long(options: argparse.Namespace) -> None:
    """`--rounds` jumps (500) on each engine."""
    for engine in options.engine or ENGINES:
        with place(engine) as at:
            lived = jump_about(
                at,
                seed=options.seed,
                jumps=options.rounds or JUMPS,
                clients=options.clients,
                every_s=0.15,
            )
        print(f"{engine:<11} seed {options.seed}: {lived}", flush=True)
        assert not lived.faults, lived.faults[:20]
