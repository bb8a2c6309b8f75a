"""What hands do: taps counted, the keypad's echo on a slow phone, a deposit by keyboard alone."""

from statistics import median

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.desk.stall import GOODS, Stall, choose, keys, sent, take, weigh
from tests.engines import in_the_browser

SLOWER = 6
ECHO_MS_MAX = 100
TABS_MAX = 40
TAP_S = 0.95
"""A tap of people between 67 and 81 on a phone: the tap model of experience.md 2 and 6 (target 2)."""
COUNT = "window.taps = 0; addEventListener('pointerdown', () => window.taps++, true)"
WATCH = """window.echoes = [];
new PerformanceObserver((list) => window.echoes.push(...list.getEntries().map((e) => [e.name, e.duration])))
  .observe({ type: "event", durationThreshold: 16 })"""
LISTED_FROM_MS = 16.0
OUT_OF_SIGHT = "(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector('#berat'))"
PRESSED = "performance.eventCounts.get('click')"


@pytest.mark.parametrize(("materials", "taps_max", "seconds_max"), [(3, 24, 25), (8, 54, 52)])
def test_taps_with_a_number(stall: Stall, materials: int, taps_max: int, seconds_max: int) -> None:
    goods = [(name, "2,35") for _code, name, _price, _family in GOODS[:materials]]

    def work(context: BrowserContext) -> int:
        page = stall.open_desk(context)
        page.evaluate(COUNT)
        weigh(page, "123", *goods)
        page.get_by_role("button", name="Nasabah berikutnya").click()
        page.locator("#nomor").wait_for()
        taps = int(page.evaluate("window.taps"))
        sent(page)
        return taps

    taps = stall.use(work)
    assert taps <= taps_max
    assert taps * TAP_S <= seconds_max
    assert stall.saved(122) == sum(
        (2_350 * price + 500) // 1_000 for _c, _n, price, _f in GOODS[:materials]
    )


def places(page: Page, typed: str) -> set[int]:
    """Where on the page the middle key stands before *typed* and after each of its keys."""

    def place() -> int:
        return int(page.locator(".key", has_text="5").evaluate("key => key.offsetTop"))

    found = {place()}
    for key in typed:
        keys(page, key)
        found.add(place())
    return found


@in_the_browser
@pytest.mark.parametrize("width", [320, 360])
@pytest.mark.parametrize("letters", ["", "besar"])
def test_the_keypad_stays_under_the_thumb(stall: Stall, letters: str, width: int) -> None:
    """Neither a household that is found nor a long sum moves its keys, in large letters too; and
    every digit is in sight."""

    def work(context: BrowserContext) -> list[int]:
        page = stall.open_desk(context)
        page.set_viewport_size({"width": width, "height": 640})
        page.evaluate("(kind) => { document.documentElement.className = kind; }", letters)
        for_whom = places(page, "123")
        take(page, "#lanjut")
        page.locator(".tile", has_text="Aluminium").click()
        for_weight = places(page, "112,345")
        return [len(for_whom), len(for_weight), int(page.evaluate(OUT_OF_SIGHT))]

    assert stall.use(work) == [1, 1, 0]


@in_the_browser
def test_the_keypad_answers_at_once_on_a_slow_phone(stall: Stall) -> None:
    """From the finger to the next picture, as the browser itself measures it."""

    def work(context: BrowserContext) -> list[float]:
        page = stall.open_desk(context)
        choose(page, "1")
        page.locator(".tile", has_text="Besi").click()
        line = context.new_cdp_session(page)
        line.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        before = int(page.evaluate(PRESSED))
        page.evaluate(WATCH)
        for _round in range(3):
            keys(page, "12,35")
            for _key in "12,35":
                page.locator(".key.soft").click()
        page.wait_for_timeout(500)
        line.send("Emulation.setCPUThrottlingRate", {"rate": 1})
        listed = [took for name, took in page.evaluate("window.echoes") if name == "click"]
        pressed = int(page.evaluate(PRESSED)) - before
        return [*listed, *[LISTED_FROM_MS] * (pressed - len(listed))]  # the rest were quicker

    echoes = stall.use(work)
    assert len(echoes) == 30  # the browser, which measures them, counted every press
    assert median(echoes) <= ECHO_MS_MAX, echoes


def reach(page: Page, what: str) -> None:
    """Go on with Tab until *what* has the focus."""
    for _tab in range(TABS_MAX):
        if page.evaluate("(what) => document.activeElement.matches(what)", what):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no way to {what} by keyboard")


@in_the_browser
def test_a_deposit_by_keyboard_alone(stall: Stall) -> None:
    def work(context: BrowserContext) -> int:
        page = stall.open_desk(context)
        page.evaluate(COUNT)
        reach(page, "#nomor")
        page.keyboard.type("123")
        page.keyboard.press("Enter")
        for material, weight in (("Kardus", "2,35"), ("Besi", "1.5")):
            page.locator(".tile").first.wait_for()
            page.evaluate(
                "(name) => [...document.querySelectorAll('.tile')].find((e) => e.textContent.includes(name)).id = 'cari'",
                material,
            )
            reach(page, "#cari")
            page.keyboard.press("Enter")
            page.locator("#berat").wait_for()
            reach(page, "#berat")
            page.keyboard.type(weight)
            page.keyboard.press("Enter")
        page.locator(".tile.on").nth(1).wait_for()
        reach(page, "#simpan")
        page.keyboard.press("Enter")
        page.locator(".band.done").wait_for()
        sent(page)
        return int(page.evaluate("window.taps"))

    assert stall.use(work) == 0
    assert stall.saved(122) == 4_230 + 5_700


TWICE = """async (part) => {
  while (document.querySelector("#dok").hasAttribute("aria-disabled")) await new Promise((later) => setTimeout(later, 20));
  const { x, y, width, height } = document.querySelector("#dok button").getBoundingClientRect();
  for (const detail of [1, 2]) {
    document.elementFromPoint(x + width * part, y + height / 2).dispatchEvent(new MouseEvent("click", { bubbles: true, detail }));
    await new Promise((later) => setTimeout(later, 150));
  }
}"""


@in_the_browser
def test_an_unsteady_thumb_taps_twice(stall: Stall) -> None:
    """ "Simpan" lies where "Lanjut" lay, and "Nasabah berikutnya" where "Simpan" did."""

    def work(context: BrowserContext) -> None:
        page = stall.open_desk(context)
        choose(page, "1")
        for name in ("Besi", "Kardus"):
            page.locator(".tile", has_text=name).click()
            keys(page, "2")
            page.evaluate(TWICE, 0.6)
            assert page.locator("#simpan").is_visible()
        page.evaluate(TWICE, 0.6)
        page.locator(".band.done").wait_for()
        assert page.locator("h1").inner_text() == "Bukti setoran"
        assert page.locator("tbody tr").count() == 2
        page.locator("#dok button").press("Enter")
        page.locator("#nomor").wait_for()
        sent(page)

    stall.use(work)
    assert stall.saved(0) == 2 * 3_800 + 2 * 1_800
