"""Every state of the desk at three widths: read in the sun, hit with a thumb, and nothing to complain of."""

import os
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from banksampah.db import transaction
from banksampah.desk import service
from tests.desk.journey import whole
from tests.desk.stall import Stall
from tests.engines import in_the_browser
from tests.people import make_person
from tests.screens.test_every_page import AXE, RULES, TOO_WIDE

pytestmark = in_the_browser

WIDTHS = {320: 640, 360: 640, 1280: 800}
SMALL = """() => [[".key", 64], [".tile", 72], ["a, button, input, label.toggle", 48]].flatMap(([what, least]) =>
  [...document.querySelectorAll(what)].filter((e) => !e.closest(".vh, .skip, label.toggle > *"))
    .map((e) => [e, e.getBoundingClientRect()])
    .filter(([, box]) => box.width && (box.width < least - 0.5 || box.height < least - 0.5))
    .map(([e, box]) => `${Math.round(box.width)}×${Math.round(box.height)} ${e.outerHTML.slice(0, 90)}`))"""
BY_WIDTH = """axe.run(document, { runOnly: { type: "rule", values:
  ["target-size", "color-contrast", "color-contrast-enhanced", "scrollable-region-focusable", "region"] } })"""
VIOLATIONS = """window.violations = [];
addEventListener("securitypolicyviolation", (e) => window.violations.push(`${e.violatedDirective} ${e.sample}`))"""
DOCK_AWAY = """() => { const box = document.querySelector("#dok").getBoundingClientRect();
  return box.bottom <= innerHeight + 1 && box.top >= 0 ? [] : ["the action is out of reach"] }"""
CROWDED = """() => {
  const all = [...document.querySelectorAll("a, button, label.toggle")].filter((e) => !e.closest(".vh, .skip, .dock"));
  const boxes = all.map((e) => [e, e.getBoundingClientRect()]).filter(([, box]) => box.width);
  const apart = (a, b) => a.right <= b.left + 1 || b.right <= a.left + 1 || a.bottom <= b.top + 1 || b.bottom <= a.top + 1;
  const over = boxes.flatMap(([one, a], n) => boxes.slice(n + 1).filter(([, b]) => !apart(a, b))
    .map(([other]) => `${one.textContent} lies over ${other.textContent}`));
  const edge = [...document.querySelectorAll(".sheet .i, .sheet b, .sheet small")]
    .filter((e) => e.getBoundingClientRect().left < e.closest(".sheet").getBoundingClientRect().left + 8)
    .map((e) => `at the very edge: ${e.parentNode.outerHTML.slice(0, 90)}`);
  return [...over, ...edge];
}"""
WHOLE_HEIGHT = "Math.max(640, document.documentElement.scrollHeight)"


def photograph(page: Page, name: str, width: int) -> None:
    if folder := os.environ.get("BANKSAMPAH_PICTURES"):
        page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)


def faults_of(page: Page, name: str) -> list[str]:
    """What is wrong with the state on the screen, at each width."""
    found = []
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        if page.evaluate(TOO_WIDE):
            found.append(f"{name} {width}: runs out of the screen")
        wrong = [found for ask in (SMALL, CROWDED, DOCK_AWAY) for found in page.evaluate(ask)]
        # unrolled: what the dock covers by chance is reached by scrolling
        page.set_viewport_size({"width": width, "height": page.evaluate(WHOLE_HEIGHT)})
        for violation in page.evaluate(RULES if width == 360 else BY_WIDTH)["violations"]:
            wrong.append(f"{violation['id']} {[n['html'][:90] for n in violation['nodes'][:2]]}")
        found += [f"{name} {width}: {fault}" for fault in wrong]
        photograph(page, name, width)
    page.set_viewport_size({"width": 360, "height": 640})
    return found


@pytest.fixture
def with_pin(stall: Stall, act: Any) -> Stall:
    """A second person weighs, and has a PIN."""
    with stall.app.app_context(), transaction(stall.bank.bank_id) as session:
        person = make_person(session, stall.bank, "treasurer")
        service.set_desk_pin(session, stall.bank.bank_id, person.user_id, "2468")
    return stall


def looked_at(page: Page, names: Iterable[str]) -> tuple[list[str], list[str]]:
    """The states that were there, and what is wrong with them."""
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.add_init_script(VIOLATIONS)
    seen, faults = [], []
    for name in names:
        page.evaluate("window.axe || 0") or page.evaluate(AXE)
        faults += faults_of(page, name)
        faults += page.evaluate("window.violations.splice(0)")
        seen.append(name)
    return seen, faults + said


def test_every_state(with_pin: Stall) -> None:
    def work(context: BrowserContext) -> tuple[list[str], list[str]]:
        page = context.new_page()
        return looked_at(page, whole(page, f"/b/{with_pin.bank.slug}/timbang"))

    seen, faults = with_pin.use(work)
    assert not faults, "\n".join(faults)
    assert len(seen) > 40


@pytest.mark.parametrize("is_signed_in", [False, True])
def test_a_phone_that_is_not_the_banks(stall: Stall, is_signed_in: bool) -> None:
    def strange(page: Page) -> Iterator[str]:
        page.goto(f"/b/{stall.bank.slug}/timbang")
        page.locator("#pita .band").wait_for()
        yield "belum-terdaftar" if is_signed_in else "belum-masuk"
        page.context.set_offline(True)
        page.locator("#dok .btn").click()
        page.locator("#isi .band").wait_for()
        yield "tanpa-data"

    def work(context: BrowserContext) -> tuple[list[str], list[str]]:
        page = context.new_page()
        return looked_at(page, strange(page))

    seen, faults = stall.use(work, is_paired=False, is_signed_in=is_signed_in)
    assert not faults, "\n".join(faults)
    assert len(seen) == 2
