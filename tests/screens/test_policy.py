"""The content policy in a real browser: no page breaks it, and it stops what it should stop."""

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.engines import in_the_browser
from tests.screens.conftest import Site, until
from tests.screens.test_every_page import complaints, links, shape

pytestmark = in_the_browser

LISTENER = """window.violations = [];
addEventListener("securitypolicyviolation", (event) => {
  const said = `violated ${event.violatedDirective} ${event.blockedURI} ${event.sample}`;
  window.violations.push(said);
  console.error(said);
})"""
COMPLAINED = "() => window.violations.length > 0"
SINKS = {
    "markup": "document.body.innerHTML = '<b>x</b>'",
    "a script's text": "document.createElement('script').text = 'x'",
    "text as code": "eval('1')",
    "a function of text": "new Function('1')()",
    "the desk's policy": "trustedTypes.createPolicy('timbang', {createHTML: (x) => x})",
    "a default policy": "trustedTypes.createPolicy('default', {createHTML: (x) => x})",
}


def watched(context: BrowserContext) -> tuple[Page, list[str]]:
    """A page, and what its console says from now on."""
    page = context.new_page()
    page.add_init_script(LISTENER)
    return page, complaints(page)


def walk(context: BrowserContext, address: str, start: str) -> tuple[set[str], list[str]]:
    """Every kind of page reached from *start*, and what the browser complained of."""
    page, said = watched(context)
    seen: set[str] = set()
    waiting, faults = [address + start], []
    while waiting:
        there = waiting.pop(0)
        if shape(there) in seen or not there.startswith(address):
            continue
        seen.add(shape(there))
        page.goto(there)
        faults += [f"{shape(there)}: {sentence}" for sentence in said]
        said.clear()
        waiting += links(page)
    return seen, faults


def test_no_page_violates_the_policy(site: Site) -> None:
    seen, faults = site.look(
        lambda context: walk(context, site.address, site.home), "treasurer", "chair", "auditor"
    )
    assert not faults, "\n".join(faults)
    assert len(seen) > 40
    assert {"/akun", "/akun/kode"} <= seen
    assert any(page.endswith("/keamanan") for page in seen)


@pytest.mark.parametrize("name", SINKS)
def test_text_never_becomes_script(site: Site, name: str) -> None:
    """Trusted Types: what would run text is refused, and no policy can be made that lets it."""

    def attack(context: BrowserContext) -> tuple[object, list[str]]:
        page, _said = watched(context)
        page.goto(f"{site.address}/masuk")
        attempt = f"""() => new Promise((tell) => setTimeout(() => {{
          try {{ {SINKS[name]}; tell('ran') }} catch {{ tell('stopped') }}
        }}))"""  # later: what the debugger itself runs may do more
        outcome = page.evaluate(attempt)
        until(page, COMPLAINED)  # the browser may tell of it a moment later
        return outcome, page.evaluate("window.violations")

    outcome, violations = site.look(attack)
    assert outcome == "stopped"
    assert all("trusted-types" in said or "script-src" in said for said in violations), violations


def test_nothing_inline_and_nothing_from_elsewhere_runs(site: Site) -> None:
    def attack(context: BrowserContext) -> tuple[object, list[str]]:
        page, said = watched(context)
        page.goto(f"{site.address}/masuk")
        said.clear()
        page.evaluate("""() => {
          for (const [name, value] of [["onclick", "window.ran = 1"], ["style", "color: red"]]) {
            try { document.querySelector("h1").setAttribute(name, value) } catch {}
          }
          document.querySelector("h1").click();
          const image = document.createElement("img");
          image.src = "https://jahat.example/pixel.png";
          document.body.append(image);
          const frame = document.createElement("iframe");
          frame.src = "/masuk";
          document.body.append(frame);
        }""")
        until(page, "window.violations.length >= 3")
        page.wait_for_timeout(300)
        return page.evaluate("window.ran ?? null"), page.evaluate("window.violations")

    ran, said = site.look(attack)
    assert ran is None
    for directive in ("style-src-attr", "img-src", "frame"):
        assert any(f"violated {directive}" in sentence for sentence in said), (directive, said)
