"""A share that begins on the opening day is on a phone that was prepared the day before."""

from datetime import date, timedelta
from typing import Any

from playwright.sync_api import BrowserContext

from banksampah import clock
from banksampah.catalog.queries import share_on
from banksampah.catalog.service import set_share_rule
from banksampah.db import transaction
from banksampah.desk.snapshot import DAYS_AHEAD
from banksampah.members.models import DELIVERIES, KINDS
from banksampah.money import share_idr
from tests.desk.stall import Stall
from tests.engines import in_the_browser

VALUE_IDR = 9_999
RULES: list[tuple[int, int | None, dict[str, str]]] = [
    (-3, 900_000, {}),
    (1, 850_000, {"account_kind": "household"}),
    (5, 500_000, {"account_kind": "household", "delivery": "fetched"}),
    (9, None, {"account_kind": "household"}),
    (9, 700_000, {}),
    (DAYS_AHEAD, 0, {"account_kind": "group"}),
    (DAYS_AHEAD + 1, 100_000, {"account_kind": "group"}),
]
"""From how many days after today, the share, and for whom."""

CREDITED = """async ([base, days, kinds, deliveries, value]) => {
  const { Book } = await import("/static/desk/book.js");
  const kept = await (await fetch(`${base}/bekal`)).json();
  const members = kinds.flatMap((kind) => deliveries.map((delivery) => ({ kind, delivery })));
  return days.map((day) => {
    const book = new Book(kept, {});
    Object.defineProperty(book, "today", { value: day });
    return members.map((member) => book.credited([{ value_idr: value }], member));
  });
}"""


def set_rules(app: Any, bank: Any, act: Any) -> date:
    """The day that it is."""
    today = clock.day_in(bank.zone, clock.now_utc())
    with app.app_context(), transaction(bank.bank_id) as session:
        for days, share_ppm, whose in RULES:
            day = today + timedelta(days=days)
            set_share_rule(session, act(), share_ppm=share_ppm, valid_from=day, **whose)
    return today


def test_shares_of_the_next_thirty_days_are_told(app: Any, bank: Any, phone: Any, act: Any) -> None:
    told = phone.browser.get("/timbang/bekal").json
    assert told["shares_to_come"] == []
    today = set_rules(app, bank, act)
    told = phone.browser.get("/timbang/bekal").json
    days = sorted({row[3] for row in told["shares_to_come"]})
    assert days == [str(today + timedelta(days=ahead)) for ahead in (1, 5, 9, DAYS_AHEAD)]
    assert ["household", "brought", 900_000] in told["shares"]
    assert ["household", "brought", 850_000, days[0]] in told["shares_to_come"]
    assert ["household", "brought", 700_000, days[2]] in told["shares_to_come"]


@in_the_browser
def test_phone_and_books_credit_the_same_on_every_day(stall: Stall, act: Any) -> None:
    today = set_rules(stall.app, stall.bank, act)
    days = [today + timedelta(days=ahead) for ahead in range(DAYS_AHEAD + 1)]

    def work(context: BrowserContext) -> Any:
        page = stall.open_desk(context)
        base = f"/b/{stall.bank.slug}/timbang"
        return page.evaluate(CREDITED, [base, [*map(str, days)], KINDS, DELIVERIES, VALUE_IDR])

    found = stall.use(work)
    with stall.app.app_context(), transaction(stall.bank.bank_id) as session:
        books = [
            [
                share_idr(VALUE_IDR, share_on(session, stall.bank.bank_id, day, kind, delivery))
                for kind in KINDS
                for delivery in DELIVERIES
            ]
            for day in days
        ]
    assert found == books
    assert len({tuple(row) for row in books}) == 5
