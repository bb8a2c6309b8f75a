// The proof of a deposit: on the screen, handed over, or cancelled.

import { addressCode } from "./code.js";
import { band, button, facts, go, link, SCREENS } from "./draw.js";
import { keepDraft, localInstant } from "./deposit.js";
import { h, icon } from "./dom.js";
import { amount, clock, dayOf, rupiah, uuid7, whole } from "./numbers.js";
import { receipt, reload, say, slug, state, WORDS, zone } from "./state.js";

/** The proof on the screen, and the way on. */
function receiptScreen() {
  const { row, member, credited, before } = state.shown;
  const list = row.record.lines;
  const sent = row.state === "terkirim" || row.state === "perlu_dilihat";
  return {
    title: say("receipt"),
    sub: `${receipt(row.number, row.epoch)} · ${clock(row.savedAt ?? Date.now(), zone())}`,
    back: () => go("history"),
    main: h("div.cols", {},
      h("div.stack", {}, state.practice ? null : row.record.cancelled ? band(say("voided"), "bad", "cross") : band(say(sent ? "sent" : "saved_phone"), "done", "check"),
        h("div.sheet.flush", {}, h("table.foldy", {}, h("caption", {}, `${member.name} `, h("span.note", {}, `${member.number} · RT ${member.rt || "–"}`)),
          h("thead", {}, h("tr", {}, [say("material"), say("quantity"), say("price"), say("value")].map((text, place) => h(`th${place ? ".n" : ""}`, { scope: "col" }, text)))),
          h("tbody", {}, list.map((line) => { const material = state.book.byId.get(line.material_id); return h("tr", {}, h("th", { scope: "row" }, h("b", {}, material?.name ?? "–")), h("td.n.l2", {}, amount(line.quantity, material?.unit ?? "kg", WORDS)), h("td.n.wide", {}, line.price_idr === null ? "–" : rupiah(line.price_idr)), h("td.n.r.r1", {}, h("b", {}, rupiah(line.value_idr)))); })),
          h("tfoot", {}, h("tr", {}, h("th", { scope: "row" }, say("sum")), h("td.n.l2"), h("td.wide"), h("td.n.r.r1", {}, h("span.sum", {}, rupiah(row.record.total_idr)))))))),
      h("section.stack", {}, h("h2", {}, say("savings")), facts([[say("before"), rupiah(before)], [say("this_one"), rupiah(credited)], [say("provisional"), rupiah(before + credited), true]]),
        h("p.small.muted", {}, say("becomes")),
        handOver(row, before + credited),
        state.practice || row.record.cancelled ? null : link(say("void"), () => go("cancel"), "cross"))),
    dock: button(say("next_member"), () => go("who")),
  };
}

/** Ways to hand the proof over. What needs more than this is loaded when it is first used. */
function handOver(row, balance) {
  return h("div.acts", {}, button(say("print"), () => import("./slip.js").then((slip) => slip.printSlip(state.shown)), { kind: "two", full: false, name: "print" }), state.practice ? null : h("a.btn.two", { href: whatsapp(row, balance), rel: "noreferrer" }, icon("chat", true), "WhatsApp"));
}

/** Where anybody can check the paper of *row*: what its QR code and its message lead to. */
export const checkAddress = (row) => `${location.origin}/b/${slug}/v/${addressCode(receipt(row.number, row.epoch), row.id)}`;

/** The text for the household: figures and where to check them, no secret. */
function whatsapp(row, balance) {
  const grams = row.record.lines.reduce((sum, line) => sum + (state.book.byId.get(line.material_id)?.unit === "kg" ? line.quantity : 0), 0);
  const text = say("wa", { bank: state.book.bank.name, date: dayOf(row.savedAt ?? Date.now(), zone()).split("-").reverse().join("/"), kg: whole(grams), value: rupiah(row.record.total_idr), balance: rupiah(balance), no: receipt(row.number, row.epoch), url: checkAddress(row) });
  return `https://wa.me/?text=${encodeURIComponent(text)}`;
}

/** Why it is cancelled; it stays in the list, struck through. */
function cancel() {
  const { row } = state.shown;
  const choose = async (reason) => {
    const at = localInstant();
    await state.store.update([row.id], (now) => ({ record: { ...now.record, cancelled: { at, reason } }, dirty: now.state !== "di_hp" }));
    await reload();
    state.sender.now();
    const old = row.record;
    const member = state.book.members.find((one) => one.id === old.member.id) ?? { ...old.member, number: old.member.provisional, house: old.member.house_no, kind: "household", delivery: "brought", priceClass: "", open: 1, balance: 0 };
    if (reason === "double") return go("history");
    state.draft = { id: uuid7(), member, lines: Object.fromEntries(old.lines.map((line) => [line.material_id, line.quantity])), order: old.lines.map((line) => line.material_id), replaces: old.id };
    await keepDraft();
    go(reason === "wrong_member" ? "rename" : "tiles");
  };
  return { title: say("void"), sub: receipt(row.number, row.epoch), back: () => go("receipt"), main: h("div.stack.narrow", {}, h("p", {}, say("void_why")), [["wrong_member", "reason_member"], ["wrong_weight", "reason_weight"], ["double", "reason_double"], ["other", "reason_other"]].map(([reason, word]) => button(say(word), () => choose(reason), { kind: "two" }))) };
}

Object.assign(SCREENS, { receipt: receiptScreen, cancel });
