// The weighing desk: who, what, how heavy, saved. This is its life: opened, made ready before the queue
// comes, sending, put aside. Each screen is a function that draws itself from the state; nothing here
// needs a signal.

import { takeUp } from "./deposit.js";
import { band, button, dataOf, draw, drawSignal, facts, go, h, link, redraw, SCREENS, tool } from "./draw.js";
import { dots } from "./numbers.js";
import { marked, Sender } from "./send.js";
import { base, forget, freshen, home, load, reload, say, slug, state, unsentRows, worker } from "./state.js";
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
  if (row || screen === "history" || (screen === "prepare" && news.signedIn)) redraw();
  else drawSignal();
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
  state.room = quota ? `${dots(room)} MB${room < ENOUGH_MB ? "" : " ✓"}` : "–";
  const place = await takeUp();
  if (sessionStorage.getItem(slug)) tool("practise")();
  else if (!state.book || !state.session?.operator) go("prepare");
  else go(...place);
  await register().catch(() => null);
  await state.sender.now();
  updateNow();
}

/** Another page of this phone may have weighed meanwhile. */
async function seeOtherPages() {
  if (!state.sender) return;
  await reload();
  if (state.screen === "history") redraw();
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

// ── before the queue comes ──────────────────────────────────────────────────

/** Provisions, signal, room: what must be right before the queue comes. */
function prepare() {
  const { book, session, printer, install } = state;
  const onScreen = state.installed || matchMedia("(display-mode: standalone)").matches;
  const waiting = unsentRows().length;
  const data = dataOf();
  return {
    title: say("prepare"),
    sub: book && `${book.bank.name} · ${book.device.name}`,
    main: [
      book && data.old && band(say("price_old", data), "look", "alert"),
      state.newer && band(say("newer"), "look", "alert"),
      waiting > 0 && band(say("dont_clear", { n: waiting }), "look", "alert"),
      facts([
        [say("check_data"), book ? say("data_of", { ...data, n: book.members.length, v: book.version ?? "–" }) : say("no_data")],
        [say("check_kept"), say(state.persisted ? "kept" : "not_kept")],
        [say("check_unsent"), String(waiting)],
        [say("check_room"), state.room],
        [say("check_printer"), say(printer?.works ? "ready" : printer?.way ? "not_ready" : "none_yet")],
        ...(install || onScreen ? [[say("check_home"), say(onScreen ? "installed" : "none_yet")]] : []),
      ]),
      book && link(say("fetch"), tool("fetchAll"), "download"), link(say("practice_do"), tool("practise"), "scale"),
      book && link(say("try_printer"), () => import("./printer.js").then(({ tryPrinter }) => tryPrinter()), "print"),
      install && link(say("install"), () => { state.install = null; install.prompt(); draw(); }, "phone"),
      link(say("big_text"), tool("bigText"), "plus"), link(say("repair"), tool("repair"), "alert"),
      waiting > 0 && link(say("backup"), tool("giveFile"), "download"),
    ],
    dock: book ? button(say(session ? "go_on" : "begin"), () => go(session?.operator ? "who" : "operator")) : button(say("fetch"), tool("fetchAll")),
  };
}

/** What weighing needs, if the books have it newer. */
export async function fetchProvisions() {
  state.problem = null;
  try {
    if (!(await takeProvisions())) throw new Error("not the books");
  } catch {
    state.problem = say("fetch_failed");
  }
  if (state.screen === "prepare") redraw();
}

/** Whether the books answered; what they refuse is told by the band. */
async function takeProvisions() {
  const { store, net } = state;
  const kept = await store.get("bekal");
  const headers = kept?.etag ? { "If-None-Match": kept.etag } : {};
  const at = Date.now();
  const answer = await state.sender.ask("bekal", { headers });
  if (answer.type === "opaqueredirect" || answer.status === 401) {
    net.signedIn = false; // the band says so, and leads to the door
    return true;
  }
  if (answer.status === 404) {
    net.registered = false;
    return true;
  }
  if (answer.status === 304) await store.set("bekal", { ...kept, at });
  else {
    const body = await marked(answer);
    if (!body || !(await store.get("nomor"))) return false; // no weighing before the books have said where numbers go on
    await store.set("bekal", { body, etag: answer.headers.get("ETag"), at });
  }
  state.newer = true;
  await freshen();
  return true;
}

/** The browser offers to put the desk on the phone's screen: only here, and by a tap. */
function offer(news) {
  Object.assign(state, news);
  if (state.screen === "prepare") redraw();
}
addEventListener("beforeinstallprompt", (event) => { event.preventDefault(); offer({ install: event }); });
addEventListener("appinstalled", () => offer({ install: null, installed: true }));

SCREENS.prepare = prepare;

// ── the service worker: registered once, replaced only between sessions ─────

const { serviceWorker } = navigator;

/** Put a waiting new version to use, between sessions. To be called when nothing else is asked: a
 *  question to the old worker, as it ends, wakes it again, and it stays until it is left alone. */
export async function updateNow() {
  if (!state.session) (await serviceWorker?.getRegistration(home))?.waiting?.postMessage("ganti");
}

export async function register() {
  if (!serviceWorker) return;
  let isFirst = !serviceWorker.controller; // the first worker replaces nothing
  const createScriptURL = (url) => {
    if (url !== worker) throw new TypeError(url);
    return url;
  };
  const policy = globalThis.trustedTypes?.createPolicy("timbang", { createScriptURL });
  await serviceWorker.register(policy ? policy.createScriptURL(worker) : worker, { scope: home });
  serviceWorker.addEventListener("message", (event) => event.data === "kirim" && state.sender.now());
  serviceWorker.addEventListener("controllerchange", () => {
    if (!isFirst && !state.session && !state.draft) location.reload();
    isFirst = false;
  });
}

start().catch(() => import("./tools.js").then((tools) => tools.showBroken()));
