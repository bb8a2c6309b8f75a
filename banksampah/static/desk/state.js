// What the desk knows at this moment, and the questions every screen asks of it.

import { Book } from "./book.js";
import { amount, receiptNumber } from "./numbers.js";
import { isUnsent } from "./store.js";

export const WORDS = JSON.parse(document.getElementById("kata").content.textContent);
export const { slug, base, home, worker, signIn, app } = document.body.dataset;

const UNHEARD_MS = 30 * 24 * 3600 * 1000; // names do not stay on a phone that nobody uses
const YEAR_MS = 365 * 24 * 3600 * 1000;
const SESSION_MS = 18 * 3600 * 1000; // one that nobody closed is over by the next morning

/** How long ago; a clock that is years off tells nothing. */
function since(at) {
  const age = Date.now() - at;
  return age < YEAR_MS ? age : 0;
}

/** A sentence of the catalogue, with its {figures}. */
export const say = (key, figures = {}) => (WORDS[key] ?? key).replace(/\{(\w+)\}/g, (_all, name) => figures[name]);

/** *store* and *sender* are there before the first screen is drawn. */
export const state = { screen: "prepare", rows: [], net: {}, uses: {}, recent: [], typed: "" };

export const zone = () => state.book?.bank.zone ?? "Asia/Jakarta";
export const unsentRows = () => state.rows.filter(isUnsent);
/** What was weighed in this session; practice has no part in it. */
export const sessionRows = () => state.rows.filter((row) => !state.practice && row.record.session === state.session?.code);
export const standing = (row) => !row.record.cancelled && row.state !== "ditolak";
/** When a row was weighed, as the books will have it: by the phone's clock, put right by what they told of it. */
export const weighedAt = ({ record }) => Date.parse(record.weighed_at) + record.clock_offset_s * 1000;
const sumIn = (lines, unit) => lines.reduce((sum, line) => sum + (state.book.byId.get(line.material_id)?.unit === unit ? line.quantity : 0), 0);
/** The weight of *lines*: pieces and litres have none. */
export const gramsIn = (lines) => sumIn(lines, "kg");
/** How much *lines* are, each by its measure: "2,35 kg, 12 buah". */
export const amounts = (lines) => ["kg", "pcs", "litre"].filter((unit) => sumIn(lines, unit)).map((unit) => amount(sumIn(lines, unit), unit, WORDS)).join(", ") || "0 kg";
export const gramsOf = (row) => gramsIn(counts(row).lines);
/** The receipt number of a row: of the phone that this one was then. */
export const receipt = ({ number, epoch, record }) => receiptNumber(record.device, epoch, number);
/** What *number* is called, of those that this phone gives now. */
export const ownReceipt = (number) => receiptNumber(state.counter.device, state.counter.epoch, number);
/** What counts of a row: what the books have, where the phone told something else. */
export const counts = (row) => row.booked ?? row.record;
export const total = (lines) => lines.reduce((sum, line) => sum + line.value_idr, 0);

/** *session*, unless it was begun so long ago that it is over. */
export const today = (session) => (session && since(session.openedAt) < SESSION_MS ? session : null);

/** Take up what the phone keeps. */
export async function load() {
  const kept = await state.store.get("bekal");
  state.book = kept ? new Book(kept.body, state.sender) : null;
  state.fetchedAt = kept?.at ?? 0;
  state.session ??= today(await state.store.get("sesi")); // one in use is not taken away
  Object.assign(state, await state.store.get("pemakaian"), { printer: await state.store.get("cetak") });
  await reload();
  if (since(state.fetchedAt) > UNHEARD_MS) await forget();
}

/** Take up newer provisions, unless a deposit is in hand: what its household was told stands. */
export async function freshen() {
  if (!state.newer || state.draft || state.aside) return;
  state.newer = false;
  await load();
}

/** Take every name off the phone, unless deposits wait on it or one is in hand. */
export async function forget() {
  if (state.book && !state.practice && !state.draft?.order.length && !unsentRows().length) await import("./tools.js").then((tools) => tools.forgetNames()).catch(() => null);
}

/** Read the outbox anew: another page of this phone may have written to it. */
export async function reload() {
  state.rows = await state.store.outbox();
  state.counter = { device: state.book?.device.name, last: 0, ...(await state.store.get("nomor")) };
  state.book?.meet(state.rows);
}
