// Who weighs, by four digits where several share a phone; and the session that begins with it. Loaded
// when it is first shown.

import { h } from "./dom.js";
import { draw, go, keypad, list, press, SCREENS } from "./draw.js";
import { dayOf } from "./numbers.js";
import { say, state, zone } from "./state.js";

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

async function begin({ id, name }) {
  const persisted = await navigator.storage?.persist?.();
  const day = dayOf(Date.now(), zone());
  if (state.session) state.session.operator = { id, name }; // another hand, the same session
  else {
    const before = (await state.store.get(`huruf-${day}`)) ?? 0;
    await state.store.set(`huruf-${day}`, before + 1);
    const letter = String.fromCharCode(65 + (before % 26)) + (Math.floor(before / 26) || "");
    const { device } = state.book;
    state.session = { code: `S-${day}-${device.name}-${device.epoch}-${letter}`, day, operator: { id, name }, openedAt: Date.now() };
    state.asked = false; // fresh prices for a new day
  }
  await state.store.set("sesi", state.session);
  go("who", { persisted });
  state.sender.now();
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
