"""A browser as old as docs/operating/real-phones.md allows: the desk weighs, sends and compares."""

from playwright.sync_api import BrowserContext

from tests.desk.journey import tap
from tests.desk.stall import Stall, sent, weigh
from tests.engines import in_the_browser

CHROME_92 = """
delete AbortSignal.timeout; delete AbortSignal.any; delete AbortSignal.prototype.throwIfAborted;
delete Object.hasOwn; delete Object.groupBy; delete globalThis.structuredClone; delete Promise.try;
delete Promise.withResolvers; delete Array.fromAsync; delete URL.canParse; delete URL.parse;
for (const kind of [Array, Uint8Array])
  for (const name of ["findLast", "findLastIndex", "toReversed", "toSorted", "toSpliced", "with"])
    delete kind.prototype[name];
for (const name of ["isWellFormed", "toWellFormed"]) delete String.prototype[name];
for (const name of ["union", "intersection", "difference"]) delete Set.prototype[name];
delete Uint8Array.fromBase64; delete Uint8Array.prototype.toHex; delete globalThis.Iterator;
delete navigator.serial;
"""
"""Without what browsers learned since then, as far as a script can take it away."""


@in_the_browser
def test_a_desk_in_chrome_92_weighs_sends_and_compares(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        context.add_init_script(CHROME_92)
        page = stall.open_desk(context)
        weigh(page, "1", ("Besi", "1"))
        sent(page)
        page.locator(".back").click()
        tap(page, "Tutup sesi")
        tap(page, "Bandingkan dengan buku")
        page.get_by_role("button", name="Selesai").wait_for()

    stall.use(work)
    assert stall.saved(0) == 3_800
