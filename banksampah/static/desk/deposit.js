// The deposit in hand: begun, kept as a draft at every step, and saved in one transaction.

import { band, button, go, showAbove } from "./draw.js";
import { uuid7 } from "./numbers.js";
import { reload, say, standing, state, total } from "./state.js";

export async function startDraft(member) {
  state.draft = { id: uuid7(), member, lines: {}, order: [] };
  await keepDraft();
  go("tiles");
}

export const keepDraft = () => (state.practice ? null : state.store.set("draf", state.draft).catch(() => null));
export const lines = () => state.draft.order.map((id) => state.book.line(state.book.byId.get(id), state.draft.lines[id], state.draft.member));

/** One transaction, then the tick: never the tick before it. */
export async function save() {
  if (state.saving) return;
  state.saving = true;
  const { draft, session, book } = state;
  const list = lines();
  const member = draft.member.provisional ? { provisional: draft.member.provisional, name: draft.member.name, rt: draft.member.rt, house_no: draft.member.house } : { id: draft.member.id, number: draft.member.number };
  const record = { id: draft.id, device: book.device.name, session: session?.code ?? "LATIHAN", member, operator_id: session?.operator.id ?? 0, weighed_at: localInstant(), clock_offset_s: state.sender.offset, lines: list, total_idr: total(list), replaces: draft.replaces ?? null, source: "manual" };
  const credited = book.credited(list, draft.member);
  try {
    const row = state.practice ? { id: record.id, number: 0, epoch: 1, state: "latihan", notes: [], record } : await state.store.save({ ...record, shown: { name: draft.member.name, number: draft.member.number, rt: draft.member.rt, balance: draft.member.balance, credited } }, book.device.epoch);
    await remember(list, draft.member);
    state.shown = { row, member: draft.member, credited, before: balanceBefore(draft.member, record.id) };
    state.draft = null;
    await reload();
    go("receipt", { saving: false });
    if (!state.practice) state.sender.now(); // saved: from here on nothing may fail the deposit
  } catch (problem) {
    state.saving = false;
    go("tiles", { problem: null });
    showAbove(band(say(problem?.name === "QuotaExceededError" ? "phone_full" : "save_failed"), "bad", "alert", button(say("try_again"), save, { full: false })));
  }
}

/** The phone's time with its zone: 2026-11-21T08:41:07+07:00. */
export function localInstant(now = new Date()) {
  const minutes = -now.getTimezoneOffset();
  const two = (n) => String(Math.trunc(Math.abs(n))).padStart(2, "0");
  const local = new Date(now.getTime() + minutes * 60000).toISOString().slice(0, 19);
  return `${local}${minutes < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
}

/** The balance the phone knows, with what it holds for this member and the snapshot does not. */
function balanceBefore(member, except) {
  const later = state.rows.filter((row) => row.id !== except && standing(row) && row.record.member.id === member.id && member.id && row.savedAt > state.fetchedAt);
  return member.balance + later.reduce((sum, row) => sum + (row.record.shown?.credited ?? 0), 0);
}

async function remember(list, member) {
  for (const line of list) state.uses[line.material_id] = (state.uses[line.material_id] ?? 0) + 1;
  if (member.id) state.recent = [member.id, ...state.recent.filter((id) => id !== member.id)].slice(0, 6);
  await state.store.set("pemakaian", { uses: state.uses, recent: state.recent });
}
