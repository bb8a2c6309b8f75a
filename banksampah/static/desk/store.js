// What the phone keeps: provisions, the deposit in hand, and the outbox. Nothing is ever deleted
// from the outbox before the books have it for thirty days.

const VERSION = 2;
const COPY_MAX = 200;
const KEPT_MS = 30 * 24 * 3600 * 1000;

/** Whether the books are yet to hear of a row, or of what became of it. */
export const isUnsent = ({ state, dirty }) => state === "di_hp" || state === "mengirim" || dirty;

export class Store {
  /** Open the store of one bank. */
  static async open(slug) {
    const db = await new Promise((resolve, reject) => {
      const asked = indexedDB.open(`timbang-${slug}`, VERSION);
      asked.onupgradeneeded = (event) => upgrade(asked.result, asked.transaction, event.oldVersion);
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
      asked.onblocked = () => reject(new Error("blocked"));
    });
    db.onversionchange = () => db.close();
    const store = new Store();
    store.db = db;
    store.slug = slug;
    return store;
  }

  /** A value kept under a name: "bekal", "draf", "sesi", "tutup", "nomor", "kontak" and such. */
  get(name) {
    return this.#read("ingatan", (place) => place.get(name));
  }

  /** Keep *value*, or what it makes of what is kept there now: no page comes between. Answers what is kept then. */
  async set(name, value) {
    await this.#write(["ingatan"], (tx) => {
      const memory = tx.objectStore("ingatan");
      memory.get(name).onsuccess = ({ target: { result } }) => memory.put(value = value?.call ? value(result) : value, name);
    });
    return value;
  }

  /** The outbox, the newest first. */
  async outbox() {
    const all = await this.#read("kotak_kirim", (place) => place.getAll());
    return all.sort((a, b) => b.epoch - a.epoch || b.number - a.number);
  }

  /**
   * Number a deposit and keep it: outbox, counter and draft in one transaction that is on the disk
   * before this returns. Rejects when the phone cannot keep it; nothing has changed then. What is
   * kept already (by another page, by a second tap) stays as it is and is the answer. In whose
   * numbers it is, and in which epoch, the books have said before there were provisions. Of what was
   * begun as *root* there is no draft then.
   */
  async save(record, root) {
    let kept;
    await this.#write(["kotak_kirim", "ingatan"], (tx) => {
      const [box, memory] = [tx.objectStore("kotak_kirim"), tx.objectStore("ingatan")];
      memory.get("draf").onsuccess = (event) => memory.put(drafts(event.target.result).filter((draft) => draft.root !== root), "draf"); // what else another page has stays
      box.get(record.id).onsuccess = (event) => {
        kept = event.target.result;
        if (kept) return;
        memory.get("nomor").onsuccess = (event) => {
          const { device = record.device, epoch, last } = event.target.result;
          const number = last + 1;
          kept = apart({ id: record.id, epoch, number, state: "di_hp", notes: [], record: { ...record, device, epoch, number } });
          box.add(kept);
          memory.put({ device, epoch, last: number }, "nomor");
        };
      };
    });
    this.#copy([kept]);
    return kept;
  }

  /** Change outbox rows by *change(row)*; rows it returns are written in one transaction. */
  async update(ids, change) {
    const changed = [];
    await this.#write(["kotak_kirim"], (tx) => {
      const box = tx.objectStore("kotak_kirim");
      for (const id of ids) {
        box.get(id).onsuccess = (event) => {
          const row = event.target.result;
          if (!row) return;
          changed.push({ ...row, ...change(row) });
          box.put(changed.at(-1));
        };
      }
    });
    this.#copy(changed);
  }

  /** Take back rows whose sending was cut off: the books will say if they have them. */
  async recover() {
    const cut = (await this.outbox()).filter((row) => row.state === "mengirim").map((row) => row.id);
    if (cut.length) await this.update(cut, (row) => (row.state === "mengirim" ? { state: "di_hp" } : {})); // another page may have the answer by now
  }

  /** Forget rows that the books have had for thirty days by *now*, their clock. Only after they have said so. */
  async prune(now) {
    const old = (await this.outbox()).filter((row) => !isUnsent(row) && now - row.heardAt > KEPT_MS).map((row) => row.id);
    if (!old.length) return;
    await this.#write(["kotak_kirim"], (tx) => old.forEach((id) => tx.objectStore("kotak_kirim").delete(id)));
    this.#copy([], old);
  }

  /** Bring back rows from the second copy that the outbox has lost. Returns how many. */
  async restoreCopies() {
    const have = new Set((await this.outbox()).map((row) => row.id));
    const lost = copies(this.slug).filter((row) => !have.has(row.id));
    await this.#write(["kotak_kirim"], (tx) => lost.forEach((row) => tx.objectStore("kotak_kirim").put(apart(row))));
    return lost.length;
  }

  /** A second copy of the last records as they are now, against a damaged database. Losing it loses nothing. */
  #copy(rows, gone = []) {
    try {
      const all = new Map([...copies(this.slug), ...rows].map((row) => [row.id, row]));
      for (const id of gone) all.delete(id);
      localStorage.setItem(`salinan-${this.slug}`, JSON.stringify([...all.values()].slice(-COPY_MAX)));
    } catch {
      // full or forbidden: the first copy is what counts
    }
  }

  #read(name, ask) {
    return new Promise((resolve, reject) => {
      const asked = ask(this.db.transaction(name).objectStore(name));
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
  }

  #write(names, work) {
    return new Promise((resolve, reject) => {
      const tx = this.db.transaction(names, "readwrite", { durability: "strict" });
      tx.oncomplete = () => resolve();
      tx.onerror = (event) => reject(event.target.error);
      tx.onabort = () => reject(tx.error ?? new Error("aborted"));
      work(tx);
    });
  }
}

/** The deposits in hand, one of each page, the newest first: once it was one for all. */
export const drafts = (kept) => [kept ?? []].flat();

/** What the second copy has. */
export function copies(slug) {
  try {
    return JSON.parse(localStorage.getItem(`salinan-${slug}`) ?? "[]");
  } catch {
    return [];
  }
}

/** From any older version, without losing a row. Version 1 kept what the screen shows in the record. */
function upgrade(db, tx, from) {
  if (from < 1) {
    db.createObjectStore("ingatan");
    db.createObjectStore("kotak_kirim", { keyPath: "id" });
  } else if (from < 2) {
    tx.objectStore("kotak_kirim").openCursor().onsuccess = ({ target: { result: at } }) => {
      if (!at) return;
      at.update(apart(at.value));
      at.continue();
    };
  }
}

/** A row with what its screens show beside the record, which holds what is sent and no name. */
function apart({ record: { shown, ...record }, ...row }) {
  return { shown, ...row, record };
}
