// Whose goods (by number, name or card, or somebody new), what is on the table and how heavy it is.

import { keepDraft, lines, priced, save, startDraft } from "./deposit.js";
import { at, band, button, field, figure, go, h, icon, keypad, link, list, press, quiet, SCREENS } from "./draw.js";
import { amount, pieces, rupiah, thousandths, whole } from "./numbers.js";
import { amounts, ownReceipt, say, state, total, WORDS } from "./state.js";

const USUAL_TIMES = 3;
const USUAL_MAX = 100000;
const QUANTITY_MAX = 10000000;
const TYPED_MAX = 10;
const TARE = 200;
const NUMBER_MAX = 8;

// ── whose ───────────────────────────────────────────────────────────────────

function who() {
  const { book } = state;
  const known = state.recent.map((id) => book.people.find((member) => member.id === id)).filter(Boolean);
  const onkey = (key) => { at("nomor").value = press(state.typed, key, NUMBER_MAX); typedWho(); };
  return {
    title: say("who"),
    sub: say("next_receipt", { no: ownReceipt(state.counter.last + 1) }),
    back: () => go("prepare"),
    main: h("div.cols.even",
      h("div.stack.tight",
        navigator.mediaDevices && button(say("scan"), scan, { name: "scan", id: "pindai" }),
        h("div.readout.id", figure("nomor", say("member_no"), { inputmode: "numeric", oninput: typedWho, onkeydown: (event) => event.key === "Enter" && choose() }),
          h("output", { for: "nomor", id: "siapa" })),
        keypad(onkey, [say("name"), () => at("nama").focus()])),
      h("div.stack",
        finder(startDraft, say("search")),
        known.length > 0 && h("section.stack.tight", h("h2", say("recent")), list(known.map((member) => line(member, startDraft)))),
        link(say("new_member"), () => go("newcomer"), "plus"), link(say("history"), () => go("history"), "history"))),
    dock: button("", choose, { id: "lanjut" }),
    after: tell,
  };
}

const chosen = () => state.book.member(state.typed);
const choose = () => chosen() && startDraft(chosen());

function typedWho() {
  state.typed = at("nomor").value;
  keepDraft({ at: "who", typed: state.typed });
  tell();
}

/** Who has the number that is typed. */
function tell() {
  const found = chosen();
  const where = found && [`RT ${found.rt || "–"}`, found.house && `no. ${found.house}`, !found.open && say("closed")].filter(Boolean).join(", ");
  at("siapa").replaceChildren(...(found ? [found.name, h("small", where)] : state.typed ? [say("not_found", { n: state.typed })] : []));
  at("lanjut").disabled = !found;
  at("pindai")?.classList.toggle("two", !!found); // one filled button: what comes next
  at("lanjut").textContent = found ? say("weigh_who", { name: found.name }) : say("choose_first");
}

/** A field that lists who has the typed name (or number), each to be given to *choose*. */
export function finder(choose, label) {
  const look = ({ target: { value } }) => {
    const long = value.trim().length > 1;
    const exact = state.book.member(value);
    const found = exact ? [exact] : long ? state.book.search(value) : [];
    at("temuan").replaceChildren(...(long && !found.length ? [h("li", say("name_not_found"))] : found.map((member) => h("li", line(member, choose)))), found[20] ? h("li", say("more_names")) : "");
  };
  return [field("nama", label, { inputmode: "search", oninput: look }), h("ul.lines", { id: "temuan" })];
}

const line = (member, choose) => h("button.line", { onclick: () => choose(member) }, h("b", member.name), h("b.v", member.number),
  h("small", `RT ${member.rt || "–"}`, !member.open && ` · ${say("closed")}`));

/** Read a card with the camera; the way stays free to type. */
async function scan() {
  const number = await import("./reader.js").then(({ scanCard }) => scanCard()).catch(() => null);
  const found = number && state.book.member(number);
  if (state.screen !== "who") return; // asked meanwhile who is weighing
  if (found) return startDraft(found);
  go("who", { typed: number ?? "", problem: number === null ? say("no_camera") : null });
}

// ── what ────────────────────────────────────────────────────────────────────

const priceOf = (material) => state.book.price(material, state.draft.member);
const drawing = (material) => {
  const [colour, name] = state.book.picture(material);
  return h(`span.${colour}`, icon(name));
};

/** What is on the table. */
function tiles() {
  const { member, lines: weighed } = state.draft;
  const { version } = state.book;
  keepDraft();
  const put = lines();
  const tile = (material) => h(`button.tile${weighed[material.id] ? ".on" : ""}`, { onclick: () => weigh(material) },
    drawing(material), h("b", material.name),
    h("span.p", weighed[material.id] ? amount(weighed[material.id], material.unit, WORDS) : priced(priceOf(material))));
  return {
    title: member.name,
    sub: `${member.number} · RT ${member.rt || "–"}`,
    back: () => go("who", put.length ? {} : { draft: null }),
    main: h("div.cols",
      h("section.stack", h("h2", say("material"), " ", h("span.small.muted", say("price_each"))), h("ul.tiles", state.book.offers(member, state.uses).map((material) => h("li", tile(material))))),
      put.length > 0 && h("section.stack.tight", h("h2", say("weighed")), list(put.map(weighedLine)))),
    dock: h("div.pair", h("p", h("b", amounts(put)), h("br"), h("span.small.muted", say("kinds", { n: put.length }))),
      button(put.length ? say("save", { value: rupiah(total(put)) }) : say("pick_first"), () => save(put, version), { full: false, disabled: !put.length, id: "simpan" })),
  };
}

function weighedLine({ material_id, quantity, price_idr, value_idr }) {
  const material = state.book.byId.get(material_id);
  return h("button.line", { onclick: () => weigh(material) }, h("b", material.name), h("span.v", rupiah(value_idr)),
    h("small", `${amount(quantity, material.unit, WORDS)} × ${priced(price_idr)}`), h("small.v.lk", say("change")));
}

/** *had*: what was weighed before and stands unless something is typed; *sum*: what is added to. */
function weigh(material) {
  go("weight", { material, had: state.draft.lines[material.id] ?? 0, sum: 0, tare: false, byScale: false });
}

// ── how heavy ───────────────────────────────────────────────────────────────

/** How heavy: a keypad in step with a real field. */
function weight() {
  const { material, draft, had } = state;
  const isWeight = material.unit === "kg";
  const isCount = material.unit === "pcs";
  const onkey = (key) => { at("berat").value = press(state.typed, key, TYPED_MAX); typed(); };
  const onsubmit = (event) => { event.preventDefault(); next(); };
  const ontare = (event) => { state.tare = event.target.checked; echo(); };
  return {
    title: material.name,
    sub: priced(priceOf(material), " " + say(`per_${material.unit}`)) + ` · ${draft.member.name} ${draft.member.number}`,
    back: () => go("tiles"),
    chip: drawing(material),
    main: h("form.stack.tight.narrow.pad", { novalidate: true, onsubmit },
      h("div.readout", figure("berat", say(isCount ? "count" : "weight"), { inputmode: isCount ? "numeric" : "decimal", oninput: typed }),
        h("span", isWeight ? "kg" : isCount ? WORDS.pieces : WORDS.litres)),
      h("div.row.between", { id: "nilai", role: "status" }),
      h("div", { id: "tanya", role: "alert" }),
      keypad(onkey, isCount ? null : ","),
      h("div.acts",
        isWeight && h("label.toggle", h("input", { type: "checkbox", checked: state.tare, onchange: ontare }), say("tare")),
        isWeight && navigator.serial && quiet(say("scale"), () => import("./reader.js").then((scale) => scale.askScale(ask, use)), "scale"),
        quiet(say("again"), again, "plus"), had > 0 && quiet(say("remove"), remove, "cross"))),
    dock: button("", next, { id: "lanjut" }),
    after: echo,
  };
}

function typed() {
  Object.assign(state, { typed: at("berat").value, byScale: false });
  at("tanya").replaceChildren();
  echo();
}

const readings = (text) => (state.material.unit === "pcs" ? pieces : thousandths)(text);

/** The quantity as it stands: what is typed, less the sack, on top of what was there before. */
function quantityOf(read) {
  const { sum, tare, had } = state;
  return read === null ? sum || had : sum + read - (tare && read ? TARE : 0);
}

/** The first reading of what is typed; null where nothing is, NaN where it is no number. */
const typedQuantity = () => (state.typed.trim() ? (readings(state.typed)[0] ?? NaN) : null);

/** Show what is typed so far, and keep it. */
function echo() {
  const { material, draft, typed: text, had, sum, tare, byScale } = state;
  const digits = at("berat");
  digits.className = "";
  digits.classList.toggle("long", digits.scrollWidth > digits.clientWidth); // none is out of sight
  keepDraft({ id: material.id, typed: text, had, sum, tare, byScale });
  const quantity = quantityOf(typedQuantity());
  const line = quantity > 0 && state.book.line(material, quantity, draft.member);
  const others = total(lines().filter((other) => other.material_id !== material.id));
  at("nilai").replaceChildren(...(line ? [h("span.muted", `${amount(quantity, material.unit, WORDS)} × ${priced(line.price_idr)}`), h("b.fig", rupiah(line.value_idr))] : []));
  at("lanjut").textContent = say("next_total", { value: rupiah(others + (line ? line.value_idr : 0)) });
}

/** Ask before the weight is taken, wherever it is odd: two concrete buttons, never a guess. */
function checked(take) {
  const { material, tare } = state;
  const words = (quantity) => amount(quantity, material.unit, WORDS);
  const offer = (quantity, key = null) => [key ? say(key, { x: words(quantity) }) : words(quantity), () => take(quantity)];
  const retype = [say("type_again"), () => { at("berat").value = ""; typed(); at("berat").focus(); }];
  const fine = /^(\d{1,6})[,.](\d{3})\d+$/.exec(state.typed.trim());
  if (fine && material.unit !== "pcs") {
    const down = Number(fine[1] + fine[2]);
    return ask(say("too_fine"), [down, down + 1].map((read) => offer(quantityOf(read))));
  }
  const read = state.typed.trim() ? readings(state.typed) : [null];
  if (read.length > 1) return ask(say("two_readings", { x: state.typed.trim() }), read.map((one) => offer(quantityOf(one))));
  const quantity = quantityOf(read[0] ?? null);
  const leaveOut = [say("leave_out", { material: material.name }), remove];
  if (quantity > QUANTITY_MAX) return ask(say("too_much", { x: words(quantity), y: words(QUANTITY_MAX) }), [retype, leaveOut]);
  if (!read.length || !(quantity > 0)) {
    if (tare && read[0] > 0) return ask(say("tare_heavy", { x: words(read[0]) }), [offer(quantity + TARE), retype]);
    return ask(say("weight_missing", { material: material.name }), [retype, leaveOut]);
  }
  const most = material.usualMax ?? USUAL_MAX;
  if (material.unit === "pcs" || quantity <= USUAL_TIMES * most) return take(quantity);
  ask(say("weight_check", { x: whole(quantity), y: whole(most) }), [offer(Math.floor(quantity / 100)), offer(quantity, "yes")]);
}

function ask(sentence, choices) {
  at("tanya").replaceChildren(band(sentence, "look", "alert"), h("div.acts", choices.map(([text, onclick]) => button(text, onclick, { kind: "two", full: false }))));
  at("tanya").querySelector("button").focus();
}

/** Put what the scale shows into the field. */
function use(text) {
  at("berat").value = text;
  typed();
  state.byScale = true;
  echo();
}

/** Another weighing of the same material, added to what was there and stands already. */
const again = () => checked((sum) => {
  take(sum);
  Object.assign(state, { sum, had: 0 });
  at("berat").value = "";
  typed();
  at("berat").focus();
});

const next = () => checked((quantity) => {
  take(quantity);
  go("tiles");
});

/** Put *quantity* of the material on the table. */
function take(quantity) {
  const { draft, material: { id } } = state;
  if (!draft.order.includes(id)) draft.order.push(id);
  draft.lines[id] = quantity;
  draft.scaled = { ...draft.scaled, [id]: state.byScale };
}

function remove() {
  const { draft, material } = state;
  delete draft.lines[material.id];
  draft.order = draft.order.filter((id) => id !== material.id);
  go("tiles");
}

Object.assign(SCREENS, { who, tiles, weight });
