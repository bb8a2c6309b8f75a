"""A backup is put back: nobody is let in by what was signed in then, and what was closed since is told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from banksampah import create_app
from banksampah.cli import main
from banksampah.config import Settings
from banksampah.db import db, normal_url, transaction
from banksampah.ledger import Act
from banksampah.members.service import open_session, set_pin
from banksampah.staff.journal import INSTALLATION
from banksampah.staff.watch import note
from tests.factories import make_member
from tests.people import Browser


def run(*words: str) -> str:
    done = CliRunner().invoke(main, list(words))
    assert done.exit_code == 0, done.output
    return done.output


@contextmanager
def served(browser: Browser, url: str) -> Iterator[None]:
    """The browser is at the service of the database at *url*."""
    app = create_app(Settings(database_url=url, secret_key="test" * 8, testing=True))
    browser.app = browser.client.application = app
    with app.app_context():
        yield
        db.session.close()
        db.engine.dispose()


def test_everybody_signs_in_anew_and_what_was_closed_since_is_told(
    bank: Any, session: Session, act: Callable[..., Act], sign_in: Callable[..., Browser],
    database_url: str, elsewhere: str, tmp_path: Path,
) -> None:  # fmt: skip
    with transaction(bank.bank_id) as writing:
        siti = make_member(writing, act())
        set_pin(writing, act(), member_id=siti.id, pin="493817")
        open_session(writing, siti, act().at)
        member_id = siti.id
    session.rollback()
    browser = sign_in("treasurer")
    assert browser.get("/nasabah").status_code == 200
    file = str(tmp_path / "b")
    run("backup", file, "--database", database_url)

    assert "AGAIN" not in run("restore", file, "--database", elsewhere)
    engine = create_engine(normal_url(elsewhere))
    with engine.connect() as connection:
        for table in ("staff_session", "member_session"):
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 0
    engine.dispose()
    with served(browser, elsewhere):
        assert browser.get("/nasabah").status_code == 303
        browser.sign_in()
        assert browser.get("/nasabah").status_code == 200
        with transaction(bank.bank_id) as writing:
            set_pin(writing, act(), member_id=member_id, pin="739164")

        with transaction(INSTALLATION):
            note("code.recovery_renewed", user_id=browser.user.user_id)
            note("region.taken", user_id=browser.user.user_id, kelurahan="Jatiluhur")

    run("user", "disable", browser.user.login, "--database", elsewhere)
    told = run("restore", file, "--database", elsewhere, "--overwrite")
    assert f"user.disabled {browser.user.login} {{}}" in told
    assert f'member.pin {{"member_id":{member_id}}}' in told
    assert f"code.recovery_renewed {browser.user.login} {{}}" in told
    assert f'region.taken {browser.user.login} {{"kelurahan":"Jatiluhur"}}' in told
    assert told.count("AGAIN") == 4
    with served(browser, elsewhere):
        assert browser.get("/nasabah").status_code == 303
