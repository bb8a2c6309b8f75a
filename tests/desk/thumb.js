// A thumb at the speed of the page: it presses the desk's own buttons and waits for what they do.
// Put into every page of a schedule before the page's own scripts.

globalThis.thumb = (() => {
  const PATIENCE_MS = 10000;

  /** Date is behind or ahead by what the test says, in every page of this phone. */
  const RealDate = Date;
  const shift = () => Number(localStorage.getItem("geser") ?? 0);
  globalThis.Date = class extends RealDate {
    constructor(...given) { given.length ? super(...given) : super(RealDate.now() + shift()); }
    static now() { return RealDate.now() + shift(); }
  };

  const find = (selector, text = "") => [...document.querySelectorAll(selector)].find((one) => one.textContent.includes(text) && !one.disabled);

  /** The first true answer of *ask*, asked again whenever the page has changed. */
  function until(ask, what) {
    return new Promise((resolve, reject) => {
      const look = () => { const found = ask(); if (found) { stop(); resolve(found); } };
      const watcher = new MutationObserver(look);
      const end = setTimeout(() => { stop(); reject(new Error(`no ${what}: ${document.body?.innerText.slice(0, 300)}`)); }, PATIENCE_MS);
      const stop = () => { watcher.disconnect(); clearTimeout(end); };
      watcher.observe(document, { subtree: true, childList: true, attributes: true });
      look();
    });
  }
  const press = async (selector, text) => (await until(() => find(selector, text), `${selector} ${text ?? ""}`)).click();
  const keys = (text) => [...text].forEach((key) => [...document.querySelectorAll(".key")].find((one) => one.textContent.trim().startsWith(key)).click());

  const ONWARD = ["Nasabah berikutnya", "Lanjutkan sesi", "Mulai sesi", "Selesai"];

  /** The button that leads towards the next household, once there is one. */
  function onward() {
    if (document.querySelector("#kepala h1")?.textContent.startsWith("Siapa yang menimbang")) return find("button.line");
    return ONWARD.map((text) => find("#dok .btn", text)).find(Boolean) ?? find(".back");
  }

  /** To the question whose goods it is, from wherever the desk stands. */
  async function home() {
    for (let step = 0; step < 12; step++) {
      if (await until(() => document.querySelector("#nomor") || onward(), "way") === document.querySelector("#nomor")) return;
      const way = onward();
      way.click();
      await until(() => !way.isConnected, "next screen");
    }
    throw new Error(`no way home: ${document.body.innerText.slice(0, 300)}`);
  }

  const CLEAR = "Hapus, lalu timbang";

  /** One deposit, up to the button that saves it. False: the phone's list has no such household. */
  async function fill(member, lines) {
    await home();
    keys(String(member));
    await until(() => find("#lanjut") || find("#siapa", "tidak ada"), "household");
    if (!find("#lanjut")) return false;
    await press("#lanjut");
    await until(() => find(".tile") || find("#isi .btn", CLEAR), "table");
    find("#isi .btn", CLEAR)?.click(); // what a page left there that is gone
    for (const [material, weight] of lines) {
      await press(".tile", material);
      await until(() => document.querySelector("#berat"), "keypad");
      keys(weight);
      await press("#lanjut");
    }
    await until(() => find("#simpan"), "button that saves");
    return true;
  }

  /** The receipt on the screen: its number and its sum. */
  const told = () => ({ receipt: document.querySelector("#kepala p").textContent.split(" ")[0], value: Number(document.querySelector("#isi tfoot .sum").textContent.replace(/\D/g, "")) });

  /** Save it. Answers with the receipt, as soon as the tick is there. */
  async function save() {
    await press("#simpan");
    await until(() => document.querySelector("#isi .band.done"), "tick");
    return told();
  }

  const weigh = (member, lines) => fill(member, lines).then((is) => (is ? save() : null));

  /** Cancel what has *number* on its receipt. A wrong weight is weighed anew, as it was, unless other goods wait. */
  async function cancel(number, why) {
    document.dispatchEvent(new Event("visibilitychange")); // as when the thumb comes to this page
    await home();
    await press("button", "Riwayat sesi");
    const { sessionRows, receipt } = await import("/static/desk/state.js"); // two phones' numbers look alike in the list
    const hist = () => {
      const [listed, rows] = [document.querySelectorAll(".hist"), sessionRows()];
      return listed.length === rows.length && listed[rows.map(receipt).indexOf(number)]; // not while the list is drawn anew
    };
    (await until(hist, number)).click();
    await press("button", "Batalkan setoran");
    await press("#isi .btn", why);
    await until(() => document.querySelector("#simpan") || document.querySelector(".hist"), "cancelled");
    return document.querySelector("#simpan") ? save() : null;
  }

  /** What the phone keeps: rows of the outbox. */
  function rows() {
    return new Promise((resolve, reject) => {
      const asked = indexedDB.open(`timbang-${document.body.dataset.slug}`);
      asked.onerror = () => reject(asked.error);
      asked.onsuccess = () => {
        const all = asked.result.transaction("kotak_kirim").objectStore("kotak_kirim").getAll();
        all.onsuccess = () => { asked.result.close(); resolve(all.result); };
      };
    });
  }

  const nudge = () => dispatchEvent(new Event("online"));
  const waits = (row) => ["di_hp", "mengirim"].includes(row.state) || row.dirty;

  /** The outbox as nothing in it waits: what the books decide next may be heard in the next moment. Every half second the page is told that it is on line; each row that is sent gives it patience anew. */
  async function drained() {
    let least = Infinity;
    for (let turn = 0; turn < 40; turn++) {
      nudge();
      for (let look = 0; look < 25; look++) {
        const all = await rows();
        const left = all.filter(waits).length;
        if (!left) return all;
        if (left < least) [least, turn] = [left, 0];
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
    throw new Error(`still waits: ${JSON.stringify((await rows()).filter(waits))}`);
  }

  const ruled = () => navigator.serviceWorker.controller || new Promise((resolve) => navigator.serviceWorker.addEventListener("controllerchange", () => resolve(true), { once: true }));

  return { home, fill, save, weigh, cancel, rows, nudge, drained, press, until, ruled: async () => Boolean(await ruled()), set shift(ms) { localStorage.setItem("geser", ms); }, set now(ms) { localStorage.setItem("geser", ms - RealDate.now()); } };
})();
