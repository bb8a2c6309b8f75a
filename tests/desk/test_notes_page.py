"""The page of what waits, with a card of every kind: nothing to complain of, wide or narrow."""

from datetime import date

import pytest
from playwright.sync_api import BrowserContext

from banksampah.db import transaction
from banksampah.members.service import close_member, merge_members
from tests.desk.phones import saved
from tests.desk.test_deciding import BARU, treasurer  # noqa: F401
from tests.desk.test_releasing import refused  # noqa: F401
from tests.desk.test_typing import odd  # noqa: F401
from tests.engines import in_the_browser
from tests.factories import make_member, set_price
from tests.screens.test_every_page import AXE, RULES, TOO_WIDE

CARDS = 10


@in_the_browser
@pytest.mark.usefixtures("refused")
def test_cards_of_every_kind_stand_on_a_phone_and_a_desk(
    app, bank, phone, kardus, siti, treasurer, act, eyes, port, odd  # noqa: F811
):  # fmt: skip
    with app.app_context(), transaction(bank.bank_id) as inner:
        set_price(inner, act(), kardus, 2_000, date(2026, 11, 20))
        closed = make_member(inner, act(), "Tutup Sudah")
        close_member(inner, act(), member_id=closed.id)
        twice, kept = make_member(inner, act(), "Dua Kali"), make_member(inner, act(), "Dua K")
        merge_members(inner, act(), from_id=twice.id, into_id=kept.id)
    phone.send(
        odd,
        phone.record(siti, (kardus, 1_350, 1_800), (kardus, 700, 2_000)),
        phone.record(siti, (kardus, 2_000, 1_800)) | {"total_idr": 7_777},
        phone.record(siti, (kardus, 3_000, 1_801)),
        phone.record(BARU, (kardus, 3_000, 2_000)),
        phone.record(closed, (kardus, 4_000, 2_000)),
        phone.record(twice, (kardus, 5_000, 2_000)),
        phone.record(siti, (kardus, 1_350, 1_800), session=None),
        phone.record(siti, (kardus, 1_350, 1_800)) | {"member": {"id": siti.id, "number": "0777"}},
    )

    def look(context: BrowserContext) -> list[object]:
        page = context.new_page()
        page.goto(f"/b/{bank.slug}/perlu-dilihat")
        assert page.locator("section.sheet").count() == CARDS
        page.evaluate(AXE)
        wrong: list[object] = []
        for width in (320, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            wrong += ["too wide"] if page.evaluate(TOO_WIDE) else []
            wrong += [found["id"] for found in page.evaluate(RULES)["violations"]]
        return wrong

    address = f"http://127.0.0.1:{port}"
    assert eyes.look(look, treasurer.key, address, bypass_csp=True) == []


@in_the_browser
def test_enter_after_a_number_matches_and_opens_no_account(
    app, bank, phone, kardus, siti, treasurer, eyes, port  # noqa: F811
):  # fmt: skip
    phone.send(phone.record(BARU, (kardus, 1_000, 1_800)))

    def match(context: BrowserContext) -> None:
        page = context.new_page()
        page.goto(f"/b/{bank.slug}/perlu-dilihat")
        page.get_by_label("Nomor nasabah").fill(siti.number)
        page.get_by_label("Nomor nasabah").press("Enter")
        page.get_by_text("Keputusan disimpan.").wait_for()

    eyes.look(match, treasurer.key, f"http://127.0.0.1:{port}")
    assert saved(app, bank, siti) == 1_800
