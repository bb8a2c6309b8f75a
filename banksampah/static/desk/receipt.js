// The proof of a deposit: on the screen, handed over, or cancelled.

import { band, button, facts, go, link, SCREENS } from "./draw.js";
import { h, icon } from "./dom.js";
import { addressCode, amount, clock, dayInTable, dayOf, rupiah, whole } from "./numbers.js";
import { gramsIn, receipt, say, slug, standing, state, WORDS, zone } from "./state.js";

/** What is told in place of a balance: none is promised of what is taken back, held, or in Titipan. */
export const instead = ({ row: { record, state: at }, credited }) =>
  record.cancelled ? "voided" : { ditahan: "held", ditolak: "dismissed" }[at] ?? (credited === null && "note_member_closed");

/** The proof on the screen, and the way on. */
function receiptScreen() {
  const { row, member, credited, before } = state.shown;
  const at = row.savedAt ?? Date.now();
  const { practice } = state;
  const told = instead(state.shown);
  const isGood = standing(row);
  const canChange = isGood && !practice;
  const balance = rupiah(before + credited);
  const sent = row.state === "terkirim" || row.state === "perlu_dilihat";
  return {
    title: say("receipt"),
    sub: (practice ? "" : `${receipt(row)} · `) + `${dayInTable(dayOf(at, zone()))} ${say("at_time", { time: clock(at, zone()) })}`,
    back: () => go("history"),
    main: h("div.cols",
      h("div.stack",
        !practice && told !== "held" && isGood && band(say(sent ? "sent" : "saved_phone"), "done", "check"),
        told && (isGood ? band(say(told), "look", "alert") : band(say(told), "bad", "cross")),
        h("div.sheet.flush", goods(row, member))),
      h("section.stack", !told && [h("h2", say("savings")), facts([[say("before"), rupiah(before)], [say("this_one"), rupiah(credited)], [say("provisional"), balance, true]]),
        !practice && !sent && h("p.small.muted", say("becomes"))],
        h("div.acts", button(say("print"), print, { kind: "two", full: false, name: "print" }),
          canChange && h("a.btn.two", { href: whatsapp(row, told ? say(told) : `${say("provisional")} ${balance}.`), rel: "noreferrer" }, icon("chat", true), "WhatsApp")),
        canChange && link(say("void"), () => go("cancel"), "cross"))),
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

/** What a printer needs is loaded when it is first used. */
const print = () => import("./slip.js").then((slip) => slip.printSlip(state.shown));

/** Where anybody can check the paper of *row*: what its QR code and its message lead to. */
export const checkAddress = (row) => `${location.origin}/b/${slug}/v/${addressCode(receipt(row), row.id)}`;

/** The text for the household: figures and where to check them, no secret. */
function whatsapp(row, balance) {
  const text = say("wa", {
    bank: state.book.bank.name, date: dayInTable(dayOf(row.savedAt ?? Date.now(), zone())), kg: whole(gramsIn(row.record.lines)),
    value: rupiah(row.record.total_idr), balance, no: receipt(row), url: checkAddress(row),
  });
  return `https://wa.me/?text=${encodeURIComponent(text)}`;
}

SCREENS.receipt = receiptScreen;
