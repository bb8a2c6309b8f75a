"""The books are put back from a backup: the phone tells anew what it had been told was safe."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.desk.journey import home, tap
from tests.desk.phones import Phone
from tests.desk.stall import Stall, online, put, sent, weigh

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What is put back is a file, while the service runs: the phone does not know how it was done."""

STATES = """import("/static/desk/state.js").then(async ({ state }) =>
  (await state.store.outbox()).map((row) => [row.number, row.state, !!row.record.cancelled]))"""


def copied(source: Path, target: Path) -> None:
    """Every page of a database, into another file: also into one that is in use."""
    with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(target)) as there:
        here.backup(there)


def sent_again(page: Page) -> int:
    """How often the phone sends when it hears from the books."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with page.expect_response("**/kabar?**"):
        online(page)
    sent(page)
    return sum(address.endswith("/kirim") for address in asked)


def test_a_cancellation_and_its_replacement_outlive_a_restore(
    stall: Stall, database_url: str, tmp_path: Path
) -> None:
    file, backup = Path(database_url.removeprefix("sqlite:///")), tmp_path / "backup.db"

    def work(context: BrowserContext) -> None:
        page = stall.open_desk(context)
        weigh(page, "1", ("Besi", "10"))
        sent(page)
        copied(file, backup)
        tap(page, "Batalkan setoran")
        tap(page, "Salah berat")
        put(page, "Besi", "1")
        page.locator("#simpan").click()
        page.locator(".band.done").wait_for()
        sent(page)
        assert stall.saved(0) == 3_800
        copied(backup, file)
        assert stall.saved(0) == 38_000
        assert sent_again(page) == 1
        assert stall.saved(0) == 3_800
        assert page.evaluate(STATES) == [[2, "terkirim", False], [1, "terkirim", True]]
        home(page)
        sent_again(page)  # what became of them in the books may be asked for once more
        assert sent_again(page) == 0

    stall.use(work)


def test_the_books_are_known_by_their_entries_and_by_what_phones_sent(
    phone: Phone, siti: Any, kardus: Any
) -> None:
    """What is held is in no entry."""

    def hear(era: str = "") -> Any:
        return phone.browser.get("/timbang/kabar", epoch=1, era=era).json

    before = hear()["era"]
    phone.send(phone.record(siti, (kardus, 1_000, 1_801)))
    after = hear()["era"]
    seq, seal, number, content = after.split("-")
    assert before != after and before.startswith(f"{seq}-{seal}-")
    assert [hear(era)["restored"] for era in ("", before, after)] == [False] * 3
    other = "0" * 12
    for told in (
        f"{int(seq) + 1}-{seal}-{number}-{content}", f"{seq}-{other}-{number}-{content}",
        f"{seq}-{seal}-{int(number) + 1}-{content}", f"{seq}-{seal}-{number}-{other}",
    ):  # fmt: skip
        assert hear(told)["restored"], told
