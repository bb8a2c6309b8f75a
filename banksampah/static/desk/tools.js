// What is done to the phone itself, between two queues. Loaded when it is first used.

import { h } from "./dom.js";
import { go } from "./draw.js";
import { dayOf } from "./numbers.js";
import { fetchProvisions } from "./prepare.js";
import { home, reload, say, slug, state, unsentRows, zone } from "./state.js";

/** What is asked for by hand: the provisions, and what this phone needs to read a card. */
export async function fetchAll() {
  await state.sender.now({ byHand: true });
  await fetchProvisions();
  if (navigator.mediaDevices) (await import("./camera.js")).prepareCamera();
}

export function bigText() {
  state.store.set("besar", document.documentElement.classList.toggle("besar"));
}

export function practise() {
  if (!state.book) return go("prepare", { problem: say("no_data") });
  Object.assign(state, { practice: !state.practice, draft: null });
  go(state.practice ? "who" : "prepare");
}

/** Fetch the page anew; what was weighed is never touched. */
export async function repair() {
  if (await state.store.restoreCopies()) await reload();
  for (const name of await caches.keys()) if (name.startsWith("timbang-")) await caches.delete(name);
  await (await navigator.serviceWorker?.getRegistration(home))?.unregister();
  location.reload();
}

/** What waits on the phone as a file, to hand to the treasurer by any way there is. */
export async function giveFile() {
  const records = unsentRows().map((row) => row.record);
  const name = `setoran-${state.book?.device.name ?? "HP"}-${dayOf(Date.now(), zone())}.json`;
  const file = new File([JSON.stringify({ service: "bank-sampah", bank: slug, records })], name, { type: "application/json" });
  if (navigator.canShare?.({ files: [file] })) return navigator.share({ files: [file], title: name }).catch(() => null);
  const url = URL.createObjectURL(file);
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}
