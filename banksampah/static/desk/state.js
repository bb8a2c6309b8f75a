// What the desk knows at this moment, and the questions every screen asks of it.

import { Book } from "./book.js";
import { receiptNumber } from "./numbers.js";

export const WORDS = JSON.parse(document.querySelector("#kata").content.textContent);
export const { slug, base, home, worker, signIn } = document.body.dataset;

/** A sentence of the catalogue, with its {figures}. */
export const say = (key, figures = {}) => Object.entries(figures).reduce((text, [name, value]) => text.replaceAll(`{${name}}`, value), WORDS[key] ?? key);

/** *store* and *sender* are there before the first screen is drawn. */
export const state = { screen: "prepare", store: null, sender: null, book: null, session: null, draft: null, rows: [], net: {}, practice: false, uses: {}, recent: [], typed: "", shown: null };

export const zone = () => state.book?.bank.zone ?? "Asia/Jakarta";
export const unsentRows = () => state.rows.filter((row) => row.state === "di_hp" || row.state === "mengirim" || row.dirty);
export const sessionRows = () => state.rows.filter((row) => row.record.session === state.session?.code);
export const standing = (row) => !row.record.cancelled;
export const gramsOf = (row) => row.record.lines.reduce((sum, line) => sum + line.quantity, 0);
export const receipt = (number, epoch = state.book.device.epoch) => receiptNumber(state.book.device.name, epoch, number);
export const total = (list) => list.reduce((sum, line) => sum + line.value_idr, 0);

/** Take up what the phone keeps. */
export async function load() {
  const { store } = state;
  const kept = await store.get("bekal");
  state.book = kept ? new Book(kept.body) : null;
  state.fetchedAt = kept?.at ?? 0;
  state.session = (await store.get("sesi")) ?? null;
  Object.assign(state, (await store.get("pemakaian")) ?? {});
  await reload();
}

/** Read the outbox anew: another page of this phone may have written to it. */
export async function reload() {
  state.rows = await state.store.outbox();
  const counter = await state.store.get("nomor");
  state.nextNumber = (counter?.last ?? 0) + 1;
}
