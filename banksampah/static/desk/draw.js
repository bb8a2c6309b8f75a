// Draws the screen in hand, and the parts that screens are made of.

import { h, icon } from "./dom.js";
import { drawSignal } from "./signal.js";
import { say, state, WORDS } from "./state.js";

/** Screens by name: functions that answer {title, sub, back, chip, main, dock, after}. */
export const SCREENS = {};
const places = { head: document.querySelector("#kepala"), main: document.querySelector("#isi"), dock: document.querySelector("#dok") };

/** Show *screen*; *extra* goes into the state first. */
export function go(screen, extra = {}) {
  Object.assign(state, { screen, typed: "", problem: null }, extra);
  draw();
  scrollTo(0, 0);
  places.main.focus({ preventScroll: true });
}

export function draw() {
  const shown = SCREENS[state.screen]();
  document.title = `${shown.title} – ${WORDS.desk}`;
  places.head.replaceChildren(head(shown));
  places.main.replaceChildren(...[state.practice && h("div.band.practice", { role: "status" }, say("practice")), ...[shown.main].flat(3)].filter(Boolean));
  places.dock.replaceChildren(...(shown.dock ? [h("div.wrap", {}, shown.dock)] : []));
  places.dock.hidden = !shown.dock;
  drawSignal();
  shown.after?.();
}

/** Put *parts* in the place of the screen's content, or before it. */
export const showInstead = (...parts) => places.main.replaceChildren(...parts);
export const showAbove = (...parts) => places.main.prepend(...parts);

function head({ title, sub, back, chip }) {
  return h("div.wrap.task", {},
    back && h("button.quiet.back", { type: "button", onclick: back }, icon("back"), h("span.vh", {}, say("back"))),
    h("div", {}, h("h1", {}, title), sub && h("p", {}, sub)), chip);
}

// ── parts ───────────────────────────────────────────────────────────────────

export const button = (text, onclick, { kind = "", full = true, name = null, ...rest } = {}) =>
  h(`button.btn${kind ? `.${kind}` : ""}${full ? ".full" : ""}`, { type: "button", onclick, ...rest }, name && icon(name, true), text);
export const link = (text, onclick, name = "") => h("p", {}, h("button.go.quiet", { type: "button", onclick }, name && icon(name, true), text));
export const facts = (rows) => h("dl.facts", {}, rows.map(([name, value, last]) => h(`div${last ? ".tot" : ""}`, {}, h("dt", {}, name), h("dd", {}, last ? h("span.sum", {}, value) : value))));
export const band = (text, kind, drawing, action = null) => h(`div.band${kind ? `.${kind}` : ""}`, { role: "status" }, icon(drawing), h("p", {}, text), action);
export const field = (id, label, inputmode, oninput, onenter = null) => [h("label.vh", { for: id }, label), h("input", { id, type: "text", inputmode, autocomplete: "off", value: state.typed, oninput: (event) => oninput(event.target.value), onkeydown: (event) => event.key === "Enter" && onenter && onenter() })];

/** What *text* becomes by a key of the keypad. */
export const press = (text, key, most) => (key === "erase" ? text.slice(0, -1) : key === "," && (text.includes(",") || !text) ? (text ? text : "0,") : text.length < most ? text + key : text);

/** Twelve keys; the tenth is a comma, a word, or nothing. */
export function keypad(onkey, word, comma = null) {
  const key = (text, label = null) => h("button.key", { type: "button", onclick: () => onkey(text) }, label ?? text);
  const tenth = word ? h("button.key.word", { type: "button", onclick: word[1] }, word[0]) : comma ? key(",", [",", h("span.vh", {}, ` ${say("comma")}`)]) : h("span");
  return h("div.keys", { role: "group", "aria-label": say("keypad") }, [..."123456789"].map((digit) => key(digit)), tenth, key("0"), h("button.key.soft", { type: "button", onclick: () => onkey("erase") }, icon("erase"), h("span.vh", {}, say("erase"))));
}
