"""Forty deposits over the slow 4G that Lighthouse knows: 150 ms there and back, 1.6 Mbit/s down, 0.75 up."""

from playwright.sync_api import BrowserContext

from tests.desk.stall import Stall
from tests.engines import in_the_browser

pytestmark = in_the_browser

DEPOSITS = 40
SECONDS_MAX = 10
BYTES_UP_MAX = 40_000
SLOW_4G = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_638_400 // 8,
    "uploadThroughput": 750 * 1_024 // 8,
}
FILL = """async (count) => {
  const [{ state }, deposit] = await Promise.all([import("/static/desk/state.js"), import("/static/desk/deposit.js")]);
  const { now } = state.sender;
  state.sender.now = async () => {};
  for (let n = 0; n < count; n++) {
    await deposit.startDraft(state.book.members[n]);
    for (const material of state.book.materials.slice(0, 5)) {
      state.draft.order.push(material.id);
      state.draft.lines[material.id] = 1000 + n;
    }
    await deposit.save();
  }
  delete state.sender.now;
}"""
SEND = """async () => {
  const { state, reload, unsentRows } = await import("/static/desk/state.js");
  const begun = performance.now();
  await state.sender.now({ byHand: true });
  for (await reload(); unsentRows().length && performance.now() - begun < 30000; await reload()) {
    await new Promise((later) => { setTimeout(later, 50); }); // another round has them in hand
  }
  return [performance.now() - begun, unsentRows().length];
}"""


def test_a_morning_is_sent_in_ten_seconds(stall: Stall) -> None:
    def work(context: BrowserContext) -> tuple[float, int, int]:
        page = stall.open_desk(context)
        page.evaluate(FILL, DEPOSITS)
        line = context.new_cdp_session(page)
        line.send("Network.enable")
        line.send("Network.emulateNetworkConditions", SLOW_4G)
        up: list[int] = []
        page.on("request", lambda request: up.append(len(request.post_data or "")))
        took_ms, left = page.evaluate(SEND)
        return took_ms / 1_000, left, sum(up)

    seconds, left, sent = stall.use(work)
    assert left == 0
    assert len(stall.taken()) == DEPOSITS
    assert seconds <= SECONDS_MAX
    assert sent <= BYTES_UP_MAX, sent
