// Before the queue comes: provisions, room, what is done to the phone itself; and the service worker,
// registered once and replaced only between sessions.

import { band, button, dataOf, draw, facts, go, h, link, SCREENS, tool } from "./draw.js";
import { marked } from "./send.js";
import { freshen, home, say, state, unsentRows, worker } from "./state.js";

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
  if (state.screen === "prepare") draw();
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
  if (state.screen === "prepare") draw();
}
addEventListener("beforeinstallprompt", (event) => { event.preventDefault(); offer({ install: event }); });
addEventListener("appinstalled", () => offer({ install: null, installed: true }));

SCREENS.prepare = prepare;

// ── the service worker ──────────────────────────────────────────────────────

const { serviceWorker } = navigator;

/** Put a waiting new version to use; only ever called between sessions. */
export async function updateNow() {
  (await serviceWorker?.getRegistration(home))?.waiting?.postMessage("ganti");
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
  if (!state.session) updateNow();
}
