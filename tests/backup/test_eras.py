"""A backup is put back: each phone hears it from the books, and what it had told comes in anew."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy.orm import Session

from banksampah import create_app
from banksampah.cli import main
from banksampah.config import Settings
from banksampah.db import db
from banksampah.ledger import Act
from tests.desk.phones import Phone, saved
from tests.factories import make_member, priced_material
from tests.people import Browser


def run(*words: str) -> None:
    done = CliRunner().invoke(main, list(words))
    assert done.exit_code == 0, done.output


def send(phone: Phone, *records: dict[str, Any]) -> str:
    """The mark that the books tell with their answer."""
    answer = phone.post("/timbang/kirim", {"records": list(records), "unsent": 0})
    return str(answer.json["era"])


def greet(phone: Phone, era: str) -> tuple[bool, str]:
    """Whether the books lost something since they told this mark; and their mark now."""
    news = phone.browser.get("/timbang/kabar", epoch=phone.epoch, era=era)
    assert news.status_code == 200, news.text
    return news.json["restored"], news.json["era"]


def test_a_phone_hears_that_books_were_put_back_until_it_says_that_it_has(
    bank: Any, session: Session, act: Callable[..., Act], sign_in: Callable[..., Browser],
    database_url: str, elsewhere: str, tmp_path: Path,
) -> None:  # fmt: skip
    kardus = priced_material(session, act(), "KT1", "Kardus", 1_800)
    siti = make_member(session, act())
    session.commit()
    phone = Phone(sign_in("operator"), act)
    booked = phone.record(siti, (kardus, 1_000, 1_800))
    held = phone.record(siti, (kardus, 1_000, 1_801))
    before = send(phone, booked, held)
    assert greet(phone, "") == (False, before)  # a desk that never heard a mark
    run("backup", str(tmp_path / "b"), "--database", database_url)
    back = {"cancelled": {"at": "2026-11-21T09:00:00+07:00", "reason": "double"}}
    without_entry = send(phone, held | back)
    after = send(phone, booked | back)
    without_record = "-".join(after.split("-")[:2] + before.split("-")[2:])
    assert len({before, without_entry, after}) == 3
    assert [greet(phone, era)[0] for era in (before, without_entry, after)] == [False] * 3

    run("restore", str(tmp_path / "b"), "--database", elsewhere)
    app = create_app(Settings(database_url=elsewhere, secret_key="test" * 8, testing=True))
    phone.browser.app = phone.browser.client.application = app
    phone.browser.sign_in()  # the restore ended all sessions; the phone keeps its key
    assert greet(phone, before) == (False, before)  # nothing was told since
    for era in (without_entry, without_record, after, after):  # told until the phone has heard it
        assert greet(phone, era) == (True, before)
    assert saved(app, bank, siti) == 1_800
    anew = send(phone, booked | back, held | back)
    assert saved(app, bank, siti) == 0
    assert greet(phone, anew) == (False, anew)
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("era", ["x", "1-zz-1-aa", "1--1", "1-a-1-b\n", f"{10**19}--1-"])
def test_a_mark_that_is_none_is_refused(
    bank: Any, sign_in: Callable[..., Browser], act: Callable[..., Act], era: str
) -> None:
    phone = Phone(sign_in("operator"), act)
    assert phone.browser.get("/timbang/kabar", epoch=1, era=era).status_code == 400
