"""A peer's books that were filled in bulk hold what its own interface would have written."""

import subprocess
from pathlib import Path

import psycopg

from bench.peers.comparing import beside
from bench.peers.housing import HERE, peers_python, side

BULK = 4


def test_python_accounting_row_for_row(tmp_path: Path) -> None:
    program = str(HERE / "python_accounting_side.py")
    done = subprocess.run(
        [str(peers_python()), program, "check", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2_000:]


def test_hordak_row_for_row(postgresql: str) -> None:
    with psycopg.connect(postgresql, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS peer_rows")
        connection.execute("CREATE DATABASE peer_rows")
    with side("hordak", beside(postgresql, "peer_rows")) as peer:
        peer.ask("post", count=BULK)
        posted, _seconds = peer.ask("rows")
        peer.ask("fill", count=BULK)
        both, _seconds = peer.ask("rows")
        by_function, by_orm = (
            peer.ask(way, count=1)[0].partition(".")[0] for way in ("balance", "balance_by_orm")
        )
    assert by_function == by_orm == str(2 * (4 * 1_000 + 6))
    transactions, legs = both[: 2 * BULK], both[2 * BULK :]
    assert posted == transactions[BULK:] + legs[2 * BULK :]
