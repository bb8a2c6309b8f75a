// Draws the screen in hand, the band above it, and the parts that screens are made of: elements without
// markup strings. Text stays text, so that no name can become a script.

import { clock, dayInTable, dayOf } from "./numbers.js";
import { freshen, say, signIn, state, unsentRows, WORDS, zone } from "./state.js";

// ── elements ────────────────────────────────────────────────────────────────

const SVG = "http://www.w3.org/2000/svg";

/** The element with this id. */
export const at = (id) => document.getElementById(id);

/** h("button.btn.big", { onclick }, "Simpan", icon): an empty class is none, objects are attributes, null and false are nothing. */
export function h(spec, ...parts) {
  const [tag, ...classes] = spec.split(".").filter(Boolean);
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  if (tag === "button") element.type = "button";
  for (const part of parts.flat(3)) {
    if (part?.constructor === Object) set(element, part);
    else if (part || part === 0) element.append(part);
  }
  return element;
}

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value === true ? "" : value);
  }
}

/** A drawing of icons.svg. */
export function icon(name, small = false) {
  const make = (tag, attributes) => {
    const element = document.createElementNS(SVG, tag);
    set(element, attributes);
    return element;
  };
  const svg = make("svg", { class: small ? "i i-s" : "i", "aria-hidden": "true", focusable: "false" });
  svg.append(make("use", { href: `${document.body.dataset.icons}#${name}` }));
  return svg;
}

// ── the screen in hand ──────────────────────────────────────────────────────

/** Screens by name: functions that answer {title, sub, back, chip, main, dock, after}. */
export const SCREENS = {};

/** Show *screen*; *extra* goes into the state first: {problem}, and {retry} where one can try again. */
export async function go(screen, extra = {}) {
  try {
    if (!SCREENS[screen]) await import("./seldom.js"); // screens that a deposit does not pass
  } catch {
    return showAbove(band(say("fetch_failed"), "look", "alert")); // neither a signal nor kept
  }
  Object.assign(state, { screen, typed: "", problem: null, retry: null }, extra);
  if (state.newer) await freshen().catch(() => null);
  at("cara")?.remove();
  draw();
  DOCK.ariaDisabled = true;
  clearTimeout(pause);
  pause = setTimeout(() => { DOCK.ariaDisabled = null; }, PAUSE_MS);
  scrollTo(0, 0);
  at("isi").focus({ preventScroll: true });
}

// The dock lies where the last screen's did: the second tap of an unsteady hand was meant for that one.
// A key has no detail, and does not tremble.
const PAUSE_MS = 400;
const DOCK = at("dok");
let pause;
DOCK.addEventListener("click", (event) => event.detail && DOCK.ariaDisabled && event.stopPropagation(), true);

export function draw() {
  const { title, sub, back, chip, main, dock, after } = SCREENS[state.screen]();
  const { problem, retry } = state;
  document.title = `${title} – ${WORDS.desk}`;
  at("kepala").replaceChildren(h("div.wrap.task",
    back && h("button.back", { onclick: back }, icon("back"), h("span.vh", say("back"))),
    chip, h("div", h("h1", title), sub && h("p", sub))));
  at("isi").replaceChildren(...[
    at("cara"), // what is asked of a printer stays until it is answered, or left
    state.practice && h("div.band.practice", { role: "status" }, say("practice")),
    problem && band(problem, retry ? "bad" : "look", "alert", retry && button(say("try_again"), retry, { kind: "two", full: false })),
    main,
  ].flat(3).filter(Boolean));
  DOCK.replaceChildren(...(dock ? [h("div.wrap", dock)] : []));
  DOCK.hidden = !dock;
  drawSignal();
  after?.();
}

/** Draw the screen in hand anew for news: what has the focus keeps it. */
export function redraw() {
  const { activeElement } = document;
  const alike = () => [...document.getElementsByClassName(activeElement.className)];
  const place = alike().indexOf(activeElement);
  draw();
  (activeElement.isConnected ? activeElement : alike()[place])?.focus({ preventScroll: true });
}

/** Put *parts* in the place of the screen's content, or before it. */
export const showInstead = (...parts) => at("isi").replaceChildren(...parts);
export const showAbove = (...parts) => at("isi").prepend(...parts);

// ── the link and the outbox ─────────────────────────────────────────────────

const CLOCK_MAX_S = 600;
const FILE_FROM = 20;
const WEEK_MS = 6 * 24 * 3600 * 1000; // from then on the name of a day leaves open which one

/** How old what the phone knows is: {old, time}, "Jumat 20.15" or, from another week, "13/11/2026 20.15". */
export function dataOf() {
  const { fetchedAt } = state;
  const timeZone = zone();
  const old = Date.now() - fetchedAt > WEEK_MS;
  const day = old ? dayInTable(dayOf(fetchedAt, timeZone)) : new Intl.DateTimeFormat(document.documentElement.lang, { weekday: "long", timeZone }).format(fetchedAt);
  return { old, time: `${day} ${clock(fetchedAt, timeZone)}` };
}

/** One sentence on the state of the link and the outbox, with at most one action. */
export function drawSignal() {
  const [text, kind, drawing, action] = sentence(state.net, unsentRows().length);
  at("pita").replaceChildren(...(text ? [h(`div.band.bar${kind}`, { role: "status" }, h("div.wrap.row", icon(drawing, true), h("span", text), action))] : []));
}

/** A tool of the phone itself: loaded when it is first used. */
export const tool = (name) => () => import("./tools.js").then((tools) => tools[name]());

function sentence(net, n) {
  const now = n > 0 && quiet(say("send_now"), () => state.sender.now({ byHand: true }));
  const file = quiet(say("backup"), tool("giveFile"));
  const backup = n >= FILE_FROM ? file : now;
  const look = (key, drawing, action) => [say(key, { n }), ".look", drawing, action];
  if (net.refused) return [say("refused", { n }), ".bad", "alert", file];
  if (net.revoked) return look("revoked", "alert");
  if (net.signedIn === false) return look(n ? "sign_in_to_send" : "sign_in", "lock", h("a.go", { href: signIn }, say("sign_in_do")));
  if (net.registered === false) return look(n ? "unregistered_with" : "unregistered", "alert", n > 0 && file);
  if (!n && Math.abs(net.offset ?? 0) > CLOCK_MAX_S) return look("clock_wrong", "clock"); // what waits is told before all else
  if (net.sending) return [say("sending", { n: net.sending.left }), "", "send"];
  if (net.online !== false) return n ? [say("unsent", { n }), "", "phone", now] : [];
  const time = net.nextAt ? clock(net.nextAt, zone()) : "–";
  const data = dataOf();
  const age = state.book ? say(data.old ? "price_old" : "data_age", data) : "";
  return [n ? say("send_failed", { n, time }) : `${say("no_internet")} ${age}`, "", "nonet", backup];
}

// ── parts ───────────────────────────────────────────────────────────────────

export const button = (text, onclick, { kind = "", full = true, name = null, ...rest } = {}) =>
  h(`button.btn.${kind}${full ? ".full" : ""}`, { onclick, ...rest }, name && icon(name, true), text);
export const quiet = (text, onclick, name) => h("button.go.quiet", { onclick }, name && icon(name, true), text);
export const link = (text, onclick, name) => h("p", quiet(text, onclick, name));
export const list = (items, attributes = {}) => h("ul.lines", attributes, items.map((item) => h("li", item)));
export const facts = (rows) => h("dl.facts", rows.map(([name, value, last]) =>
  h(`div${last ? ".tot" : ""}`, h("dt", name), h("dd", last ? h("span.sum", value) : value))));
export const band = (text, kind, drawing, action = null) =>
  h(`div.band.${kind}`, { role: "status" }, icon(drawing), h("p", text), action);
/** A field with its label above; *more* are attributes of the input. */
export const field = (id, label, more = {}) => h("div.field", h("label", { for: id }, label), input(id, "in", more));
/** A field with its label for the ear only, large, in step with the keypad. */
export const figure = (id, label, more) => [h("label.vh", { for: id }, label), input(id, "", { value: state.typed, ...more })];
const input = (id, kind, more) => h(`input.${kind}`, { id, type: "text", autocomplete: "off", ...more });

/** What *text* becomes by a key of the keypad. */
export function press(text, key, most) {
  if (key === "erase") return text.slice(0, -1);
  if (key === ",") return text.includes(",") ? text : `${text || "0"},`;
  return text.length < most ? text + key : text;
}

/** Twelve keys; the tenth is a comma, a word with what it does, or nothing. */
export function keypad(onkey, tenth = null) {
  const key = (sign, ...label) => h("button.key", { onclick: () => onkey(sign) }, label.length ? label : sign);
  const last = tenth === "," ? key(",", ",", h("span.vh", ` ${say("comma")}`)) : tenth ? h("button.key.word", { onclick: tenth[1] }, tenth[0]) : h("span");
  const erase = h("button.key.soft", { onclick: () => onkey("erase") }, icon("erase"), h("span.vh", say("erase")));
  return h("div.keys", { role: "group", "aria-label": say("keypad") }, [..."123456789"].map((digit) => key(digit)), last, key("0"), erase);
}
