// The deposit: begun, kept as a draft at every step, saved in one transaction; and its proof, on the
// screen and handed over.

import { band, button, facts, go, h, icon, link, SCREENS } from "./draw.js";
import { addressCode, amount, clock, dayInTable, dayOf, localInstant, rupiah, uuid7 } from "./numbers.js";
import { amounts, app, counts, receipt, reload, say, slug, standing, state, total, weighedAt, WORDS, zone } from "./state.js";
import { drafts } from "./store.js";

/** The deposit that has something on the table and was saved by no page, if there is one. */
export const inHand = () => state.draft?.order.length && !state.rows.some(({ id }) => id === state.draft.id) && state.draft;

/**
 * Begin a deposit of *member*, or go on with what lies on the table for them: under an id of its own,
 * since another page may have found the same goods and save them as they were. What lies there for
 * somebody else is asked about first. *more* is what it takes over from a cancelled one.
 */
export function startDraft(member, more = inHand()) {
  if (more?.member && more.member.number !== member.number) return go("unsaved", { chosen: member });
  const id = uuid7();
  state.draft = { lines: {}, order: [], root: id, ...more, member, id };
  go("tiles");
}

const isNew = !sessionStorage.Laci;
const page = (sessionStorage.Laci ??= uuid7()); // the same when it is loaded anew
const OTHERS_MAX = 3; // pages whose table is empty

/** Keep the deposit in hand, with what is being typed *now* and at which screen, beside those of other pages. */
export function keepDraft(now) {
  const mine = { ...state.draft, now, page };
  const others = (kept) => drafts(kept).filter((draft, place) => draft.page !== page && (draft.order?.length || place < OTHERS_MAX));
  return !state.practice && state.store.set("draf", (kept) => [mine, ...others(kept)]).catch(() => null);
}

/** Take up the deposit in hand where it was left, and answer there: a new page finds what another one had. */
export async function takeUp() {
  const all = state.book && !state.practice ? drafts(await state.store.get("draf")) : [];
  const kept = all.find((draft) => draft.page === page) ?? (isNew && (all.find((draft) => draft.order?.length) ?? all[0]));
  const isSaved = state.rows.some((row) => row.id === kept?.id);
  const { now, ...draft } = isSaved ? {} : { ...kept };
  if (draft.member) state.draft ??= draft;
  const material = state.book?.byId.get(now?.id);
  return [material ? "weight" : now?.at ?? (state.draft ? "tiles" : "who"), { material, ...now }];
}

export function lines() {
  const { book, draft } = state;
  const known = draft.order.filter((id) => book.byId.has(id));
  return known.map((id) => ({ ...book.line(book.byId.get(id), draft.lines[id], draft.member), source: draft.scaled?.[id] ? "scale" : "manual" }));
}

/** One transaction, then the tick: never the tick before it. Saved is *list*, as it was told, by the price list *version*. */
export async function save(list = lines(), version = state.book.version) {
  if (state.saving) return;
  if (!state.practice && !state.session?.operator) return go("operator");
  state.saving = true;
  const { draft, book } = state;
  const { member } = draft;
  const credited = member.open ? book.credited(list, member) : null; // of a closed household it goes to Titipan
  const record = recordOf(draft, list, version);
  const balance = balanceBefore(member, record.id);
  const keep = () => (state.practice
    ? { id: record.id, number: 0, epoch: 1, state: "latihan", notes: [], record }
    : state.store.save({ ...record, shown: { ...member, balance, credited } }, draft.root));
  try {
    let row = await keep();
    if (JSON.stringify(row.record.lines) !== JSON.stringify(list)) { // another page saved what it had of this deposit
      record.id = uuid7();
      row = await keep();
    }
    await remember(list, member).catch(() => null); // what is used most is no part of what was saved
    const shown = (state.shown = { row, member, credited, before: balance });
    state.draft = null;
    await reload();
    go("receipt", { saving: false });
    if (state.practice) return;
    state.sender.saved(); // from here on nothing may fail the deposit
    if (state.printer) print("Itself", shown).catch(() => null);
  } catch (problem) {
    state.saving = false;
    unkept("tiles", () => save(list, version))(problem);
  }
}

/** Say on *screen* why the phone did not keep something, and let it be tried again. */
export const unkept = (screen, retry, more) => (problem) =>
  go(screen, { ...more, problem: say(problem?.name === "QuotaExceededError" ? "phone_full" : "save_failed"), retry });

function recordOf({ id, member, replaces = null }, list, price_version) {
  const { session, book, sender } = state;
  const { provisional, name, rt, house: house_no, number } = member;
  return {
    id, device: book.device.name, session: session?.code ?? "LATIHAN", operator_id: session?.operator.id ?? 0,
    member: provisional ? { provisional, name, rt, house_no } : { id: member.id, number },
    weighed_at: localInstant(), clock_offset_s: sender.offset, lines: list, total_idr: total(list), replaces, app, price_version,
  };
}

/** The balance of the provisions, with what the books were told after they were fetched; of a new household there is nothing in them. */
function balanceBefore({ id, balance, provisional }, except) {
  const change = (row) => {
    const isIn = (at) => !provisional && at > 0 && at < state.fetchedAt;
    return standing(row) ? !isIn(row.sentAt) && row.state !== "ditahan" : isIn(row.sentAt) && !isIn(row.goneAt) && -1;
  };
  const rows = state.rows.filter((row) => id && row.id !== except && (row.record.member.id ?? row.shown?.id) === id);
  return rows.reduce((sum, row) => sum + change(row) * ((row.booked ?? row.shown)?.credited ?? 0), balance);
}

async function remember(list, { id }) {
  if (state.practice) return;
  for (const line of list) state.uses[line.material_id] = (state.uses[line.material_id] ?? 0) + 1;
  if (id) state.recent = [id, ...state.recent.filter((other) => other !== id)].slice(0, 6);
  await state.store.set("pemakaian", { uses: state.uses, recent: state.recent });
}

// ── its proof ───────────────────────────────────────────────────────────────

/** What is told in place of a balance: none is promised of what is taken back, held, in Titipan, or given away. */
export function instead({ row, credited: promised }) {
  const { record, state: at, notes } = row;
  const { credited } = row.booked ?? { credited: promised };
  if (record.cancelled || notes.includes("voided")) return "voided";
  if (at === "ditahan") return "held";
  if (at === "ditolak") return "dismissed";
  if (credited === null) return "note_member_closed";
  return credited === 0 && counts(row).total_idr > 0 && "sedekah";
}

/** Whether *credited* is a part of what the goods of *row* are worth. */
export const isPart = (row, credited) => credited !== counts(row).total_idr;

/** The proof on the screen, and the way on. */
function receiptScreen() {
  const { row, member, before } = state.shown;
  const { credited } = row.booked ?? state.shown;
  const at = weighedAt(row);
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
        told && band(say(told), ...(isGood ? ["look", "alert"] : ["bad", "cross"])),
        isGood && row.booked && band(say("told_other", { value: rupiah(row.record.total_idr) }), "look", "alert"),
        h("div.sheet.flush", goods(counts(row), member))),
      h("section.stack", !told && [h("h2", say("savings")), facts([[say("before"), rupiah(before)], [say(isPart(row, credited) ? "share" : "this_one"), rupiah(credited)], [say("provisional"), balance, true]]),
        !practice && !sent && h("p.small.muted", say("becomes"))],
        h("div.acts", button(say("print"), () => print("Slip", state.shown), { kind: "two", full: false, name: "print" }),
          canChange && h("a.btn.two", { href: whatsapp(row, told ? say(told) : `${say("provisional")} ${balance}.`), rel: "noreferrer" }, icon("chat", true), "WhatsApp")),
        canChange && link(say("void"), () => go("cancel"), "cross"))),
    dock: button(say("next_member"), () => go("who")),
  };
}

/** A price and what it is for, or that it follows later. */
export const priced = (price, per = "") => (price === null ? say("price_later") : rupiah(price) + per);

function goods({ lines, total_idr }, member) {
  const line = ({ material_id, quantity, price_idr, value_idr }) => {
    const { name = "–", unit = "kg" } = state.book.byId.get(material_id) ?? {};
    const price = priced(price_idr);
    return h("tr", h("th", { scope: "row" }, h("b", name)), h("td.n.l2", amount(quantity, unit, WORDS), h("span.phone", ` × ${price}`)),
      h("td.n.wide", price), h("td.n.r.r1", h("b", rupiah(value_idr))));
  };
  return h("table.foldy", h("caption", `${member.name} `, h("span.note", `${member.number} · RT ${member.rt || "–"}`)),
    h("thead", h("tr", ["material", "quantity", "price", "value"].map((name, place) => h(`th${place ? ".n" : ""}`, { scope: "col" }, say(name))))),
    h("tbody", lines.map(line)),
    h("tfoot", h("tr", h("th", { scope: "row" }, say("sum")), h("td.n.l2", amounts(lines)), h("td.wide"),
      h("td.n.r.r1", h("span.sum", rupiah(total_idr))))));
}

/** What a printer needs is loaded when it is first used. */
const print = (how, shown) => import("./printer.js").then((printer) => printer[`print${how}`](shown));

/** Where anybody can check the paper of *row*: what its QR code and its message lead to. */
export const checkAddress = (row) => `${location.origin}/b/${slug}/v/${addressCode(receipt(row), row.id)}`;

/** The text for the household: figures and where to check them, no secret. */
function whatsapp(row, balance) {
  const text = say("wa", {
    bank: state.book.bank.name, date: dayInTable(dayOf(weighedAt(row), zone())), goods: amounts(counts(row).lines),
    value: rupiah(counts(row).total_idr), balance, no: receipt(row), url: checkAddress(row),
  });
  return `https://wa.me/?text=${encodeURIComponent(text)}`;
}

SCREENS.receipt = receiptScreen;
