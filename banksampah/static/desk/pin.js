// Who weighs says so by four digits, where several share a phone. Loaded when it is first shown.

import { h } from "./dom.js";
import { draw, go, keypad, press, SCREENS } from "./draw.js";
import { begin } from "./prepare.js";
import { say, state } from "./state.js";

const PIN_DIGITS = 4;

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

SCREENS.pin = pin;
