"""One file of cases, two languages: the phone and the books read and write figures alike."""

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g
from playwright.sync_api import BrowserContext

from banksampah import clock, codes, money
from banksampah.desk.island import STATIC
from banksampah.desk.wording import words
from banksampah.members.queries import find_member_by_number
from banksampah.web import filters
from tests.desk.stall import Stall
from tests.engines import in_the_browser
from tests.factories import make_member

pytestmark = in_the_browser

GOLDEN = json.loads((Path(__file__).parent / "golden.json").read_text())
UNITS = {"kg": "G", "pcs": "PCS", "litre": "ML"}
CASES_MIN = 200


def readings(read: Callable[[str], int], text: str) -> list[int]:
    """What *text* may mean: one number, two that are asked, or nothing."""
    try:
        return [read(text)]
    except money.Unreadable as problem:
        return [read(typed) for _label, typed in problem.readings]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def written(text: str, zone: str) -> list[str]:
    """The day, the day in a table and the hour, by a bank's clock."""
    g.zone = zone
    at = instant(text)
    return [clock.day_in(zone, at).isoformat(), filters.tanggal_pendek(at), filters.jam(at)]


PYTHON: dict[str, Callable[..., Any]] = {
    "weight": lambda text: readings(money.parse_weight_g, text),
    "pieces": lambda text: readings(money.parse_pieces, text),
    "rupiah": money.format_idr,
    "kg": money.format_kg,
    "amount": filters.banyak,
    "value": lambda quantity, price, unit: money.value_idr(quantity, price, UNITS[unit]),
    "share": money.share_idr,
    "instant": written,
    "written_instant": lambda text, minutes: (
        instant(text).astimezone(timezone(timedelta(minutes=minutes))).isoformat()
    ),
    "receipt": codes.phone_number,
}

ASK_SCRIPTS = """async (golden) => {
  const n = await import("/static/desk/numbers.js");
  const { Book } = await import("/static/desk/book.js");
  const { reading } = await import("/static/desk/reader.js");
  const words = { pieces: "buah", litres: "liter" };
  const book = (number) => new Book({ members: [[1, number]], materials: [], shares: [] });
  const ask = {
    weight: n.thousandths, pieces: n.pieces, rupiah: n.rupiah, kg: n.whole,
    amount: (quantity, unit) => n.amount(quantity, unit, words), value: n.valueOf, share: n.shareOf,
    instant: (text, zone) => {
      const day = n.dayOf(Date.parse(text), zone);
      return [day, n.dayInTable(day), n.clock(Date.parse(text), zone)];
    },
    written_instant: (text, minutes) => n.localInstant(new Date(text), minutes),
    receipt: n.receiptNumber, member: (typed, number) => Boolean(book(number).member(typed)), scale: reading,
  };
  return Object.fromEntries(Object.entries(ask).map(([kind, of]) => [kind, golden[kind].map(([given, count]) => of(...given))]));
}"""


def cases(kind: str) -> list[tuple[list[Any], Any]]:
    """(what is given, what is answered) of each case of a kind."""
    answers = 3 if kind == "instant" else 1
    return [(row[:-answers], row[-answers:] if answers > 1 else row[-1]) for row in GOLDEN[kind]]


KINDS = [kind for kind in GOLDEN if kind != "about"]


@pytest.mark.parametrize("kind", PYTHON)
def test_the_books_answer_so(app: Flask, kind: str) -> None:
    with app.test_request_context():
        found = [(given, PYTHON[kind](*given)) for given, _answer in cases(kind)]
    assert found == cases(kind)


def test_the_books_find_a_member_so(session: Any, bank: Any, act: Any) -> None:
    for number in sorted({given[1] for given, _found in cases("member")}):
        make_member(session, act(), number=number)
    for (typed, number), is_found in cases("member"):
        found = find_member_by_number(session, bank.bank_id, typed)
        assert (found is not None and found.number == number) == is_found, typed


def test_the_phone_answers_so(stall: Stall) -> None:
    assert sum(len(cases(kind)) for kind in KINDS) >= CASES_MIN
    given = {kind: [[row] for row, _answer in cases(kind)] for kind in KINDS}

    def work(context: BrowserContext) -> dict[str, list[Any]]:
        page = context.new_page()
        page.goto(f"/b/{stall.bank.slug}/timbang")
        return dict(page.evaluate(ASK_SCRIPTS, given))

    told = stall.use(work)
    for kind in KINDS:
        assert told[kind] == [answer for _given, answer in cases(kind)], kind


OTHER_ORDER = """Object.defineProperty(Intl.DateTimeFormat.prototype, "format", {
  get() { return () => "11/21/2026, 9:05 PM"; } })"""
"""A browser that puts the parts of a date together in its own way, as Chrome 110 did for Canada."""


def test_dates_are_the_same_in_a_browser_that_writes_them_otherwise(stall: Stall) -> None:
    given = {kind: [[row] for row, _answer in cases(kind)] for kind in KINDS}

    def work(context: BrowserContext) -> list[Any]:
        context.add_init_script(OTHER_ORDER)
        page = context.new_page()
        page.goto(f"/b/{stall.bank.slug}/timbang")
        return list(page.evaluate(ASK_SCRIPTS, given)["instant"])

    assert stall.use(work) == [answer for _given, answer in cases("instant")]


SCRIPTS = "".join(path.read_text() for path in sorted((STATIC / "desk").glob("*.js")))
SPOKEN = re.compile(r'\b(?:say|act|look|offer)\(\s*"(\w+)"|say\([^"()]*\? "(\w+)" : "(\w+)"')
PREFIXES = ("note_", "per_", "scale_")


def test_every_word_the_scripts_say_is_there_and_no_other(app: Flask) -> None:
    with app.test_request_context():
        there = set(words())
    said = {key for found in SPOKEN.findall(SCRIPTS) for key in found if key}
    assert said - there == set()
    idle = {key for key in there if not key.startswith(PREFIXES) and not names(key)}
    assert idle == set()


def names(key: str) -> bool:
    """Whether a script has *key* as a word of its own."""
    return re.search(rf'["`]{key}["`]|WORDS\.{key}\b|words\.{key}\b', SCRIPTS) is not None
