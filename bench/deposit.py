"""One deposit through HTTP, with sign-in, validation and a durable commit, against raw SQL."""

from argparse import Namespace
from statistics import median

from bench import load, raw
from bench.places import database, fill_bank, make_app, make_operator, release, served

BANKS, MEMBERS, MATERIALS = 32, 40, 12


def run(engine: str, options: Namespace) -> None:
    """Print deposits per second of both, and the ratio of their medians."""
    with database(engine) as url:
        with make_app(url).app_context():
            banks = [fill_bank(f"bench-{n}", MEMBERS, MATERIALS) for n in range(BANKS)]
            _user, secret = make_operator([bank.bank_id for bank in banks])
            release()
        targets = [
            load.Target(bank.bank_id, bank.member_ids, [m.id for m in bank.materials])
            for bank in banks
        ]
        limit = raw.sqlite if engine == "sqlite" else raw.pgbench
        raws, outcomes = [], []
        with served(url) as (_pid, port):
            load.post_deposits(port, secret, targets, options.clients, 1)  # warm
            for _ in range(options.rounds):
                raws.append(limit(url, banks, options.clients, options.seconds))
                outcomes.append(
                    load.post_deposits(port, secret, targets, options.clients, options.seconds)
                )
    https = [outcome.per_second for outcome in outcomes]
    print(f"deposit, {engine}, {options.clients} clients, {BANKS} banks, two lines each")
    print(f"  raw SQL   {median(raws):8.0f}/s   [{min(raws):.0f}-{max(raws):.0f}]")
    print(f"  over HTTP {median(https):8.0f}/s   [{min(https):.0f}-{max(https):.0f}]")
    p50, p99 = (median(getattr(o, name) for o in outcomes) for name in ("p50_ms", "p99_ms"))
    print(f"  p50 {p50:.1f} ms, p99 {p99:.1f} ms")
    print(f"  ratio     {median(https) / median(raws):8.2f}")
