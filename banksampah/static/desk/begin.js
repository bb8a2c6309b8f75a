// Who weighs, by four digits where several share a phone; and the session that begins with it. Loaded
// when it is first shown.

import { inHand, unkept } from "./deposit.js";
import { h } from "./dom.js";
import { draw, go, keypad, list, press, SCREENS } from "./draw.js";
import { dayOf } from "./numbers.js";
import { say, state, today, zone } from "./state.js";

const PIN_DIGITS = 4;

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
  const persisted = await navigator.storage?.persist?.();
  try {
    const session = { ...(today(state.session) ?? (await anew())), operator: { id, name } }; // another hand, the same session
    await state.store.set("sesi", session);
    state.session = session;
  } catch (problem) {
    return unkept("operator", () => begin({ id, name }))(problem);
  }
  go(inHand() ? "tiles" : "who", { persisted });
  state.sender.now();
}

async function anew() {
  const day = dayOf(Date.now(), zone());
  const before = (await state.store.get(`huruf-${day}`)) ?? 0;
  await state.store.set(`huruf-${day}`, before + 1);
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

Object.assign(SCREENS, { operator, pin });
