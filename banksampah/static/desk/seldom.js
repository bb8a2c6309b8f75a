// What few deposits pass: a household that the phone does not know, goods that somebody left on the
// table, and a deposit that was wrong: cancelled, and begun again. Loaded when first used.

import { inHand, keepDraft, lines, startDraft, unkept } from "./deposit.js";
import { at, h } from "./dom.js";
import { band, button, field, go, SCREENS, showAbove } from "./draw.js";
import { localInstant, rupiah } from "./numbers.js";
import { receipt, reload, say, state, total } from "./state.js";
import { drafts } from "./store.js";
import { finder } from "./weigh.js";

const FIELDS = ["nama-baru", "rt-baru", "rumah-baru"];
const KINDS = [{ maxlength: 80 }, { inputmode: "numeric", maxlength: 3 }, { maxlength: 20 }];
const filled = () => FIELDS.map((id) => at(id).value);

/** Somebody the phone does not know: a number of its own until the treasurer has matched it. */
function newcomer() {
  const leave = () => { state.filled = null; };
  const add = async () => {
    const [name, rt, house] = filled().map((text) => text.trim());
    if (!name) {
      if (!document.querySelector("#isi .band.look")) showAbove(band(say("name_missing"), "look", "alert"));
      return at("nama-baru").focus();
    }
    try {
      const last = state.practice ? 1 : await state.store.set("warga-baru", (count = 0) => count + 1);
      leave();
      const id = `T-${String(last).padStart(2, "0")}`;
      startDraft({ id, provisional: id, number: id, name, rt, house, kind: "household", delivery: "brought", priceClass: "", open: 1, balance: 0 });
    } catch (problem) {
      unkept("newcomer", add, { filled: filled() })(problem);
    }
  };
  return {
    title: say("new_member"),
    back: () => { leave(); keepDraft({ at: "who" }); go("who"); },
    main: h("div.stack.narrow", { oninput: () => keepDraft({ at: "newcomer", filled: filled() }) },
      FIELDS.map((id, place) => field(id, [say("name"), "RT", say("house")][place], { ...KINDS[place], value: state.filled?.[place] }))),
    dock: button(say("save_and_weigh"), add),
  };
}

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

/** Cancel *row*, then begin the right deposit with the same goods, unless others lie on the table. */
async function cancelFor(row, reason) {
  const { id, record, shown } = row;
  const at = localInstant();
  try {
    await state.store.update([id], (now) => ({ record: { ...now.record, cancelled: { at, reason } }, dirty: now.state !== "di_hp" }));
  } catch (problem) {
    return unkept("cancel", () => cancelFor(row, reason))(problem);
  }
  await reload();
  state.sender.now();
  if (reason === "double") return go("history");
  const left = inHand();
  if (left) return go("history", { problem: say("cancelled_only", left.member) });
  const member = state.book.people.find((one) => one.id === (record.member.id ?? shown?.id)) ?? { open: 1, ...shown, ...record.member };
  const order = record.lines.map((line) => line.material_id);
  startDraft(member, { lines: Object.fromEntries(record.lines.map((line) => [line.material_id, line.quantity])), order, replaces: id });
  if (reason === "wrong_member") go("rename");
}

/** The same goods for the right household. */
function rename() {
  const give = (member) => {
    const { draft } = state;
    state.draft = null;
    startDraft(member, { ...draft, member });
  };
  return { title: say("who"), back: () => go("history"), main: h("div.stack.narrow", finder(give, say("search_any"))) };
}

/** Goods of one household lie on the table, and another one was chosen: nothing is swept away unasked. */
function unsaved() {
  const { draft, chosen } = state;
  const clear = async () => {
    await state.store.set("draf", (kept) => drafts(kept).filter(({ root }) => root !== draft.root)).catch(() => null);
    state.draft = null;
    startDraft(chosen);
  };
  return {
    title: say("unsaved"),
    back: () => go("who"),
    main: h("div.stack.narrow", h("p", say("unsaved_of", { ...draft.member, n: draft.order.length, value: rupiah(total(lines())) })),
      button(say("unsaved_go_on", draft.member), () => startDraft(draft.member)),
      button(say("unsaved_clear", chosen), clear, { kind: "two" })),
  };
}

Object.assign(SCREENS, { newcomer, cancel, rename, unsaved });
