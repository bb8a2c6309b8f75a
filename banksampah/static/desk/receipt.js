// The proof of a deposit: on the screen, handed over, or cancelled.

import { addressCode } from "./code.js";
import { band, button, facts, go, link, SCREENS } from "./draw.js";
import { h, icon } from "./dom.js";
import { amount, clock, dayInTable, dayOf, rupiah, whole } from "./numbers.js";
import { gramsIn, receipt, say, slug, state, WORDS, zone } from "./state.js";

/** The proof on the screen, and the way on. */
function receiptScreen() {
  const { row, member, credited, before } = state.shown;
  const at = row.savedAt ?? Date.now();
  const { cancelled } = row.record;
  const { practice } = state;
  const sent = row.state === "terkirim" || row.state === "perlu_dilihat";
  return {
    title: say("receipt"),
    sub: `${practice ? "" : `${receipt(row.number, row.epoch)} · `}${dayInTable(dayOf(at, zone()))} ${say("at_time", { time: clock(at, zone()) })}`,
    back: () => go("history"),
    main: h("div.cols",
      h("div.stack",
        practice ? null : cancelled ? band(say("voided"), "bad", "cross") : band(say(sent ? "sent" : "saved_phone"), "done", "check"),
        h("div.sheet.flush", goods(row, member))),
      h("section.stack", h("h2", say("savings")), facts([[say("before"), rupiah(before)], [say("this_one"), rupiah(credited)], [say("provisional"), rupiah(before + credited), true]]),
        !practice && !sent && h("p.small.muted", say("becomes")),
        handOver(row, before + credited),
        !practice && !cancelled && link(say("void"), () => go("cancel"), "cross"))),
    dock: button(say("next_member"), () => go("who")),
  };
}

function goods({ record }, member) {
  const heads = [say("material"), say("quantity"), say("price"), say("value")];
  const line = ({ material_id, quantity, price_idr, value_idr }) => {
    const { name = "–", unit = "kg" } = state.book.byId.get(material_id) ?? {};
    return h("tr", h("th", { scope: "row" }, h("b", name)), h("td.n.l2", amount(quantity, unit, WORDS)),
      h("td.n.wide", price_idr === null ? "–" : rupiah(price_idr)), h("td.n.r.r1", h("b", rupiah(value_idr))));
  };
  return h("table.foldy", h("caption", `${member.name} `, h("span.note", `${member.number} · RT ${member.rt || "–"}`)),
    h("thead", h("tr", heads.map((text, place) => h(`th${place ? ".n" : ""}`, { scope: "col" }, text)))),
    h("tbody", record.lines.map(line)),
    h("tfoot", h("tr", h("th", { scope: "row" }, say("sum")), h("td.n.l2", `${whole(gramsIn(record.lines))} kg`), h("td.wide"),
      h("td.n.r.r1", h("span.sum", rupiah(record.total_idr))))));
}

/** Ways to hand the proof over. What needs more than this is loaded when it is first used. */
function handOver(row, balance) {
  const print = () => import("./slip.js").then((slip) => slip.printSlip(state.shown));
  return h("div.acts", button(say("print"), print, { kind: "two", full: false, name: "print" }),
    !state.practice && h("a.btn.two", { href: whatsapp(row, balance), rel: "noreferrer" }, icon("chat", true), "WhatsApp"));
}

/** Where anybody can check the paper of *row*: what its QR code and its message lead to. */
export const checkAddress = (row) => `${location.origin}/b/${slug}/v/${addressCode(receipt(row.number, row.epoch), row.id)}`;

/** The text for the household: figures and where to check them, no secret. */
function whatsapp(row, balance) {
  const text = say("wa", {
    bank: state.book.bank.name, date: dayInTable(dayOf(row.savedAt ?? Date.now(), zone())), kg: whole(gramsIn(row.record.lines)),
    value: rupiah(row.record.total_idr), balance: rupiah(balance), no: receipt(row.number, row.epoch), url: checkAddress(row),
  });
  return `https://wa.me/?text=${encodeURIComponent(text)}`;
}

SCREENS.receipt = receiptScreen;
