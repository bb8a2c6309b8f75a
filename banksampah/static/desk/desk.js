// The weighing desk: who, what, how heavy, saved. This is its life: opened, sending, put aside.
// Each screen is a function that draws itself from the state; nothing here needs a signal.

import { takeUp } from "./deposit.js";
import { at, draw, drawSignal, go, showAbove, tool } from "./draw.js";
import { fetchProvisions, register } from "./prepare.js";
import { Sender } from "./send.js";
import { base, forget, load, reload, slug, state, unsentRows } from "./state.js";
import { Store } from "./store.js";
import "./weigh.js";

const EVERY_MS = 30000;
const IDLE_MS = 300000;
const FRESH_MS = 600000;
const MB = 1048576;
const ENOUGH_MB = 50; // a year of deposits, and what the browser wants for itself

/** Show what the sender tells: nothing that somebody is typing on is drawn anew. */
async function hear(news) {
  const { net, screen, shown } = state;
  Object.assign(net, news);
  if (news.changed || news.online) await reload();
  if (net.revoked && state.book) {
    await forget();
    if (!state.book) return go("prepare");
  }
  const row = screen === "receipt" && state.rows.find((one) => one.id === shown.row.id && one.state !== shown.row.state);
  if (row) shown.row = row;
  if (row || screen === "history" || (screen === "prepare" && news.signedIn)) {
    const asked = at("cara"); // by which printer: a question in hand stays
    const { activeElement } = document;
    const alike = () => [...document.getElementsByClassName(activeElement.className)];
    const place = alike().indexOf(activeElement);
    draw();
    if (asked) showAbove(asked);
    (activeElement.isConnected ? activeElement : alike()[place])?.focus({ preventScroll: true });
  } else drawSignal();
  if (news.registered && !state.draft && !(state.asked && Date.now() - state.fetchedAt < FRESH_MS)) {
    state.asked = true;
    fetchProvisions();
  }
}

async function start() {
  const store = (state.store = await Store.open(slug));
  state.sender = new Sender(store, base, hear);
  await store.recover();
  document.documentElement.classList.toggle("besar", Boolean(await store.get("besar")));
  await load();
  const { storage } = navigator;
  state.persisted = await storage?.persisted?.();
  const { quota, usage } = (await storage?.estimate?.()) ?? {};
  const room = Math.floor((quota - usage) / MB);
  state.room = quota ? `${room} MB${room < ENOUGH_MB ? "" : " ✓"}` : "–";
  const place = await takeUp();
  if (sessionStorage.getItem(slug)) tool("practise")();
  else if (!state.book || !state.session?.operator) go("prepare");
  else go(...place);
  await register().catch(() => null);
  state.sender.now();
}

/** Another page of this phone may have weighed meanwhile. */
async function seeOtherPages() {
  if (!state.sender) return;
  await reload();
  if (state.screen === "history") draw();
  state.sender.now();
}

let touched = 0;

/** After a pause whoever goes on says who they are, whatever way they come; what is in hand stays. */
function askWho() {
  if (performance.now() - touched < IDLE_MS || !state.session?.operator) return;
  state.session.operator = null;
  state.store.set("sesi", state.session).catch(() => null);
  go("operator");
}

for (const name of ["online", "pageshow"]) addEventListener(name, () => state.sender?.now({ byHand: true }));
for (const name of ["pointerdown", "keydown"]) addEventListener(name, () => { askWho(); touched = performance.now(); });
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") seeOtherPages();
});
setInterval(() => {
  if (unsentRows().length && !(state.net.nextAt > Date.now())) state.sender?.now(); // "Dicoba lagi pukul …" is true
  askWho();
}, EVERY_MS);
start().catch(() => import("./tools.js").then((tools) => tools.showBroken()));
