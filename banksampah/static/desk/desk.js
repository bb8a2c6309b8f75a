// The weighing desk: who, what, how heavy, saved. Each screen is a function that draws itself from
// the state; nothing here needs a signal.

import { Book, isPin } from "./book.js";
import { h, icon } from "./dom.js";
import { amount, clock, dayOf, pieces, receiptNumber, rupiah, thousandths, uuid7, whole } from "./numbers.js";
import { Sender } from "./send.js";
import { Store } from "./store.js";

const USUAL_TIMES = 3;
const USUAL_MAX = 100000;
const QUANTITY_MAX = 10000000;
const SEND_EVERY_MS = 30000;
const IDLE_MS = 300000;
const WORDS = JSON.parse(document.querySelector("#kata").content.textContent);
const { slug, base } = document.body.dataset;
const places = { head: document.querySelector("#kepala"), band: document.querySelector("#pita"), main: document.querySelector("#isi"), dock: document.querySelector("#dok") };

/** A sentence of the catalogue, with its {figures}. */
const say = (key, figures = {}) => Object.entries(figures).reduce((text, [name, value]) => text.replaceAll(`{${name}}`, value), WORDS[key] ?? key);

const state = { screen: "prepare", book: null, session: null, draft: null, rows: [], net: {}, practice: false, uses: {}, recent: [], typed: "", shown: null };
let store;
let sender;

// ── drawing ─────────────────────────────────────────────────────────────────

const button = (text, onclick, { kind = "", full = true, name = null, ...rest } = {}) =>
  h(`button.btn${kind ? `.${kind}` : ""}${full ? ".full" : ""}`, { type: "button", onclick, ...rest }, name && icon(name, true), text);
const link = (text, onclick, name = "") => h("p", {}, h("button.go.quiet", { type: "button", onclick }, name && icon(name, true), text));
const facts = (rows) => h("dl.facts", {}, rows.map(([name, value, total]) => h(`div${total ? ".tot" : ""}`, {}, h("dt", {}, name), h("dd", {}, total ? h("span.sum", {}, value) : value))));
const band = (text, kind, drawing, action = null) => h(`div.band${kind ? `.${kind}` : ""}`, { role: "status" }, icon(drawing), h("p", {}, text), action);

function go(screen, extra = {}) {
  Object.assign(state, { screen, typed: "", problem: null }, extra);
  draw();
  scrollTo(0, 0);
  places.main.focus({ preventScroll: true });
}

function draw() {
  const shown = SCREENS[state.screen]();
  document.title = `${shown.title} – ${WORDS.desk}`;
  places.head.replaceChildren(head(shown));
  places.main.replaceChildren(...[state.practice && h("div.band.practice", { role: "status" }, say("practice")), ...[shown.main].flat(3)].filter(Boolean));
  places.dock.replaceChildren(...(shown.dock ? [h("div.wrap", {}, shown.dock)] : []));
  places.dock.hidden = !shown.dock;
  drawBand();
  shown.after?.();
}

function head({ title, sub, back, chip }) {
  return h("div.wrap.task", {},
    back && h("button.quiet.back", { type: "button", onclick: back }, icon("back"), h("span.vh", {}, say("back"))),
    h("div", {}, h("h1", {}, title), sub && h("p", {}, sub)), chip);
}

/** One sentence on the state of the link and the outbox, with at most one action. */
function drawBand() {
  const unsent = unsentRows().length;
  const [text, kind, drawing, action] = bandOf(unsent);
  places.band.replaceChildren(...(text ? [h(`div.band.bar${kind}`, { role: "status" }, h("div.wrap.row", {}, icon(drawing, true), h("span", {}, text), action))] : []));
}

function bandOf(unsent) {
  const net = state.net;
  const now = unsent ? h("button.go.quiet", { type: "button", onclick: () => sender.now({ byHand: true }) }, say("send_now")) : null;
  if (net.refused) return [say("refused", { n: unsent }), ".bad", "alert", h("button.go.quiet", { type: "button", onclick: giveFile }, say("backup"))];
  if (net.revoked) return [say("revoked"), ".look", "alert", null];
  if (net.signedIn === false) return [say(unsent ? "sign_in_to_send" : "sign_in", { n: unsent }), ".look", "lock", h("a.go", { href: `${document.body.dataset.signIn}` }, say("sign_in_do"))];
  if (net.registered === false) return [say("unregistered"), ".look", "alert", null];
  if (Math.abs(net.offset ?? 0) > 600) return [say("clock_wrong"), ".look", "clock", null];
  if (net.sending) return [say("sending", { n: net.sending.left }), "", "send", null];
  if (net.online === false) return [unsent ? say("send_failed", { n: unsent, time: net.nextAt ? clock(net.nextAt, zone()) : "–" }) : say("no_internet"), "", "nonet", now];
  return unsent ? [say("unsent", { n: unsent }), "", "phone", now] : [null];
}

const zone = () => state.book?.bank.zone ?? "Asia/Jakarta";
const unsentRows = () => state.rows.filter((row) => row.state === "di_hp" || row.state === "mengirim" || row.dirty);
const sessionRows = () => state.rows.filter((row) => row.record.session === state.session?.code);
const standing = (row) => !row.record.cancelled;

// ── screens ─────────────────────────────────────────────────────────────────

/** Provisions, signal, room: what must be right before the queue comes. */
function prepare() {
  const book = state.book;
  const rows = [
    [say("check_data"), book ? say("data_of", { time: clock(state.fetchedAt, zone()), n: book.members.length }) : say("no_data")],
    [say("check_kept"), state.persisted ? say("kept") : say("not_kept")],
    [say("check_unsent"), String(unsentRows().length)],
    [say("check_room"), state.room ?? "–"],
  ];
  return {
    title: say("prepare"),
    sub: book ? `${book.bank.name} · ${book.device.name}` : "",
    main: [state.problem && band(state.problem, "bad", "alert"), facts(rows), link(say("fetch"), fetchProvisions, "download"), link(say("practice_do"), practise, "scale"), link(say("big_text"), bigText, "search"), link(say("repair"), repair, "alert"), unsentRows().length ? link(say("backup"), giveFile, "download") : null],
    dock: book ? button(state.session ? say("go_on") : say("begin"), () => go(state.session ? "who" : "operator")) : button(say("fetch"), fetchProvisions),
  };
}

/** Who is weighing. */
function operator() {
  const people = state.book.operators;
  return {
    title: say("operator"),
    back: () => go("prepare"),
    main: [state.problem && band(state.problem, "look", "alert"),
      h("ul.lines", {}, people.map((person) => h("li", {}, h("button.line", { type: "button", onclick: () => (person.hash ? go("pin", { person }) : begin(person)) }, h("b", {}, person.name)))))],
  };
}

function pin() {
  const enter = async (digits) => {
    state.typed = digits;
    if (digits.length < 4) return draw();
    if (await isPin(state.person, digits)) return begin(state.person);
    go("pin", { problem: say("pin_wrong") });
  };
  return {
    title: state.person.name,
    sub: say("pin"),
    back: () => go("operator"),
    main: [state.problem && band(state.problem, "look", "alert"), readout("pin", "•".repeat(state.typed.length), null, "", { readonly: true }), keypad((key) => enter(press(state.typed, key, 4)), null)],
  };
}

async function begin(person) {
  const persisted = await navigator.storage?.persist?.();
  const day = dayOf(Date.now(), zone());
  const letter = await store.get(`huruf-${day}`) ?? 0;
  await store.set(`huruf-${day}`, letter + 1);
  const code = `S-${day}-${state.book.device.name}-${state.book.device.epoch}-${String.fromCharCode(65 + (letter % 26))}${letter >= 26 ? Math.floor(letter / 26) : ""}`;
  state.session = { code, day, operator: { id: person.id, name: person.name }, openedAt: Date.now() };
  await store.set("sesi", state.session);
  go("who", { persisted });
}

/** Whose goods: number, name, card, or somebody new. */
function who() {
  const found = state.book.member(state.typed);
  const choose = (member) => startDraft(member);
  const chooseTyped = () => state.book.member(state.typed) && startDraft(state.book.member(state.typed));
  return {
    title: say("who"),
    sub: say("next_receipt", { no: receipt(state.nextNumber ?? 1) }),
    back: () => go("prepare"),
    main: h("div.cols.even", {},
      h("div.stack.tight", {},
        "BarcodeDetector" in window && navigator.mediaDevices ? button(say("scan"), scan, { kind: "two", name: "scan" }) : null,
        h("div.readout.id", {}, field("nomor", say("member_no"), "numeric", (text) => { state.typed = text; updateWho(); }, chooseTyped), h("output", { for: "nomor", id: "siapa" }, whoIs(found))),
        keypad((key) => { state.typed = press(state.typed, key, 8); document.querySelector("#nomor").value = state.typed; updateWho(); }, [say("name"), () => document.querySelector("#nama").focus()])),
      h("div.stack", {},
        h("div.field", {}, h("label", { for: "nama" }, say("search")), h("input.in", { id: "nama", type: "text", inputmode: "search", autocomplete: "off", oninput: (event) => listNames(event.target.value) })),
        h("ul.lines", { id: "temuan" }),
        state.recent.length ? h("section.stack.tight", {}, h("h2", {}, say("recent")), h("ul.lines", {}, state.recent.map((id) => state.book.members.find((member) => member.id === id)).filter(Boolean).map((member) => memberLine(member, choose)))) : null,
        link(say("new_member"), () => go("newcomer"), "plus"), link(say("history"), () => go("history"), "history"))),
    dock: button(found ? say("weigh_who", { name: found.name }) : say("choose_first"), chooseTyped, { id: "lanjut", disabled: !found }),
  };
}

const memberLine = (member, choose) => h("li", {}, h("button.line", { type: "button", onclick: () => choose(member) }, h("b", {}, member.name), h("b.v", {}, member.number), h("small", {}, `RT ${member.rt || "–"}${member.open ? "" : ` · ${say("closed")}`}`)));
const whoIs = (member) => (member ? [member.name, h("small", {}, `RT ${member.rt || "–"}${member.house ? `, no. ${member.house}` : ""}${member.open ? "" : ` · ${say("closed")}`}`)] : state.typed ? [say("not_found", { n: state.typed })] : []);

function updateWho() {
  const found = state.book.member(state.typed);
  document.querySelector("#siapa").replaceChildren(...whoIs(found));
  const next = document.querySelector("#lanjut");
  next.disabled = !found;
  next.textContent = found ? say("weigh_who", { name: found.name }) : say("choose_first");
}

function listNames(text) {
  const list = text.trim().length < 2 ? [] : state.book.search(text);
  document.querySelector("#temuan").replaceChildren(...(list.length ? list.map((member) => memberLine(member, startDraft)) : text.trim().length < 2 ? [] : [h("li", {}, say("name_not_found"))]));
}

/** Somebody the phone does not know: a number of its own until the treasurer has matched it. */
function newcomer() {
  const value = (id) => document.querySelector(`#${id}`).value.trim();
  const input = (id, text, mode = "text") => h("div.field", {}, h("label", { for: id }, text), h("input.in", { id, type: "text", inputmode: mode, autocomplete: "off", maxlength: id === "nama-baru" ? 80 : id === "rt-baru" ? 3 : 20 }));
  const onclick = async () => {
    if (!value("nama-baru")) return go("newcomer", { problem: say("name_missing") });
    const last = ((await store.get("warga-baru")) ?? 0) + 1;
    await store.set("warga-baru", last);
    const code = `T-${String(last).padStart(2, "0")}`;
    startDraft({ provisional: code, number: code, name: value("nama-baru"), rt: value("rt-baru"), house: value("rumah-baru"), kind: "household", delivery: "brought", priceClass: "", open: 1, balance: 0 });
  };
  return { title: say("new_member"), back: () => go("who"), main: [state.problem && band(state.problem, "look", "alert"), h("div.stack.narrow", {}, input("nama-baru", say("name")), input("rt-baru", "RT", "numeric"), input("rumah-baru", say("house")))], dock: button(say("save_and_weigh"), onclick) };
}

async function startDraft(member) {
  state.draft = { id: uuid7(), member, lines: {}, order: [] };
  await keepDraft();
  go("tiles");
}

const keepDraft = () => (state.practice ? null : store.set("draf", state.draft).catch(() => null));
const lines = () => state.draft.order.map((id) => state.book.line(state.book.byId.get(id), state.draft.lines[id], state.draft.member));
const total = (list) => list.reduce((sum, line) => sum + line.value_idr, 0);

/** What is on the table. */
function tiles() {
  const { member } = state.draft;
  const list = lines();
  const tile = (material) => {
    const quantity = state.draft.lines[material.id];
    const price = state.book.price(material, member);
    const [colour, drawing] = state.book.picture(material);
    return h("li", {}, h(`button.tile${quantity ? ".on" : ""}`, { type: "button", onclick: () => weigh(material) },
      h(`span.${colour}`, {}, icon(drawing)), h("b", {}, material.name), h("span.p", {}, quantity ? amount(quantity, material.unit, WORDS) : price === null ? say("price_later") : rupiah(price))));
  };
  const grams = list.reduce((sum, line) => sum + (state.book.byId.get(line.material_id).unit === "kg" ? line.quantity : 0), 0);
  return {
    title: member.name,
    sub: `${member.number} · RT ${member.rt || "–"}`,
    back: () => go("who"),
    main: h("div.cols", {},
      h("section.stack", {}, h("h2", {}, say("material")), h("ul.tiles", {}, state.book.offers(member, state.uses).map(tile))),
      list.length ? h("section.stack.tight", {}, h("h2", {}, say("weighed")), h("ul.lines", {}, list.map(weighedLine))) : null),
    dock: h("div.pair", {}, h("p", {}, h("b", {}, `${whole(grams)} kg`), h("br"), h("span.small.muted", {}, say("kinds", { n: list.length }))),
      button(list.length ? say("save", { value: rupiah(total(list)) }) : say("pick_first"), save, { full: false, disabled: !list.length, id: "simpan" })),
  };
}

function weighedLine(line) {
  const material = state.book.byId.get(line.material_id);
  return h("li", {}, h("button.line", { type: "button", onclick: () => weigh(material) }, h("b", {}, material.name), h("span.v", {}, rupiah(line.value_idr)),
    h("small", {}, `${amount(line.quantity, material.unit, WORDS)} × ${line.price_idr === null ? say("price_later") : rupiah(line.price_idr)}`), h("small.v.lk", {}, say("change"))));
}

function weigh(material) {
  const had = state.draft.lines[material.id] ?? 0;
  go("weight", { material, had, sum: 0, tare: false, typed: "", asked: null });
}

/** How heavy: a keypad in step with a real field. */
function weight() {
  const { material } = state;
  const price = state.book.price(material, state.draft.member);
  const [colour, drawing] = state.book.picture(material);
  return {
    title: material.name,
    sub: `${price === null ? say("price_later") : rupiah(price)} · ${state.draft.member.name} ${state.draft.member.number}`,
    back: () => go("tiles"),
    chip: h(`span.${colour}`, {}, icon(drawing)),
    main: h("form.stack.tight.narrow.pad", { novalidate: true, onsubmit: (event) => { event.preventDefault(); nextLine(); } },
      h("div.readout", {}, field("berat", say(material.unit === "pcs" ? "count" : "weight"), material.unit === "pcs" ? "numeric" : "decimal", (text) => { state.typed = text; echo(); }), h("span", {}, material.unit === "kg" ? "kg" : material.unit === "pcs" ? WORDS.pieces : WORDS.litres)),
      h("div.row.between", { id: "nilai", role: "status" }),
      h("div", { id: "tanya" }),
      keypad((key) => { state.typed = press(state.typed, key, 10); document.querySelector("#berat").value = state.typed; echo(); }, null, material.unit === "pcs" ? null : ","),
      h("div.acts", {}, material.unit === "kg" ? h("label.toggle", {}, h("input", { type: "checkbox", onchange: (event) => { state.tare = event.target.checked; echo(); } }), say("tare")) : null,
        h("button.go.quiet", { type: "button", onclick: again }, icon("plus", true), say("again")),
        state.had ? h("button.go.quiet", { type: "button", onclick: remove }, icon("cross", true), say("remove")) : null)),
    dock: button("", nextLine, { id: "lanjut" }),
    after: echo,
  };
}

const TARE = 200;
const typedQuantity = () => (state.material.unit === "pcs" ? pieces : thousandths)(state.typed);

/** The quantity as it stands: what is typed, less the sack, with what was put on before. */
function quantityNow() {
  const typed = state.typed.trim() === "" ? 0 : typedQuantity();
  if (typed === null) return null;
  return state.sum + (typed ? typed - (state.tare ? TARE : 0) : 0) || (state.sum || state.typed.trim() ? state.sum : state.had);
}

function echo() {
  const { material, draft } = state;
  const quantity = quantityNow();
  const line = quantity > 0 ? state.book.line(material, quantity, draft.member) : null;
  const others = total(lines().filter((other) => other.material_id !== material.id));
  document.querySelector("#nilai").replaceChildren(h("span.muted", {}, line ? `${amount(quantity, material.unit, WORDS)} × ${line.price_idr === null ? say("price_later") : rupiah(line.price_idr)}` : state.sum ? amount(state.sum, material.unit, WORDS) : ""), h("b.fig", {}, line ? rupiah(line.value_idr) : ""));
  document.querySelector("#lanjut").textContent = say("next_total", { value: rupiah(others + (line?.value_idr ?? 0)) });
}

/** Another weighing of the same material, added to what was there. */
function again() {
  const quantity = quantityNow();
  if (!(quantity > 0)) return ask(say("weight_missing", { material: state.material.name }), []);
  Object.assign(state, { sum: quantity, typed: "", had: 0 });
  document.querySelector("#berat").value = "";
  echo();
  document.querySelector("#berat").focus();
}

function remove() {
  delete state.draft.lines[state.material.id];
  state.draft.order = state.draft.order.filter((id) => id !== state.material.id);
  keepDraft();
  go("tiles");
}

/** Keep the line, or ask where the weight is odd: two concrete buttons, never a guess. */
function nextLine() {
  const { material } = state;
  const quantity = quantityNow();
  if (quantity === null || quantity <= 0 || quantity > QUANTITY_MAX) return ask(say("weight_missing", { material: material.name }), []);
  const most = material.usualMax ?? USUAL_MAX;
  if (material.unit !== "pcs" && quantity > USUAL_TIMES * most) {
    const smaller = Math.floor(quantity / 100);
    return ask(say("weight_check", { x: whole(quantity), y: whole(most) }), [[amount(smaller, material.unit, WORDS), smaller], [say("yes", { x: amount(quantity, material.unit, WORDS) }), quantity]]);
  }
  keepLine(quantity);
}

function ask(sentence, choices) {
  document.querySelector("#tanya").replaceChildren(band(sentence, "look", "alert"), h("div.acts", {}, choices.map(([text, quantity]) => button(text, () => keepLine(quantity), { kind: "two", full: false }))));
  document.querySelector("#tanya button, #berat")?.focus();
}

function keepLine(quantity) {
  const id = state.material.id;
  if (!(id in state.draft.lines)) state.draft.order.push(id);
  state.draft.lines[id] = quantity;
  keepDraft();
  go("tiles");
}

/** One transaction, then the tick: never the tick before it. */
async function save() {
  if (state.saving) return;
  state.saving = true;
  const { draft, session, book } = state;
  const list = lines();
  const member = draft.member.provisional ? { provisional: draft.member.provisional, name: draft.member.name, rt: draft.member.rt, house_no: draft.member.house } : { id: draft.member.id, number: draft.member.number };
  const record = { id: draft.id, device: book.device.name, session: session?.code ?? "LATIHAN", member, operator_id: session?.operator.id ?? 0, weighed_at: localInstant(), clock_offset_s: sender.offset, lines: list, total_idr: total(list), replaces: draft.replaces ?? null, source: "manual" };
  const credited = book.credited(list, draft.member);
  try {
    const row = state.practice ? { id: record.id, number: 0, epoch: 1, state: "latihan", notes: [], record } : await store.save({ ...record, shown: { name: draft.member.name, number: draft.member.number, rt: draft.member.rt, balance: draft.member.balance, credited } }, book.device.epoch);
    await remember(list, draft.member);
    state.shown = { row, member: draft.member, credited, before: balanceBefore(draft.member, record.id) };
    state.draft = null;
    await reload();
    go("receipt", { saving: false });
    if (!state.practice) sender.now();
  } catch (problem) {
    state.saving = false;
    go("tiles", { problem: null });
    places.main.prepend(band(say(problem?.name === "QuotaExceededError" ? "phone_full" : "save_failed"), "bad", "alert", button(say("try_again"), save, { full: false })));
  }
}

/** The phone's time with its zone: 2026-11-21T08:41:07+07:00. */
function localInstant(now = new Date()) {
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
  await store.set("pemakaian", { uses: state.uses, recent: state.recent });
}

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
        h("div.acts", {}, button(say("print"), () => print(), { kind: "two", full: false, name: "print" }), h("a.btn.two", { href: whatsapp(row, before + credited), rel: "noreferrer" }, icon("chat", true), "WhatsApp")),
        state.practice || row.record.cancelled ? null : link(say("void"), () => go("cancel"), "cross"))),
    dock: button(say("next_member"), () => go("who")),
  };
}

/** The text for the household: figures, no secret. */
function whatsapp(row, balance) {
  const grams = row.record.lines.reduce((sum, line) => sum + (state.book.byId.get(line.material_id)?.unit === "kg" ? line.quantity : 0), 0);
  const text = say("wa", { bank: state.book.bank.name, date: dayOf(row.savedAt ?? Date.now(), zone()).split("-").reverse().join("/"), kg: whole(grams), value: rupiah(row.record.total_idr), balance: rupiah(balance), no: receipt(row.number, row.epoch) });
  return `https://wa.me/?text=${encodeURIComponent(text)}`;
}

const receipt = (number, epoch = state.book.device.epoch) => receiptNumber(state.book.device.name, epoch, number);

/** Why it is cancelled; it stays in the list, struck through. */
function cancel() {
  const { row } = state.shown;
  const choose = async (reason) => {
    const at = localInstant();
    await store.update([row.id], (now) => ({ record: { ...now.record, cancelled: { at, reason } }, dirty: now.state !== "di_hp" }));
    await reload();
    sender.now();
    const old = row.record;
    const member = state.book.members.find((one) => one.id === old.member.id) ?? { ...old.member, number: old.member.provisional, house: old.member.house_no, kind: "household", delivery: "brought", priceClass: "", open: 1, balance: 0 };
    if (reason === "double") return go("history");
    state.draft = { id: uuid7(), member, lines: Object.fromEntries(old.lines.map((line) => [line.material_id, line.quantity])), order: old.lines.map((line) => line.material_id), replaces: old.id };
    await keepDraft();
    go(reason === "wrong_member" ? "rename" : "tiles");
  };
  return { title: say("void"), sub: receipt(row.number, row.epoch), back: () => go("receipt"), main: h("div.stack.narrow", {}, h("p", {}, say("void_why")), [["wrong_member", "reason_member"], ["wrong_weight", "reason_weight"], ["double", "reason_double"], ["other", "reason_other"]].map(([reason, word]) => button(say(word), () => choose(reason), { kind: "two" }))) };
}

/** The same goods for the right household. */
function rename() {
  const list = state.book.search(state.typed);
  return { title: say("who"), back: () => go("history"), main: h("div.stack.narrow", {}, h("div.field", {}, h("label", { for: "nama" }, say("search_any")), h("input.in", { id: "nama", type: "text", autocomplete: "off", value: state.typed, oninput: (event) => { const one = state.book.member(event.target.value); document.querySelector("#temuan").replaceChildren(...(one ? [one] : event.target.value.trim().length < 2 ? [] : state.book.search(event.target.value)).map((member) => memberLine(member, give))); } })), h("ul.lines", { id: "temuan" }, state.typed ? list.map((member) => memberLine(member, give)) : [])) };
}

async function give(member) {
  state.draft = { ...state.draft, member };
  await keepDraft();
  go("tiles");
}

const CHIPS = { di_hp: ["", "phone", "on_phone"], mengirim: ["", "send", "on_its_way"], terkirim: [".sent", "check", "sent_chip"], perlu_dilihat: [".look", "alert", "need_look"], ditahan: [".look", "alert", "need_look"] };

/** Everything weighed in this session, the newest first. */
function history() {
  const rows = sessionRows();
  const valid = rows.filter(standing);
  const sum = (list) => list.reduce((all, row) => all + row.record.total_idr, 0);
  const grams = valid.reduce((all, row) => all + gramsOf(row), 0);
  const sentRows = valid.filter((row) => row.state !== "di_hp" && row.state !== "mengirim");
  const line = (row) => {
    const [kind, drawing, word] = row.record.cancelled ? [".void", "cross", "voided_chip"] : CHIPS[row.state];
    const strike = (text) => (row.record.cancelled ? h("s", {}, text) : text);
    const who = row.record.shown ?? {};
    return h("li", {}, h("button.line.hist", { type: "button", onclick: () => go("receipt", { shown: { row, member: { ...who, ...row.record.member }, credited: who.credited ?? row.record.total_idr, before: who.balance ?? 0 } }) },
      h("span", {}, h("b", {}, strike(who.name ?? "–")), " ", h("span.muted.small", {}, who.number ?? "")), h("span.v", {}, strike(rupiah(row.record.total_idr))),
      h("small", {}, `${String(row.number).padStart(4, "0")} · ${clock(row.savedAt, zone())} · ${whole(gramsOf(row))} kg`), h(`span.chip${kind}`, {}, icon(drawing), say(word)),
      row.notes.length ? h("small.why", {}, row.notes.map((note) => say(`note_${note}`)).join(" ")) : null));
  };
  return {
    title: say("history"),
    sub: state.session?.operator.name ?? "",
    back: () => go(state.session ? "who" : "prepare"),
    main: h("div.cols", {},
      h("div.stack", {}, rows.length ? h("div.sheet.flush", {}, h("ul.lines", {}, rows.map(line))) : h("p", {}, say("nothing_yet"))),
      h("aside.stack.first", { "aria-label": say("session_sum") }, facts([[say("valid"), String(valid.length)], [say("weight_sum"), `${whole(grams)} kg`], [say("value_sent"), rupiah(sum(sentRows))], [say("value_phone"), rupiah(sum(valid) - sum(sentRows))], [say("value_session"), rupiah(sum(valid)), true]]), unsentRows().length ? button(say("send_now"), () => sender.now({ byHand: true }), { kind: "two", name: "send" }) : null)),
    dock: state.session ? button(say("close_session"), () => go("closing")) : null,
  };
}

const gramsOf = (row) => row.record.lines.reduce((sum, line) => sum + line.quantity, 0);

/** The phone's count against the books', before everybody goes home. */
function closing() {
  const valid = sessionRows().filter(standing);
  const mine = { deposits_count: valid.length, weight_g: valid.reduce((sum, row) => sum + gramsOf(row), 0), value_idr: valid.reduce((sum, row) => sum + row.record.total_idr, 0) };
  const told = state.compared;
  const row = (name, who) => [name, who ? say("count_line", { n: who.deposits_count, kg: whole(who.weight_g), value: rupiah(who.value_idr) }) : "–"];
  const end = async () => { state.session = null; await store.set("sesi", null); updateNow(); go("prepare", { compared: null }); };
  return {
    title: say("close_session"),
    back: () => go("history", { compared: null }),
    main: h("div.stack.narrow", {}, state.problem && band(state.problem, "look", "alert"), facts([row(say("phone"), mine), row(say("books"), told?.books)]),
      told ? band(told.agrees ? say("match") : told.missing.length ? say("missing", { list: told.missing.map((n) => receipt(n)).join(", ") }) : say("differ"), told.agrees ? "done" : "look", told.agrees ? "check" : "alert") : null,
      told && !told.agrees ? link(say("close_anyway"), end) : null),
    dock: told?.agrees ? button(say("done"), end) : button(say("compare"), () => compare(mine)),
  };
}

async function compare(mine) {
  await sender.now({ byHand: true });
  await reload();
  if (unsentRows().length) return go("closing", { problem: say("unsent", { n: unsentRows().length }) });
  try {
    const news = await (await fetch(`${base}/kabar`, { cache: "no-store" })).json();
    const counter = (await store.get("nomor")) ?? { last: 0 };
    const answer = await fetch(`${base}/tutup`, { method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": news.csrf }, body: JSON.stringify({ code: state.session.code, ...mine, last: counter.last }) });
    const told = await answer.json();
    if (told.service !== "bank-sampah") throw new Error("not the books");
    go("closing", { compared: told });
  } catch {
    go("closing", { problem: say("compare_offline") });
  }
}

const SCREENS = { prepare, operator, pin, who, newcomer, tiles, weight, receipt: receiptScreen, cancel, rename, history, closing };

// ── parts ───────────────────────────────────────────────────────────────────

const press = (text, key, most) => (key === "erase" ? text.slice(0, -1) : key === "," && (text.includes(",") || !text) ? (text ? text : "0,") : text.length < most ? text + key : text);
const field = (id, label, inputmode, oninput, onenter = null) => [h("label.vh", { for: id }, label), h("input", { id, type: "text", inputmode, autocomplete: "off", value: state.typed, oninput: (event) => oninput(event.target.value), onkeydown: (event) => event.key === "Enter" && onenter && onenter() })];
const readout = (id, value, oninput, unit) => h("div.readout", {}, h("output", { id }, value), h("span", {}, unit));

/** Twelve keys; the tenth is a comma, a word, or nothing. */
function keypad(onkey, word, comma = null) {
  const key = (text, label = null) => h("button.key", { type: "button", onclick: () => onkey(text) }, label ?? text);
  const tenth = word ? h("button.key.word", { type: "button", onclick: word[1] }, word[0]) : comma ? key(",", [",", h("span.vh", {}, ` ${say("comma")}`)]) : h("span");
  return h("div.keys", { role: "group", "aria-label": say("keypad") }, [..."123456789"].map((digit) => key(digit)), tenth, key("0"), h("button.key.soft", { type: "button", onclick: () => onkey("erase") }, icon("erase"), h("span.vh", {}, say("erase"))));
}

/** Read a card with the phone's own reader, where it has one. */
async function scan() {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }).catch(() => null);
  if (!stream) return go("who", { problem: say("no_camera") });
  const video = h("video", { autoplay: true, playsinline: true, muted: true });
  video.srcObject = stream;
  places.main.replaceChildren(h("div.stack", {}, video, button(say("back"), () => end(null), { kind: "two" })));
  const reader = new BarcodeDetector({ formats: ["qr_code"] });
  const end = (number) => { stream.getTracks().forEach((track) => track.stop()); const member = number && state.book.member(number); member ? startDraft(member) : go("who", { typed: number ?? "" }); };
  const look = async () => {
    if (!stream.active) return;
    const [code] = await reader.detect(video).catch(() => []);
    if (code) return end(code.rawValue.split("/").pop());
    setTimeout(look, 150);
  };
  look();
}

/** Unsent records as a file, to hand to the treasurer by any way there is. */
async function giveFile() {
  const records = unsentRows().map((row) => row.record);
  const name = `setoran-${state.book?.device.name ?? "HP"}-${dayOf(Date.now(), zone())}.json`;
  const file = new File([JSON.stringify({ service: "bank-sampah", records })], name, { type: "application/json" });
  if (navigator.canShare?.({ files: [file] })) return navigator.share({ files: [file], title: name }).catch(() => null);
  const url = URL.createObjectURL(file);
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}

function bigText() {
  document.documentElement.classList.toggle("besar");
  store.set("besar", document.documentElement.classList.contains("besar"));
}

function practise() {
  if (!state.book) return go("prepare", { problem: say("no_data") });
  state.practice = !state.practice;
  state.draft = null;
  go(state.practice ? "who" : "prepare");
}

/** Fetch the page anew; what was weighed is never touched. */
async function repair() {
  const back = await store.restoreCopies();
  for (const name of await caches.keys()) if (name.startsWith("timbang-")) await caches.delete(name);
  const worker = await navigator.serviceWorker?.getRegistration(document.body.dataset.home);
  await worker?.unregister();
  if (back) await reload();
  location.reload();
}

async function fetchProvisions() {
  try {
    const kept = await store.get("bekal");
    const answer = await fetch(`${base}/bekal`, { redirect: "manual", cache: "no-store", headers: kept?.etag ? { "If-None-Match": kept.etag } : {}, signal: AbortSignal.timeout(20000) });
    if (answer.type === "opaqueredirect" || answer.status === 401) { state.net.signedIn = false; return go(state.screen, { problem: say("sign_in") }); }
    if (answer.status === 304) { await store.set("bekal", { ...kept, at: Date.now() }); state.fetchedAt = Date.now(); return draw(); }
    const body = answer.ok ? await answer.json() : null;
    if (body?.service !== "bank-sampah") return go(state.screen, { problem: say(answer.status === 404 ? "unregistered" : "fetch_failed") });
    await store.set("bekal", { body, etag: answer.headers.get("ETag"), at: Date.now() });
    await store.set("nomor", await counterFor(body.device.epoch));
    await load();
    state.problem = null;
  } catch {
    state.problem = say("fetch_failed");
  }
  draw();
}

/** A phone whose storage was found empty begins a new epoch: its numbers must not be used again. */
async function counterFor(epoch) {
  const counter = await store.get("nomor");
  return counter?.epoch === epoch ? counter : { epoch, last: 0 };
}

// ── life ────────────────────────────────────────────────────────────────────

async function load() {
  const kept = await store.get("bekal");
  state.book = kept ? new Book(kept.body) : null;
  state.fetchedAt = kept?.at ?? 0;
  state.session = (await store.get("sesi")) ?? null;
  Object.assign(state, (await store.get("pemakaian")) ?? {});
  await reload();
}

async function reload() {
  state.rows = await store.outbox();
  const counter = await store.get("nomor");
  state.nextNumber = (counter?.last ?? 0) + 1;
}

/** Put a waiting new version to use; only ever called between sessions. */
async function updateNow() {
  const worker = await navigator.serviceWorker?.getRegistration(document.body.dataset.home);
  if (worker?.waiting) worker.waiting.postMessage("ganti");
}

async function register() {
  if (!navigator.serviceWorker) return;
  const policy = globalThis.trustedTypes?.createPolicy("timbang", { createScriptURL: (url) => { if (url !== document.body.dataset.worker) throw new TypeError(url); return url; } });
  const url = document.body.dataset.worker;
  await navigator.serviceWorker.register(policy ? policy.createScriptURL(url) : url, { scope: document.body.dataset.home });
  navigator.serviceWorker.addEventListener("message", (event) => event.data === "kirim" && sender.now());
  navigator.serviceWorker.addEventListener("controllerchange", () => { if (!state.session && !state.draft) location.reload(); });
  if (!state.session) updateNow();
}

async function hear(news) {
  Object.assign(state.net, news);
  if (news.changed || news.online) await reload();
  if (news.signedIn && state.screen === "prepare") draw();
  else if (state.screen === "history") draw();
  else drawBand();
  if (news.registered && !state.book) fetchProvisions();
}

async function start() {
  store = await Store.open(slug);
  sender = new Sender(store, base, hear);
  await store.recover();
  document.documentElement.classList.toggle("besar", Boolean(await store.get("besar")));
  await load();
  state.persisted = await navigator.storage?.persisted?.();
  const room = await navigator.storage?.estimate?.();
  state.room = room?.quota ? `${Math.floor((room.quota - room.usage) / 1048576)} MB` : "–";
  const draft = await store.get("draf");
  if (state.book && state.session && draft) go("tiles", { draft });
  else go(state.book && state.session ? "who" : "prepare");
  await register().catch(() => null);
  sender.now();
}

for (const name of ["online", "pageshow"]) addEventListener(name, () => sender?.now({ byHand: true }));
document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") sender?.now(); else if (state.draft) keepDraft(); });
setInterval(() => unsentRows().length && sender?.now(), SEND_EVERY_MS);
let idle;
for (const name of ["pointerdown", "keydown"]) addEventListener(name, () => { clearTimeout(idle); idle = setTimeout(() => state.session && !state.draft && go("operator"), IDLE_MS); });
start();
