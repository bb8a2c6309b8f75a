"""Two pages of one phone: each keeps what it has in hand, and what one leaves is found by the next."""

from typing import Any

from playwright.sync_api import BrowserContext, Page

from tests.desk.journey import STATE, home, tap
from tests.desk.stall import Stall, choose, keys, online, put, reload, sent
from tests.desk.test_drafts import save, typing
from tests.desk.test_slips import until
from tests.engines import in_the_browser

pytestmark = in_the_browser

SLOW = f"""import{STATE}.then(({{ store }}) => {{ const get = store.get.bind(store);
  store.get = async (name) => {{ const kept = await get(name); await new Promise((go) => setTimeout(go, 1500)); return kept; }}; }})"""
"""Long enough for another page to come between what is read and what is written."""


KEPT = f"""import{STATE}.then(async ({{ store, draft }}) => [await store.get("draf") ?? []].flat().some(
  ({{ id, lines, now }}) => id === draft.id && JSON.stringify(lines) === JSON.stringify(draft.lines) && !now?.id))"""


def leave(page: Page) -> None:
    """Close it when its goods are kept: a moment after they are on the screen."""
    until(page, KEPT)
    page.close()


def second_page(stall: Stall, context: BrowserContext) -> Page:
    page = context.new_page()
    page.goto(f"/b/{stall.bank.slug}/timbang")
    page.locator(".back").wait_for()
    return page


def test_each_page_keeps_what_is_typed_in_it(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        first = stall.open_desk(context)
        second = second_page(stall, context)
        for page, member, material, weight in (
            (first, "7", "Besi", "10,5"), (second, "8", "Kardus", "3"),
        ):  # fmt: skip
            choose(page, member)
            page.locator(".tile", has_text=material).click()
            keys(page, weight)
        keys(first, "5")
        for page, material, weight in ((first, "Besi", "10,55"), (second, "Kardus", "3")):
            reload(page)
            assert typing(page)[:2] == (material, weight)
        assert "Warga 0. 0007" in first.locator("header p").inner_text()
        assert "Warga 0. 0008" in second.locator("header p").inner_text()
        for page, number in ((first, "12"), (second, "11")):
            home(page)
            page.locator("#nomor").fill(number)
        reload(first)
        assert first.locator("#nomor").input_value() == "12"

    stall.use(work)


LEFT = f"""import{STATE}.then(({{ store }}) => store.set("draf", (kept) => [...kept, ...Array.from({{ length: 10 }},
  (_one, n) => ({{ page: `lain-${{n}}`, id: `${{n}}`, root: `${{n}}`, lines: {{}}, order: n % 2 ? [1] : [] }}))]))"""
KEPT = f"""import{STATE}.then(({{ store }}) => store.get("draf")).then((kept) =>
  kept.map((draft) => [draft.page, draft.order?.length ?? 0]))"""


def test_goods_of_many_pages_stay_and_empty_tables_do_not_pile_up(stall: Stall) -> None:
    def work(context: BrowserContext) -> list[Any]:
        page = stall.open_desk(context)
        keys(page, "1")
        page.evaluate(LEFT)
        keys(page, "23")
        return list(page.evaluate(KEPT))

    kept = stall.use(work)
    pages = [page for page, _count in kept]
    assert len(pages) == len(set(pages))  # each once: its newest
    assert [page for page, count in kept if count] == [f"lain-{n}" for n in (1, 3, 5, 7, 9)]
    assert 1 <= len(kept) - 5 <= 4


def test_goods_of_pages_that_are_gone_are_found_one_after_the_other(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        first = stall.open_desk(context)
        second = second_page(stall, context)
        for page, member in ((first, "7"), (second, "8")):
            choose(page, member)
            put(page, "Kardus", member)
            page.locator("#simpan").wait_for()
            leave(page)
        for _each in range(2):
            page = second_page(stall, context)
            page.locator(".tile.on").wait_for()
            save(page)
            page.close()
        page = second_page(stall, context)
        page.locator("#nomor").wait_for()
        sent(page, lambda: online(page))

    stall.use(work)
    assert sorted(taken.weight_g for taken in stall.taken()) == [7_000, 8_000]


def test_goods_that_were_cleared_are_not_found_again(stall: Stall) -> None:
    """The page that left them is gone; another one has found them and put others in their place."""

    def work(context: BrowserContext) -> None:
        first = stall.open_desk(context)
        choose(first, "7")
        put(first, "Kardus", "7")
        first.locator("#simpan").wait_for()
        leave(first)
        second = second_page(stall, context)
        second.locator(".tile.on").wait_for()
        second.locator(".back").click()
        choose(second, "8")
        tap(second, "Hapus, lalu timbang")
        put(second, "Besi", "1")
        save(second)
        second.close()
        second_page(stall, context).locator("#nomor").wait_for()

    stall.use(work)


def test_two_newcomers_at_once_have_two_numbers(stall: Stall) -> None:
    def work(context: BrowserContext) -> list[str]:
        pages = [stall.open_desk(context), second_page(stall, context)]
        for page in pages:
            tap(page, "Warga baru")
            page.locator("#nama-baru").fill("Bu Sri")
        pages[0].evaluate(SLOW)
        for page in pages:
            page.locator("#dok button").click()
        for page in pages:
            page.locator("#simpan").wait_for()
        return [page.locator("header p").inner_text()[:4] for page in pages]

    assert sorted(stall.use(work)) == ["T-01", "T-02"]


def test_two_pages_have_one_session(stall: Stall) -> None:
    """Both stood at "Mulai sesi" when the first one began it."""

    def work(context: BrowserContext) -> None:
        pages = [context.new_page() for _page in range(2)]
        for page in pages:
            page.goto(f"/b/{stall.bank.slug}/timbang")
            page.get_by_role("button", name="Mulai sesi").wait_for()
        for page in pages:
            page.bring_to_front()
            tap(page, "Mulai sesi")
            page.locator("button.line").first.wait_for()
        pages[0].evaluate(SLOW)  # the other one's begins and is kept meanwhile
        for page in pages:
            page.locator("button.line").first.click()
        for page in pages:
            page.locator("#nomor").wait_for()
        pages[0].evaluate(f"import{STATE}.then(({{ store }}) => {{ delete store.get; }})")
        for page, member in zip(pages, "12", strict=True):
            choose(page, member)
            put(page, "Besi", "1")
            save(page)
        pages[0].reload()
        pages[0].locator("#nomor").wait_for()
        tap(pages[0], "Riwayat sesi")
        pages[0].locator(".hist").nth(1).wait_for()
        sent(pages[0], lambda: online(pages[0]))

    stall.use(work)
    assert len({taken.session_code for taken in stall.taken()}) == 1
    assert stall.taken()[0].session_code.endswith("-A")
