// What is on the table and how heavy it is.

import { band, button, field, go, keypad, press, SCREENS } from "./draw.js";
import { keepDraft, lines, save } from "./deposit.js";
import { h, icon } from "./dom.js";
import { amount, pieces, rupiah, thousandths, whole } from "./numbers.js";
import { say, state, total, WORDS } from "./state.js";

const USUAL_TIMES = 3;
const USUAL_MAX = 100000;
const QUANTITY_MAX = 10000000;
const TARE = 200;

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

Object.assign(SCREENS, { tiles, weight });
