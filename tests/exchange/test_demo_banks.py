"""Every account of every demo bank, as hledger and Beancount add it up, is the ledger's."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from banksampah import create_app, ledger
from banksampah.banks.queries import all_banks
from banksampah.config import Settings
from banksampah.db import db, migrate, use_bank
from banksampah.demo.building import load
from banksampah.exchange import beancount, hledger
from banksampah.exchange.book import Span, entries_of
from banksampah.reports.queries.proof import prove_fully
from banksampah.web.kinds import KIND_NAMES
from tests.exchange.oracle import by_beancount, by_hledger, due, run, write

SLUGS = ("gerpesh-jitu", "berkah-bersama", "sedekah-tegalgede")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The three banks of seed 1, built once, on SQLite."""
    url = f"sqlite:///{tmp_path_factory.mktemp('demo') / 'bank.db'}"
    migrate(url)
    app = create_app(Settings(database_url=url, secret_key="demo" * 8, testing=True))
    with app.app_context():
        load(1)
    with app.app_context():
        yield app
        db.session.rollback()
        db.engine.dispose()


@pytest.mark.parametrize("slug", SLUGS)
def test_every_account_agrees(demo: Flask, tmp_path: Path, slug: str) -> None:
    session: Session = db.session
    bank_id = next(bank.bank_id for bank in all_banks(session) if bank.slug == slug)
    use_bank(session, bank_id)
    span = Span()
    for entry in entries_of(session, bank_id):
        span.add(entry.effective_on)
    first, *_between, last = span.closing_days()
    for_hledger = write(hledger.journal, tmp_path / "book.journal", bank_id)
    for_beancount = write(beancount.journal, tmp_path / "book.beancount", bank_id)
    checked = run("hledger", "-f", str(for_hledger), "check", "--strict")
    assert (checked.returncode, checked.stderr) == (0, "")
    for day in (first, last):
        ours = due(session, day, bank_id)
        assert by_hledger(for_hledger, day) == ours
        assert by_beancount(for_beancount, day) == ours
    assert set(due(session, last, bank_id)) >= {("Aset:1100-Kas", "IDR")}
    assert ledger.head_seq(session, bank_id) > 500


@pytest.mark.parametrize("slug", SLUGS)
def test_every_demo_bank_is_proven(demo: Flask, slug: str) -> None:
    session: Session = db.session
    bank_id = next(bank.bank_id for bank in all_banks(session) if bank.slug == slug)
    use_bank(session, bank_id)
    proof = prove_fully(session, bank_id)
    assert [check.name for check in proof.checks if not check.ok] == []
    assert proof.faults == ()
    kinds = {entry.kind for entry in entries_of(session, bank_id)}
    assert kinds <= set(KIND_NAMES)
