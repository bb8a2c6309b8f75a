"""The peak memory of a worker after a morning of deposits, pages and printed statements."""

import urllib.request
from argparse import Namespace
from datetime import date
from pathlib import Path

from bench import load
from bench.places import database, fill_bank, make_app, make_operator, release, served

PAPERS, PAPERS_SHORT = 60, 3


def run(engine: str, options: Namespace) -> None:
    """Print VmHWM of every process of the service."""
    papers, seconds = (PAPERS_SHORT, 1) if options.short else (PAPERS, options.seconds)
    with database(engine) as url:
        with make_app(url).app_context():
            bank = fill_bank("bench", 40, 12)
            _user, secret = make_operator([bank.bank_id])
            release()
        target = load.Target(bank.bank_id, bank.member_ids, [m.id for m in bank.materials])
        with served(url) as (pid, port):
            load.post_deposits(port, secret, [target], options.clients, seconds)
            for n in range(papers):
                _print_statement(port, secret, bank.bank_id, bank.member_ids[n % 40])
            peaks = {child: _peak_mb(child) for child in (pid, *_children(pid))}
    print(f"memory, {engine}: {papers} statements, then the peak of each process")
    for process, peak in peaks.items():
        print(f"  {'parent' if process == pid else 'worker':<8} {peak:6.0f} MB")


def _print_statement(port: int, secret: str, bank_id: int, member_id: int) -> None:
    year = date.today().year
    address = (
        f"http://127.0.0.1:{port}/api/v1/banks/{bank_id}/members/{member_id}/statement.pdf"
        f"?since={year}-01-01&until={year}-12-31"
    )
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {secret}"})
    assert urllib.request.urlopen(request).read(5) == b"%PDF-"


def _children(pid: int) -> list[int]:
    told = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in told.split()]


def _peak_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0
