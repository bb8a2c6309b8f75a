// A deposit that was wrong: cancelled, and begun again with the same goods. Loaded when first used.

import { startDraft } from "./deposit.js";
import { h } from "./dom.js";
import { button, go, SCREENS } from "./draw.js";
import { localInstant } from "./numbers.js";
import { receipt, reload, say, state } from "./state.js";
import { finder } from "./who.js";

/** Why it is cancelled; it stays in the list, struck through. */
function cancel() {
  const { row } = state.shown;
  const reasons = [["wrong_member", "reason_member"], ["wrong_weight", "reason_weight"], ["double", "reason_double"], ["other", "reason_other"]];
  return {
    title: say("void"),
    sub: receipt(row),
    back: () => go("receipt"),
    main: h("div.stack.narrow", h("p", say("void_why")), reasons.map(([reason, word]) => button(say(word), () => cancelFor(row, reason), { kind: "two" }))),
  };
}

/** Cancel *row*, then begin the right deposit with the same goods. */
async function cancelFor({ id, record }, reason) {
  const at = localInstant();
  await state.store.update([id], (now) => ({ record: { ...now.record, cancelled: { at, reason } }, dirty: now.state !== "di_hp" }));
  await reload();
  state.sender.now();
  if (reason === "double") return go("history");
  const { provisional: number, house_no: house } = record.member;
  const unknown = { ...record.member, number, house, kind: "household", delivery: "brought", priceClass: "", open: 1, balance: 0 };
  const member = state.book.members.find((one) => one.id === record.member.id) ?? unknown;
  const order = record.lines.map((line) => line.material_id);
  startDraft(member, { lines: Object.fromEntries(record.lines.map((line) => [line.material_id, line.quantity])), order, replaces: id });
  if (reason === "wrong_member") go("rename");
}

/** The same goods for the right household. */
function rename() {
  const give = (member) => {
    state.draft.member = member;
    go("tiles");
  };
  return { title: say("who"), back: () => go("history"), main: h("div.stack.narrow", finder(give, say("search_any"))) };
}

Object.assign(SCREENS, { cancel, rename });
