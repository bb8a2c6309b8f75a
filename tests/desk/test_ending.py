"""A session is compared as often as one likes; it is over in the books when it is over on the phone."""

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from banksampah.db import db, use_bank
from banksampah.desk.models import WeighingSession
from tests.desk.journey import home, tap
from tests.desk.stall import Stall, online, sent, weigh
from tests.engines import in_the_browser
from tests.screens.conftest import until


def parts(app: Any, bank: Any) -> list[tuple[bool, int | None]]:
    """Of each session, whether it is closed, and how many deposits the phone counted."""
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        rows = db.session.query(WeighingSession).filter_by(bank_id=bank.bank_id)
        return [(row.closed_at is not None, row.phone_count) for row in rows]


@pytest.mark.parametrize(("told", "after"), [({"ends": False}, (False, None)), ({}, (True, 1))])
def test_comparing_ends_nothing_unless_a_desk_of_before_does_it(
    app: Any, bank: Any, phone: Any, siti: Any, kardus: Any, told: dict[str, Any], after: Any
) -> None:
    record = phone.record(siti, (kardus, 1_000, 1_800))
    phone.send(record)
    totals = {"deposits_count": 1, "weight_g": 1_000, "value_idr": 1_800, "last": 1}
    answer = phone.post("/timbang/tutup", totals | {"code": record["session"]} | told).json
    assert answer["agrees"] is True
    assert parts(app, bank) == [after]


def compare(page: Page) -> None:
    page.locator(".back").click()
    tap(page, "Tutup sesi")
    tap(page, "Bandingkan dengan buku")
    page.get_by_role("button", name="Selesai").wait_for()


@in_the_browser
def test_what_is_weighed_after_comparing_is_of_the_session(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        page = stall.open_desk(context)
        weigh(page, "1", ("Besi", "1"))
        sent(page)
        compare(page)
        home(page)
        weigh(page, "2", ("Besi", "2"))
        sent(page, lambda: online(page))
        assert parts(stall.app, stall.bank) == [(False, None)]
        compare(page)
        context.set_offline(True)
        tap(page, "Selesai")
        page.get_by_role("button", name="Mulai sesi").wait_for()
        assert parts(stall.app, stall.bank) == [(False, None)]
        context.set_offline(False)
        with page.expect_response("**/tutup"):
            online(page)
        until(
            page,
            "import('/static/desk/state.js').then(async ({ state }) => (await state.store.get('tutup')).length === 0)",
        )

    stall.use(work)
    assert parts(stall.app, stall.bank) == [(True, 2)]
    assert [row.notes for row in stall.taken()] == [[], []]
    page = stall.phone.browser.get("/hari-buka").text
    assert "Cocok" in page and "sesudah ditutup" not in page
