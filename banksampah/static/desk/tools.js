// What is done to the phone itself, between two queues. Loaded when it is first used.

import { band, button, go, h, link, showInstead } from "./draw.js";
import { dayOf } from "./numbers.js";
import { fetchProvisions } from "./desk.js";
import { home, say, slug, state, unsentRows, worker, zone } from "./state.js";
import { copies } from "./store.js";

/** What is asked for by hand: the provisions, and what this phone needs to read a card. */
export async function fetchAll() {
  await state.sender.now({ byHand: true });
  await fetchProvisions();
  if (navigator.mediaDevices) (await import("./reader.js")).prepareCamera();
}

export function bigText() {
  state.store.set("besar", document.documentElement.classList.toggle("besar"));
}

export function practise() {
  if (!state.book) return go("prepare", { problem: say("no_data") });
  const { practice, draft, aside = null } = state;
  sessionStorage.setItem(slug, practice ? "" : "latihan"); // a page that is loaded anew goes on with it
  Object.assign(state, { practice: !practice, draft: practice ? aside : null, aside: draft });
  go(state.practice ? "who" : "prepare");
}

/** Fetch the page anew, where there is a signal; what was weighed is never touched. */
export async function repair() {
  await state.store?.restoreCopies().catch(() => null);
  if ((await fetch(worker).catch(() => null))?.ok) {
    for (const name of await caches.keys()) if (name.startsWith(`timbang-${home}-`)) await caches.delete(name);
    await (await navigator.serviceWorker?.getRegistration(home))?.unregister();
  }
  location.reload();
}

/** What a phone that nobody may use, or nobody used, knows of households: of settled deposits too. */
export async function forgetNames() {
  const { store, rows } = state;
  for (const name of ["bekal", "draf", "sesi", "pemakaian"]) await store.set(name, null);
  await store.update(rows.map((row) => row.id), () => ({ shown: null }));
  localStorage.removeItem(`salinan-${slug}`);
  Object.assign(state, { book: null, session: null, draft: null, recent: [] });
}

/** Instead of a screen where the storage cannot be read: hand over what is left of it, and repair. */
export async function showBroken() {
  const { store, sender } = state;
  const rows = (await store?.outbox().catch(() => null)) ?? copies(slug);
  const mend = async () => {
    await store?.set("bekal", null).catch(() => null); // can be fetched anew
    repair();
  };
  showInstead(band(say("broken"), "bad", "alert"), rows.length ? button(say("backup"), () => giveFile(rows)) : "", link(say("repair"), mend, "alert"));
  sender?.now(); // what can be read is sent all the same
}

/** What waits on the phone as a file, to hand to the treasurer by any way there is. */
export async function giveFile(rows = unsentRows()) {
  const records = rows.map((row) => row.record);
  const name = `setoran-${records[0].device}-${dayOf(Date.now(), zone())}.json`;
  const file = new File([JSON.stringify({ service: "bank-sampah", bank: slug, records })], name, { type: "application/json" });
  if (navigator.canShare?.({ files: [file] })) return navigator.share({ files: [file], title: name }).catch(() => null);
  const url = URL.createObjectURL(file);
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}
