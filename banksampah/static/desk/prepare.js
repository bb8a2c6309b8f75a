// Before the queue comes: provisions, room, who weighs; and what is done to the phone itself.

import { isPin } from "./book.js";
import { band, button, draw, facts, go, keypad, link, press, SCREENS } from "./draw.js";
import { h } from "./dom.js";
import { giveFile } from "./file.js";
import { clock, dayOf } from "./numbers.js";
import { base, home, load, reload, say, state, unsentRows, zone } from "./state.js";

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
    main: [state.problem && band(state.problem, "look", "alert"), h("div.readout", {}, h("output", { id: "pin" }, "•".repeat(state.typed.length)), h("span", {}, "")), keypad((key) => enter(press(state.typed, key, 4)), null)],
  };
}

async function begin(person) {
  const persisted = await navigator.storage?.persist?.();
  const day = dayOf(Date.now(), zone());
  const letter = await state.store.get(`huruf-${day}`) ?? 0;
  await state.store.set(`huruf-${day}`, letter + 1);
  const code = `S-${day}-${state.book.device.name}-${state.book.device.epoch}-${String.fromCharCode(65 + (letter % 26))}${letter >= 26 ? Math.floor(letter / 26) : ""}`;
  state.session = { code, day, operator: { id: person.id, name: person.name }, openedAt: Date.now() };
  await state.store.set("sesi", state.session);
  go("who", { persisted });
}

function bigText() {
  document.documentElement.classList.toggle("besar");
  state.store.set("besar", document.documentElement.classList.contains("besar"));
}

function practise() {
  if (!state.book) return go("prepare", { problem: say("no_data") });
  state.practice = !state.practice;
  state.draft = null;
  go(state.practice ? "who" : "prepare");
}

/** Fetch the page anew; what was weighed is never touched. */
async function repair() {
  const back = await state.store.restoreCopies();
  for (const name of await caches.keys()) if (name.startsWith("timbang-")) await caches.delete(name);
  const known = await navigator.serviceWorker?.getRegistration(home);
  await known?.unregister();
  if (back) await reload();
  location.reload();
}

export async function fetchProvisions() {
  try {
    const kept = await state.store.get("bekal");
    const answer = await fetch(`${base}/bekal`, { redirect: "manual", cache: "no-store", headers: kept?.etag ? { "If-None-Match": kept.etag } : {}, signal: AbortSignal.timeout(20000) });
    if (answer.type === "opaqueredirect" || answer.status === 401) { state.net.signedIn = false; return go(state.screen, { problem: say("sign_in") }); }
    if (answer.status === 304) { await state.store.set("bekal", { ...kept, at: Date.now() }); state.fetchedAt = Date.now(); return draw(); }
    const body = answer.ok ? await answer.json() : null;
    if (body?.service !== "bank-sampah") return go(state.screen, { problem: say(answer.status === 404 ? "unregistered" : "fetch_failed") });
    await state.store.set("bekal", { body, etag: answer.headers.get("ETag"), at: Date.now() });
    await state.store.set("nomor", await counterFor(body.device.epoch));
    await load();
    state.problem = null;
  } catch {
    state.problem = say("fetch_failed");
  }
  draw();
}

/** A phone whose storage was found empty begins a new epoch: its numbers must not be used again. */
async function counterFor(epoch) {
  const counter = await state.store.get("nomor");
  return counter?.epoch === epoch ? counter : { epoch, last: 0 };
}

Object.assign(SCREENS, { prepare, operator, pin });
