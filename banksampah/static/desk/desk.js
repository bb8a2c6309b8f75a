// The weighing desk: who, what, how heavy, saved. This is its life: opened, sending, put aside.
// Each screen is a function that draws itself from the state; nothing here needs a signal.

import { keepDraft } from "./deposit.js";
import { draw, go } from "./draw.js";
import "./history.js";
import { fetchProvisions } from "./prepare.js";
import "./receipt.js";
import { Sender } from "./send.js";
import { drawSignal } from "./signal.js";
import { base, load, reload, slug, state, unsentRows } from "./state.js";
import { Store } from "./store.js";
import { register } from "./update.js";
import "./weigh.js";
import "./who.js";

const SEND_EVERY_MS = 30000;
const IDLE_MS = 300000;

async function hear(news) {
  Object.assign(state.net, news);
  if (news.changed || news.online) await reload();
  if (news.signedIn && state.screen === "prepare") draw();
  else if (state.screen === "history") draw();
  else drawSignal();
  if (news.registered && !state.book) fetchProvisions();
}

async function start() {
  const store = (state.store = await Store.open(slug));
  const sender = (state.sender = new Sender(store, base, hear));
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

for (const name of ["online", "pageshow"]) addEventListener(name, () => state.sender?.now({ byHand: true }));
document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") state.sender?.now(); else if (state.draft) keepDraft(); });
setInterval(() => unsentRows().length && state.sender?.now(), SEND_EVERY_MS);
let idle;
for (const name of ["pointerdown", "keydown"]) addEventListener(name, () => { clearTimeout(idle); idle = setTimeout(() => state.session && !state.draft && go("operator"), IDLE_MS); });
start();
