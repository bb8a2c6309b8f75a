// Screens that a deposit does not pass: the session (who weighs, by four digits where several share a
// phone; everything weighed in it; its end), a household that the phone does not know, goods that
// somebody left on the table, a deposit that was wrong. Loaded when one is first shown.

import { inHand, keepDraft, lines, startDraft, takeUp, unkept } from "./deposit.js";
import { codeOf } from "./book.js";
import { at, band, button, draw, facts, field, go, h, icon, keypad, link, list, press, SCREENS, showAbove } from "./draw.js";
import { amount, clock, localInstant, rupiah, whole } from "./numbers.js";
import { updateNow } from "./desk.js";
import { amounts, counts, gramsOf, home, ownReceipt, receipt, reload, say, sessionRows, slug, standing, state, today, total, unsentRows, weighedAt, WORDS, zone } from "./state.js";
import { drafts } from "./store.js";
import { finder } from "./weigh.js";

const PIN_DIGITS = 4;
const CHIPS = {
  di_hp: ["", "phone", "on_phone"], mengirim: ["", "send", "on_its_way"], terkirim: [".sent", "check", "sent_chip"],
  perlu_dilihat: [".look", "alert", "need_look"], ditahan: [".look", "alert", "need_look"], ditolak: [".void", "cross", "dismissed_chip"],
};
const VOID = [".void", "cross", "voided_chip"];
const sum = (rows, of) => rows.reduce((all, row) => all + of(row), 0);
const valueOf = (row) => counts(row).total_idr;

// ── its beginning ───────────────────────────────────────────────────────────

/** Who is weighing. */
function operator() {
  const choose = (person) => (person.hash ? go("pin", { person }) : begin(person));
  return {
    title: say("operator"),
    back: () => go("prepare"),
    main: list(state.book.operators.map((person) => h("button.line", { onclick: () => choose(person) }, h("b", person.name)))),
  };
}

/** What a weigher finds who has said who they are: the goods that were left on the table, if any. */
async function begin({ id, name }) {
  navigator.storage?.persist?.().then((persisted) => { state.persisted = persisted; }); // some browsers ask: the queue does not wait
  const goesOn = today(state.session);
  try {
    const begun = today(await state.store.get("sesi")) ?? (await anew()); // another hand, or another page, has the same session
    state.session = await state.store.set("sesi", (kept) => ({ ...(today(kept) ?? begun), operator: { id, name } }));
  } catch (problem) {
    return unkept("operator", () => begin({ id, name }))(problem);
  }
  go(...(goesOn ? await takeUp() : [inHand() ? "tiles" : "who"]));
  state.sender.now();
}

async function anew() {
  const day = state.book.today;
  const before = (await state.store.set(`huruf-${day}`, (count = 0) => count + 1)) - 1;
  const letter = String.fromCharCode(65 + (before % 26)) + (Math.floor(before / 26) || "");
  const { device } = state.book;
  state.asked = false; // fresh prices for a new day
  return { code: `S-${day}-${device.name}-${device.epoch}-${letter}`, day, openedAt: Date.now() };
}

function pin() {
  const { person, typed } = state;
  const onkey = async (key) => {
    state.typed = press(typed, key, PIN_DIGITS);
    if (state.typed.length < PIN_DIGITS) return draw();
    if (await isPin(person, state.typed)) return begin(person);
    go("pin", { problem: say("pin_wrong") });
  };
  const seen = "●".repeat(typed.length) + "○".repeat(PIN_DIGITS - typed.length);
  return {
    title: person.name,
    sub: say("pin"),
    back: () => go("operator"),
    main: h("div.stack.tight.narrow.pad", h("div.readout.pin", h("output", { "aria-label": say("pin_typed", { n: typed.length }) }, seen)), keypad(onkey)),
  };
}

/** Whether *pin* is this person's, worked out as the books keep it. */
async function isPin(person, pin) {
  const bytes = Uint8Array.from(person.salt.match(/../g), (pair) => parseInt(pair, 16));
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(pin), "PBKDF2", false, ["deriveBits"]);
  const made = await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt: bytes, iterations: 100000 }, key, 256);
  return [...new Uint8Array(made)].map((byte) => byte.toString(16).padStart(2, "0")).join("") === person.hash;
}

// ── what was weighed in it ──────────────────────────────────────────────────

/** Everything weighed in this session, the newest first. */
function history() {
  const rows = sessionRows();
  const valid = rows.filter(standing);
  const value = sum(valid, valueOf);
  const valueAt = (...states) => sum(valid.filter((row) => states.includes(row.state)), valueOf);
  const [onPhone, held] = [valueAt("di_hp", "mengirim"), valueAt("ditahan")];
  const last = Math.max(...rows.map((row) => row.sentAt ?? 0));
  return {
    title: say("history"),
    sub: state.session?.operator.name,
    back: () => go(state.session ? "who" : "prepare"),
    main: h("div.cols",
      h("div.stack", rows.length ? h("div.sheet.flush", list(rows.map(line))) : h("p", say("nothing_yet"))),
      h("aside.stack.first", { "aria-label": say("session_sum") },
        facts([
          [say("valid"), String(valid.length)], [say("weight_sum"), `${whole(sum(valid, gramsOf))} kg`],
          [say("value_sent"), rupiah(value - onPhone - held)], ...(held ? [[say("value_held"), rupiah(held)]] : []), [say("value_phone"), rupiah(onPhone)], [say("value_session"), rupiah(value), true],
        ]),
        last > 0 && h("p.small.muted", say("last_sent", { time: clock(last, zone()) })),
        h("p.small", { id: "versi", hidden: true }),
        unsentRows().length > 0 && button(say("send_now"), () => state.sender.now({ byHand: true }), { kind: "two", name: "send" }))),
    dock: state.session && !state.practice && button(say("close_session"), () => go("closing")),
    after: tellVersion,
  };
}

/** A new version waits until nobody weighs. */
async function tellVersion() {
  const { waiting } = (await navigator.serviceWorker?.getRegistration(home)) ?? {};
  if (waiting && at("versi")) Object.assign(at("versi"), { hidden: false, textContent: say("update_ready") });
}

function line(row) {
  const { record, notes } = row;
  const { name = "–", number = "", balance = 0, credited = record.total_idr } = row.shown ?? {};
  const [kind, drawing, word] = record.cancelled || notes.includes("voided") ? VOID : CHIPS[row.state];
  const struck = (text) => (standing(row) ? text : h("s", text));
  const show = () => go("receipt", { shown: { row, member: { ...row.shown, ...record.member }, credited, before: balance } });
  const no = String(row.number).padStart(4, "0");
  const paper = row.depositSeq && state.net.online !== false && h("a.go.quiet", { href: `/b/${slug}/setoran/${row.depositSeq}/bukti.pdf?kertas=58mm` }, icon("print", true), `${say("print")} ${no}`);
  return [h("button.line.hist", { onclick: show },
    h("span", h("b", struck(name)), " ", h("span.muted.small", number)), h("span.v", struck(rupiah(valueOf(row)))),
    h("small", `${no} · ${clock(weighedAt(row), zone())} · ${amounts(counts(row).lines)}`),
    h(`span.chip${kind}`, icon(drawing), say(word)),
    notes.length > 0 && h("small.why", notes.map((note) => say(`note_${note}`)).join(" "))), paper];
}

// ── its end ─────────────────────────────────────────────────────────────────

/** The phone's count against the books', before everybody goes home. */
function closing() {
  const valid = sessionRows().filter(standing);
  const mine = { deposits_count: valid.length, weight_g: sum(valid, gramsOf), value_idr: sum(valid, valueOf) };
  const { compared } = state;
  const counted = (who) => (who ? say("count_line", { n: who.deposits_count, kg: whole(who.weight_g), value: rupiah(who.value_idr) }) : "–");
  return {
    title: say("close_session"),
    back: () => go("history", { compared: null }),
    main: h("div.stack.narrow",
      facts([[say("phone"), counted(mine)], [say("books"), counted(compared?.books)]]), compared && verdict(compared, valid, mine),
      h("h2", say("material")), facts(byMaterial(valid))),
    dock: compared?.agrees ? button(say("done"), () => end(mine)) : button(say("compare"), () => compare(mine)),
  };
}

/** How much of each material was weighed, in the bank's order. */
function byMaterial(rows) {
  const sums = {};
  for (const { material_id: id, quantity } of rows.flatMap((row) => counts(row).lines)) sums[id] = (sums[id] ?? 0) + quantity;
  return state.book.materials.filter(({ id }) => sums[id]).map(({ id, name, unit }) => [name, amount(sums[id], unit, WORDS)]);
}

/** Deposits that phone and books have differently, or one of them alone. */
function differences(valid, theirs) {
  const side = (rows) => new Map(rows.map(([id, no, grams, value]) => [id, `${no}, ${whole(grams)} kg, ${rupiah(value)}`]));
  const mine = side(valid.map((row) => [row.id, receipt(row), gramsOf(row), valueOf(row)]));
  const books = side(theirs);
  const other = [...new Map([...mine, ...books]).keys()].filter((id) => mine.get(id) !== books.get(id));
  return other.length > 0 && list(other.map((id) => h("div.line", h("span", `${say("phone")}: ${mine.get(id) ?? "–"}`, h("br"), `${say("books")}: ${books.get(id) ?? "–"}`))));
}

function verdict({ agrees, missing, missing_before: before, rows }, valid, mine) {
  if (agrees) return band(say("match"), "done", "check");
  const never = [...before, ...missing.map(ownReceipt)];
  const text = never.length ? say("missing", { list: never.join(", ") }) : say("differ");
  return [band(text, "look", "alert"), differences(valid, rows), link(say("close_anyway"), () => end(mine))];
}

/** Over on the phone at once; the books hear of it as soon as they can be reached. */
async function end(mine) {
  const told = { code: state.session.code, ...mine, last: state.counter.last };
  await state.store.set("tutup", (kept = []) => [...kept, told]).catch(() => null); // a full phone ends its day too
  await state.store.set("sesi", null).catch(() => null);
  state.session = null; // after it is gone from the store, whence whoever loads takes it up
  go("prepare", { compared: null });
  await state.sender.now();
  updateNow();
}

async function compare(mine) {
  await state.sender.now({ byHand: true });
  await reload();
  const left = unsentRows().length;
  if (left) return go("closing", { problem: say("unsent", { n: left }) });
  const told = { code: state.session.code, ...mine, last: state.counter.last, ends: false };
  const compared = await state.sender.post("tutup", told).catch(() => null);
  go("closing", compared ? { compared } : { problem: say("compare_offline") });
}

// ── what few deposits pass ──────────────────────────────────────────────────

const FIELDS = ["nama-baru", "rt-baru", "rumah-baru"];
const KINDS = [{ maxlength: 80 }, { inputmode: "numeric", maxlength: 3 }, { maxlength: 20 }];
const filled = () => FIELDS.map((id) => at(id).value);

/** Somebody the phone does not know: a number of its own until the treasurer has matched it. */
function newcomer() {
  const { giving } = state;
  const leave = () => Object.assign(state, { filled: null, giving: null });
  const add = async () => {
    const [name, rt, house] = filled().map((text) => text.trim());
    if (!name) {
      if (!document.querySelector("#isi .band.look")) showAbove(band(say("name_missing"), "look", "alert"));
      return at("nama-baru").focus();
    }
    try {
      const last = state.practice ? 1 : await state.store.set("warga-baru", (count = 0) => count + 1);
      leave();
      const number = `T-${String(last).padStart(2, "0")}`;
      const id = codeOf(number, state.counter);
      (giving ? give : startDraft)({ id, provisional: id, number, name, rt, house, kind: "household", delivery: "brought", priceClass: "", open: 1, balance: 0 });
    } catch (problem) {
      unkept("newcomer", add, { filled: filled() })(problem);
    }
  };
  const onkeydown = ({ key, target: { id } }) => key === "Enter" && (id === FIELDS[2] ? add() : at(FIELDS[FIELDS.indexOf(id) + 1]).focus());
  return {
    title: say("new_member"),
    back: () => { leave(); keepDraft({ at: "who" }); go(giving ? "rename" : "who"); },
    main: h("div.stack.narrow", { oninput: () => keepDraft({ at: "newcomer", filled: filled(), giving }), onkeydown },
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

/** What lies on the table is *member*'s. */
function give(member) {
  const { draft } = state;
  state.draft = null;
  startDraft(member, { ...draft, member });
}

/** The same goods for the right household, which may be one that the phone does not know. */
function rename() {
  return {
    title: say("who"),
    back: () => go("history"),
    main: h("div.stack.narrow", finder(give, say("search_any")), link(say("new_member"), () => go("newcomer", { giving: true }), "plus")),
  };
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
      button(say("unsaved_give", chosen), () => give(chosen), { kind: "two" }),
      button(say("unsaved_clear", chosen), clear, { kind: "two" })),
  };
}

Object.assign(SCREENS, { operator, pin, history, closing, newcomer, cancel, rename, unsaved });
