// The only sender: takes the outbox to the books in small batches, and believes nothing but an
// answer that carries the service's own marker and names the record.

const BATCH_MAX = 20;
const HELLO_MS = 8000;
const SEND_MS = 20000;
const FIRST_WAIT_MS = 5000;
const LONGEST_WAIT_MS = 300000;
const MARKER = "bank-sampah";
const SENT = "terkirim";
const STATES = { accepted: SENT, already_there: SENT, accepted_with_note: SENT, held: "ditahan", dismissed: "ditolak" };
const REFUSED = new Set([400, 403, 404, 422]); // nothing that waiting mends: somebody must look
const NOT_TAKEN = new Set([400, 413, 422, 500]); // told of a record, not of the line or of who asks

export class Sender {
  /** *tell(news)* hears of every change: {online, signedIn, revoked, sending, nextAt, refused}. */
  constructor(store, base, tell) {
    Object.assign(this, { store, base, tell, batch: BATCH_MAX, wait: FIRST_WAIT_MS, timer: 0, heard: {} });
    store.get("kontak").then((last) => { this.heard = { ...last, ...this.heard }; }); // until the books tell again
  }

  /** How far the books' clock is ahead, in seconds. Where that leads before they told it the phone's may have been put right: 0; null where that is before it too. */
  get offset() {
    const { offset = 0, at } = this.heard;
    const now = offset - Math.round(moved() / 1000);
    return [now, 0].find((ahead) => !(Date.now() + ahead * 1000 < at - 60000)) ?? null;
  }

  /** Send what waits, now. One tab at a time; a second call while one runs does nothing. */
  async now({ byHand = false } = {}) {
    if (byHand) this.wait = FIRST_WAIT_MS;
    clearTimeout(this.timer);
    await navigator.locks.request(`kirim-${this.base}`, { ifAvailable: true }, (lock) => lock && this.#round());
  }

  /** A deposit was saved: it goes now, or when the browser wakes the page because there is a signal. */
  saved() {
    this.now();
    navigator.serviceWorker?.ready.then((worker) => worker.sync.register("kirim")).catch(() => null);
  }

  async #round() {
    try {
      await this.store.recover();
      if (!(await this.#hello())) return;
      const stuck = new Set(); // what the books cannot take by itself: the others do not wait for it
      for (let rows = await this.#waiting(); rows.length > stuck.size; rows = await this.#waiting()) {
        const some = rows.filter((row) => !stuck.has(row.id)).slice(0, this.batch);
        const outcome = await this.#sendSome(some, rows.length);
        if (outcome === null) return this.#later();
        if (!outcome) stuck.add(some[0].id);
      }
      if (stuck.size) return this.#later();
      await this.#endSessions();
      this.batch = BATCH_MAX;
      this.wait = FIRST_WAIT_MS;
      this.tell({ online: true, sending: null, nextAt: null, refused: false });
    } catch {
      this.tell({ online: false, sending: null });
      this.#later();
    }
  }

  /** Ask who we are to the books, and tell them what is here where they do not know it yet; null when they cannot be reached or do not know us. */
  async #hello() {
    const { device = "", epoch = 0, last = 0 } = (await this.store.get("nomor")) ?? {};
    const { era = "", head = 0 } = (await this.store.get("kontak")) ?? {};
    const unsent = (await this.#waiting()).length;
    const told = { device, epoch, last, unsent, seen: head, era, app: document.body.dataset.app };
    const asked = Date.now();
    const answer = await this.ask(`kabar?${new URLSearchParams(told)}`, {}, HELLO_MS);
    if (answer.type === "opaqueredirect" || answer.status === 401) return this.#stop({ online: true, signedIn: false });
    if (answer.status === 404) return this.#stop({ online: true, signedIn: true, registered: false });
    let news = await ours(answer);
    const at = Date.parse(news.now);
    this.heard = { at, offset: Math.round((at - (asked + Date.now()) / 2) / 1000) };
    settle();
    this.csrf = news.csrf;
    if (news.untold) news = await ours(await this.#tell("kabar", told));
    this.name = news.device.name;
    await this.#offerAgain(news, epoch);
    await this.#remember(news);
    const isOther = (now) => now !== epoch || (device && device !== this.name);
    if (isOther(news.device.epoch)) await this.#renew({ device, epoch }, isOther);
    this.tell({ online: true, signedIn: true, registered: true, revoked: news.device.revoked, offset: this.offset });
    return news;
  }

  /** Keep when the books were heard, up to which entry, and their mark: by it they tell whether a backup was put back since. */
  async #remember({ era, head }) {
    Object.assign(this.heard, { era, head: head ?? this.heard.head }); // what was sent tells no entry
    await this.store.set("kontak", this.heard).catch(() => null); // a full phone sends too
  }

  /** What is over on the phone is over in the books too. */
  async #endSessions() {
    for (const told of (await this.store.get("tutup")) ?? []) {
      if (!(await this.post("tutup", told))) return;
      await this.store.set("tutup", (kept) => kept.filter(({ code }) => code !== told.code));
    }
  }

  /** What is asked of the books is answered within *patience*, or not at all. */
  ask(path, more, patience = SEND_MS) {
    const cut = new AbortController(); // AbortSignal.timeout is younger than phones in use
    setTimeout(() => cut.abort(), patience);
    return fetch(`${this.base}/${path}`, { redirect: "manual", cache: "no-store", signal: cut.signal, ...more });
  }

  #tell(path, body) {
    return this.ask(path, { method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": this.csrf }, body: JSON.stringify(body) });
  }

  /** What the books answer, who were greeted before; null where they refuse it. */
  async post(path, body) {
    return marked(await this.#tell(path, body));
  }

  /** No number is given out twice: where the storage was empty or another phone's, the books say in which epoch it goes on. */
  async #renew(counter, isOther) {
    const { epoch } = await this.post("epok", counter);
    if (isOther(epoch)) await this.store.set("nomor", { device: this.name, epoch, last: 0 });
  }

  #stop(news) {
    this.tell({ ...news, sending: null });
    this.#later();
    return null;
  }

  /** Offer again what the books do not have though the phone was told so, and what they decided; everything where a backup was put back. */
  async #offerAgain({ missing, before, decided, restored }, epoch) {
    const gaps = ` ${[...missing.map((number) => [epoch, number]), ...before].join(" ")} `;
    const lost = (await this.store.outbox()).filter((row) => row.state !== "di_hp" && (restored || decided.includes(row.id) || (row.record.device === this.name && gaps.includes(` ${row.epoch},${row.number} `))));
    if (lost.length) await this.store.update(lost.map((row) => row.id), (row) => ({ state: "di_hp", sentAt: restored || (decided.includes(row.id) && row.state !== "ditahan") ? row.sentAt : null }));
    if (!missing.length) await this.store.prune(this.heard.at);
  }

  async #waiting() {
    return (await this.store.outbox()).filter((row) => row.state === "di_hp" || row.dirty).reverse();
  }

  /** Send one batch. False: the books do not take this one record; null: not now. */
  async #sendSome(rows, left) {
    const ids = rows.map((row) => row.id);
    let outcome = null;
    this.tell({ sending: { left } });
    await this.store.update(ids, (row) => (row.dirty ? {} : { state: "mengirim" })).catch(() => null);
    try {
      const answer = await this.#tell("kirim", { records: rows.map((row) => row.record), unsent: left });
      const told = await marked(answer);
      if (told) await this.#remember(told);
      if (told && (await this.#note(rows, told.answers))) return true;
      if ((told || NOT_TAKEN.has(answer.status)) && rows.length === 1) outcome = false;
      if (REFUSED.has(answer.status)) this.tell({ refused: true });
    } catch {
      // timed out or cut off: halve, so that a weak link still moves something
    }
    this.batch = Math.max(1, Math.floor(rows.length / 2));
    await this.store.update(ids, (row) => (row.state === "mengirim" ? { state: "di_hp" } : {}));
    return outcome;
  }

  /** Keep what the books said of each record. Rows of which they said nothing known wait again: false. */
  async #note(rows, answers) {
    const byId = new Map(answers.map((answer) => [answer.id, answer]));
    await this.store.update(rows.map((row) => row.id), (row) => {
      const answer = byId.get(row.id);
      if (!STATES[answer?.state]) return { state: "di_hp" };
      const state = STATES[answer.state];
      const sent = rows.find((other) => other.id === row.id);
      return {
        state: state === SENT && answer.look ? "perlu_dilihat" : state, booked: answer.booked,
        dirty: Boolean(row.record.cancelled) !== Boolean(sent.record.cancelled),
        notes: answer.notes, depositSeq: answer.deposit_seq, heardAt: this.heard.at,
        sentAt: ((state !== SENT || answer.state === "already_there") && row.sentAt) || Date.now(), goneAt: (sent.record.cancelled || state === "ditolak") && (row.goneAt || Date.now()),
      };
    });
    const revoked = rows.some((row) => row.record.device === this.name && byId.get(row.id)?.notes.includes("phone_revoked"));
    this.tell({ changed: true, ...(revoked && { revoked }) });
    return rows.every((row) => STATES[byId.get(row.id)?.state]);
  }

  #later() {
    const wait = this.wait * (0.75 + Math.random() / 2);
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS);
    this.timer = setTimeout(() => this.now(), wait);
    this.tell({ nextAt: Date.now() + wait });
  }
}

// ── the phone's clock beside one that nobody can set, and that stands still while the phone sleeps ──

let mark;
let before;
const ahead = () => Date.now() - performance.now();
const moved = () => before + (document.hidden ? 0 : ahead() - mark);

function settle() {
  mark = ahead();
  before = 0;
}

settle();
document.addEventListener("visibilitychange", () => {
  const by = ahead() - mark;
  before += document.hidden ? by : Math.min(by, 0); // unseen it may have slept, or been set back
  mark += by;
});

/** The answer's body, which must be the books' own. */
async function ours(answer) {
  const body = await marked(answer);
  if (!body) throw new Error("not the books");
  return body;
}

/** The answer's body, if it is a success of this service and of no portal in between. */
export async function marked(answer) {
  if (!answer.ok) return null;
  try {
    const body = await answer.json();
    return body.service === MARKER ? body : null;
  } catch {
    return null;
  }
}
