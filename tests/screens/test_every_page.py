"""Every page a person can reach, in a real browser: nothing runs out of the screen, everything
can be hit with a thumb and read in the sun, and the browser has nothing to complain about.
"""

import os
import re
from importlib.resources import files
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page

from tests.engines import in_the_browser
from tests.screens.conftest import Site

pytestmark = in_the_browser

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text()
RULES = """axe.run(document, {
  runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"],
  rules: {"target-size": {enabled: true}, "color-contrast-enhanced": {enabled: true}},
})"""
TOO_WIDE = "document.documentElement.scrollWidth > innerWidth"
SMALL = """() => [...document.querySelectorAll(
    "a, button, input:not([type=hidden]), select, textarea, summary, label.pick")]
  .filter((e) => !e.closest(".vh, .skip") && !e.matches("[type=radio], [type=checkbox]"))
  .filter((e) => getComputedStyle(e).display !== "inline")
  .filter((e) => { const box = e.getBoundingClientRect();
                   return box.width && (box.width < 47.5 || box.height < 47.5); })
  .map((e) => e.outerHTML.slice(0, 120))"""


def shape(address: str) -> str:
    """An address without its numbers and answers: one page of each kind is looked at."""
    parts = urlsplit(address)
    asked = "".join(f"?{name}" for name in sorted(parse_qs(parts.query)))
    return re.sub(r"\d+", "0", parts.path) + asked


def links(page: Page) -> list[str]:
    """Where the page leads, without downloads, the other language, and the same page to print."""
    hrefs: list[str] = page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
    pages = [
        href.partition("#")[0] for href in hrefs if not re.search(r"/bahasa/|\?cetak|\?dari", href)
    ]
    return [href for href in pages if "." not in urlsplit(href).path.rpartition("/")[2]]


def photograph(page: Page, who: str) -> None:
    """Keep a picture where BANKSAMPAH_PICTURES names a folder: a change is looked at, too."""
    folder, size = os.environ.get("BANKSAMPAH_PICTURES"), page.viewport_size
    if folder and size:
        name = shape(page.url).strip("/").replace("/", "-") or "depan"
        page.screenshot(path=f"{folder}/{who}-{name}-{size['width']}.png", full_page=True)


def faults_of(page: Page, who: str) -> list[str]:
    """What is wrong with the page as it stands, at three widths."""
    found = []
    for width in (320, 360, 1280):
        page.set_viewport_size({"width": width, "height": 640 if width < 600 else 800})
        if page.evaluate(TOO_WIDE):
            found.append(f"{width}: runs out of the screen")
        found += [f"{width}: small {html}" for html in page.evaluate(SMALL)]
        if width == 320:
            continue
        photograph(page, who)
        for violation in page.evaluate(RULES)["violations"]:
            nodes = [node["html"][:120] for node in violation["nodes"][:2]]
            found.append(f"{width}: {violation['id']} {nodes}")
    return found


def complaints(page: Page) -> list[str]:
    """What its console says from now on; but for the desk's, that this browser is no phone."""
    said: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if not ("404" in message.text and "/timbang/" in message.location["url"]):
            said.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def walk(
    context: BrowserContext, site_address: str, start: str, who: str, pages_max: int = 200
) -> tuple[set[str], list[str]]:
    """Every kind of page reached from *start* by links, and all that is wrong with them."""
    page = context.new_page()
    said = complaints(page)
    seen: set[str] = set()
    waiting, faults = [site_address + start], []
    while waiting and len(seen) < pages_max:
        address = waiting.pop(0)
        if shape(address) in seen or not address.startswith(site_address):
            continue
        seen.add(shape(address))
        path = urlsplit(address).path
        answer = page.goto(address)
        if answer is None or answer.status != 200:
            faults.append(f"{path}: {answer and answer.status}")
            said.clear()
            continue
        page.evaluate(AXE)
        found = faults_of(page, who)
        faults += [f"{path} {fault}" for fault in (*found, *said)]
        said.clear()
        waiting += links(page)
    return seen, faults


def test_every_page_of_the_treasurer(site: Site) -> None:
    seen, faults = site.look(
        lambda c: walk(c, site.address, site.home, "bendahara"), "treasurer", "chair", watched=True
    )
    assert not faults, "\n".join(faults)
    assert len(seen) > 40, sorted(seen)


@pytest.mark.parametrize("role", ["operator", "auditor"])
def test_first_pages_of_the_others(site: Site, role: str) -> None:
    """What differs from the treasurer's: the navigation, and what may not be done."""
    seen, faults = site.look(
        lambda c: walk(c, site.address, site.home, role, pages_max=10), role, watched=True
    )
    assert not faults, "\n".join(faults)
    assert len(seen) == 10


@pytest.mark.parametrize("page", ["/masuk", "pembukuan", "periksa", "saldo-saya/masuk", "timbang"])
def test_pages_open_to_all(site: Site, page: str) -> None:
    start = page if page.startswith("/") else site.home + page
    _seen, faults = site.look(lambda c: walk(c, site.address, start, "warga"), watched=True)
    assert not faults, "\n".join(faults)
