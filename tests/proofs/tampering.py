"""Tampering: edits of every column, flips of bits, cut tails, swapped entries, a chain written anew.

python -m tests.proofs tampering --seed S [--rounds EDITS_A_COLUMN] [--flips N] [--clean N]
"""

import os
import sqlite3
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.db import canonical_json, db, normal_url, prepare_engine
from banksampah.ledger.sealing import FIRST_HASH, Columns, LegColumns, seal_hash
from banksampah.reports.queries.witnesses import Witness, witness_faults
from tests.proofs import heap
from tests.proofs.outside import is_outside
from tests.proofs.simulation import app_on, live, scratch
from tests.proofs.vandal import (
    all_found,
    columns_to_edit,
    edited,
    found_in,
    take_guards_down,
)

SEED, DAYS, BUSY = 3, 64, 1.6
"""A bank's days in which every table gets a row."""
DRAWS = 30
"""How often more than wanted an edit is drawn."""
REFUSED = "refused by the database"
NO_EDIT: dict[str, set[str]] = {}
"""Columns that a check or a key binds to one value, by engine."""
COMPILED: dict[Any, Any] = {}
"""Thousands of files are looked at with the same questions."""


@contextmanager
def lived_in(
    seed: int = SEED, days: int = DAYS, banks: int = 1, busy: float = BUSY
) -> Iterator[Path]:
    """The SQLite file of a town that *seed* made, closed."""
    with scratch() as url:
        with app_on(url).app_context():
            live(seed, banks, days, busy)
            db.session.rollback()
            db.engine.dispose()
        yield Path(url.removeprefix("sqlite:///"))


def edit_columns(engine: Engine, seed: int, rounds: int) -> Counter[str]:
    """Edit each proven column *rounds* times; AssertionError where an edit is not found.

    What changes nothing, or is refused by a check or a key that is still there, is drawn again; a
    column that takes no edit at all must be listed in NO_EDIT.
    """
    counts: Counter[str] = Counter()
    with Session(engine) as session:
        for table, column in columns_to_edit(engine):
            place = f"{table.name}.{column.name}"
            counts[place] = 0
            for number in range(rounds + DRAWS):
                if counts[place] == rounds:
                    break
                with edited(session, table, column, Random(f"{seed} {place} {number}")) as edit:
                    if edit is None or edit.before == edit.after:
                        counts[REFUSED] += 1
                        continue
                    counts[place] += 1
                    assert found_in(session, edit.bank_id), f"seed {seed}: {edit}"
    never = {place for place, count in counts.items() if not count}
    assert never == NO_EDIT.get(engine.dialect.name, set()), never
    return counts


def empty_tables(engine: Engine) -> list[str]:
    """Proven tables without a row: a proof on them would prove nothing."""
    proven = {table.name: table for table, _column in columns_to_edit(engine)}
    with engine.connect() as connection:
        return [
            name
            for name, table in proven.items()
            if connection.execute(select(table).limit(1)).first() is None
        ]


def facts_of(file: Path) -> list[str]:
    """What `verify` finds in a file, whatever state it is in."""
    engine = create_engine(f"sqlite:///{file}", execution_options={"compiled_cache": COMPILED})
    prepare_engine(engine)
    try:
        return all_found(engine)
    finally:
        engine.dispose()


def contents(file: Path) -> dict[str, Any]:
    """Every table as SQLite itself reads it; raises where it cannot."""
    connection = sqlite3.connect(file)
    connection.text_factory = bytes
    try:
        names = [row[0].decode() for row in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'")]  # fmt: skip
        found: dict[str, Any] = {
            "schema": sorted(
                connection.execute("SELECT type, name, sql FROM sqlite_master"), key=repr
            )
        }
        for name in names:
            cursor = connection.execute(f'SELECT * FROM "{name}"')
            columns = [column[0] for column in cursor.description]
            proven = [at for at, column in enumerate(columns) if not is_outside(name, column)]
            found[name] = sorted((tuple(row[at] for at in proven) for row in cursor), key=repr)
        return found
    finally:
        connection.close()


def flip_bits(file: Path, seed: int, flips: int) -> Counter[str]:
    """Flip one bit of a copy at a time: found, or nothing that is proven has changed."""
    before, counts = contents(file), Counter[str]()
    whole = file.read_bytes()
    chance = Random(f"flips {seed}")
    copy = file.with_name(f"flipped-{os.getpid()}.db")
    for _ in range(flips):
        place, bit = chance.randrange(len(whole)), chance.randrange(8)
        copy.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1 :])
        for beside in ("-wal", "-shm"):
            copy.with_name(copy.name + beside).unlink(missing_ok=True)
        try:
            changed = contents(copy) != before
        except (sqlite3.DatabaseError, UnicodeDecodeError):
            changed = True
        facts = facts_of(copy)
        counts["found" if facts else "nothing proven changed"] += 1
        assert facts or not changed, f"seed {seed}: byte {place}, bit {bit} changed and not found"
    copy.unlink(missing_ok=True)
    return counts


def swap_entries(engine: Engine, bank_id: int, seed: int, times: int) -> int:
    """Let two entries, with their legs, change places."""
    chance = Random(f"swap {seed}")
    with Session(engine) as session:
        last = ledger.head_seq(session, bank_id)
        for _ in range(times):
            one, other = chance.sample(range(1, last + 1), 2)
            for table in ("leg", "seal", "entry"):
                for old, new in ((one, -1), (other, one), (-1, other)):
                    move = (
                        f"UPDATE {table} SET seq = {new} WHERE bank_id = {bank_id} AND seq = {old}"
                    )
                    session.connection().exec_driver_sql(move)
            assert found_in(session, bank_id), f"entries {one} and {other} swapped, not found"
            session.rollback()
    return times


def cut_tails(engine: Engine, bank_id: int, most: int) -> int:
    """Take the newest entries away, with seals and legs, and set the head back."""
    with Session(engine) as session:
        last = ledger.head_seq(session, bank_id)
        for gone in range(1, most + 1):
            run = session.connection().exec_driver_sql
            for table in ("leg", "seal", "entry"):
                run(f"DELETE FROM {table} WHERE bank_id = {bank_id} AND seq > {last - gone}")
            assert found_in(session, bank_id), f"{gone} entries cut off, not found"
            run(f"UPDATE bank_head SET head_seq = {last - gone}, head_hash = (SELECT hash FROM seal"
                f" WHERE bank_id = {bank_id} AND seq = {last - gone}) WHERE bank_id = {bank_id}")  # fmt: skip
            assert found_in(session, bank_id), f"{gone} entries cut off with the head, not found"
            session.rollback()
    return most


def rewrite(session: Session, bank_id: int, from_seq: int) -> None:
    """Write the chain anew from an entry on, by somebody who knows all of this program.

    The entry gets another key; every later seal is worked out again, and the head.
    """
    run = session.connection().exec_driver_sql
    run(
        f"UPDATE entry SET idem_key = idem_key || '-x' WHERE bank_id = {bank_id} AND seq = {from_seq}"
    )
    link = FIRST_HASH
    for entry in ledger.entries(session, bank_id, limit=1_000_000):
        columns = Columns(
            bank_id, entry.seq, entry.kind, entry.effective_on, entry.occurred_on,
            _ms(session, bank_id, entry.seq), entry.idem_key, entry.request_hash, entry.actor_id,
            entry.approver_id, entry.reverses_seq, entry.resolves_seq, canonical_json(entry.body),
        )  # fmt: skip
        legs = [LegColumns(*leg) for leg in entry.legs]
        sealed = seal_hash(link, columns, legs)
        values = {"p": link, "h": sealed, "bank": bank_id, "seq": entry.seq}
        session.execute(_RESEAL, values)
        link = sealed
    session.execute(_NEW_HEAD, {"h": link, "bank": bank_id})


def _ms(session: Session, bank_id: int, seq: int) -> int:
    asked = text("SELECT recorded_ms FROM entry WHERE bank_id = :bank AND seq = :seq")
    return int(session.execute(asked, {"bank": bank_id, "seq": seq}).scalar_one())


_RESEAL = text("UPDATE seal SET prev_hash = :p, hash = :h WHERE bank_id = :bank AND seq = :seq")
_NEW_HEAD = text("UPDATE bank_head SET head_hash = :h WHERE bank_id = :bank")


def rewrite_and_tell(engine: Engine, bank_id: int, seed: int, times: int) -> int:
    """A chain written anew is true in itself; every paper from then on tells, none from before."""
    chance = Random(f"rewrite {seed}")
    with Session(engine) as session:
        last = ledger.head_seq(session, bank_id)
        papers = [
            Witness("bank", seq, (ledger.find_seal(session, bank_id, seq) or "")[:8])
            for seq in range(1, last + 1)
        ]
        for _ in range(times):
            start = chance.randint(2, last)
            rewrite(session, bank_id, start)
            assert found_in(session, bank_id) == [], "written anew by the book: true in itself"
            assert witness_faults(session, bank_id, papers[: start - 1]) == []
            told = witness_faults(session, bank_id, papers[start - 1 :])
            assert len(told) == last - start + 1, (start, told[:3])
            session.rollback()
        beyond = Witness("bank", last + 1, "0" * 8)
        [cut] = witness_faults(session, bank_id, [beyond])
        assert "tail" in cut
    return times


def clean_runs(seed: int, banks: int, days: int) -> int:
    """Banks with a history of their own, none of them touched: no difference in any."""
    with lived_in(seed, days, banks, 1.0) as file:
        assert facts_of(file) == [], f"seed {seed}"
    return banks


def _edit_job(seed: int, rounds: int, _number: int) -> Counter[str]:
    with lived_in() as file:
        engine = create_engine(f"sqlite:///{file}")
        take_guards_down(engine)
        return edit_columns(engine, seed, rounds)


def _flip_job(seed: int, flips: int) -> Counter[str]:
    with lived_in() as file:
        return flip_bits(file, seed, flips)


def _clean_job(seed: int) -> int:
    return clean_runs(seed, banks=20, days=20)


def long(options: Any) -> None:
    """All of it on SQLite, shared out over the cores; edits and flips on PostgreSQL too."""
    jobs = os.cpu_count() or 1
    shares = range(options.seed, options.seed + jobs)
    rounds, flips = options.rounds or 500, options.flips
    with ProcessPoolExecutor(max_workers=jobs) as pool:
        total: Counter[str] = Counter()
        for counts in pool.map(partial(_edit_job, rounds=-(-rounds // jobs), _number=0), shares):
            total += counts
        print(f"sqlite: {_told(total)}", flush=True)
        flipped: Counter[str] = Counter()
        for counts in pool.map(partial(_flip_job, flips=-(-flips // jobs)), shares):
            flipped += counts
        print(f"{flipped.total()} bits flipped: {dict(flipped)}", flush=True)
        clean = sum(pool.map(_clean_job, range(options.seed, options.seed + options.clean // 20)))
        print(f"{clean} clean runs, no false alarm", flush=True)
    with heap.lived_in_cluster(SEED, DAYS) as at:
        engine = create_engine(normal_url(at.url))
        take_guards_down(engine)
        print(f"postgresql: {_told(edit_columns(engine, options.seed, rounds))}", flush=True)
        engine.dispose()
    with heap.lived_in_cluster() as at:
        found = heap.flip_heap_bits(at, options.seed, options.flips)
        print(f"postgresql: {options.flips} bits flipped: {dict(found)}", flush=True)
    with lived_in() as file:
        engine = create_engine(f"sqlite:///{file}")
        take_guards_down(engine)
        print(f"{swap_entries(engine, 1, options.seed, 100)} pairs swapped, all found")
        print(f"{cut_tails(engine, 1, 50)} tails cut, all found")
        print(
            f"{rewrite_and_tell(engine, 1, options.seed, 20)} chains written anew, told by papers"
        )


def _told(counts: Counter[str]) -> str:
    edits = counts.total() - counts[REFUSED]
    columns = len(counts.keys() - {REFUSED})
    return f"{edits} edits of {columns} columns, all found; {counts[REFUSED]} refused"
