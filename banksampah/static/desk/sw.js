// Serves the weighing desk without a signal: its page, styles, drawings and modules, nothing else.
// The lists below are filled in by the service; a new version waits until the session is closed.

const SHELL = "__SHELL__";
const FILES = JSON.parse('__FILES__');
const LATER = JSON.parse('__LATER__'); // large, and not needed on every phone: kept once it was used
const OWN = `timbang-${SHELL}-`; // the desks of other banks on this phone keep theirs
const CACHE = `${OWN}__VERSION__`;

addEventListener("install", (event) => event.waitUntil(fill()));

async function fill() {
  const cache = await caches.open(CACHE);
  await cache.addAll([SHELL, ...FILES].map((url) => new Request(url, { cache: "no-cache" })));
}

addEventListener("activate", (event) => {
  const old = (names) => names.filter((name) => name.startsWith(OWN) && name !== CACHE);
  event.waitUntil(caches.keys().then((names) => Promise.all(old(names).map((name) => caches.delete(name)))).then(() => clients.claim()));
});

addEventListener("message", (event) => {
  if (event.data === "ganti") skipWaiting();
});

addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  const known = url.pathname === SHELL ? SHELL : FILES.find((file) => file === url.pathname);
  if (known) event.respondWith(serve(event, known));
  else if (LATER.includes(url.pathname)) event.respondWith(keep(event.request));
});

/** What is kept of the desk. A page that the browser dropped is fetched, and all of the desk with it. */
async function serve(event, known) {
  const kept = await caches.match(known, { cacheName: CACHE });
  if (!kept && known === SHELL) event.waitUntil(fill());
  return kept ?? fetch(event.request);
}

async function keep(request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request);
  if (kept) return kept;
  const fresh = await fetch(request);
  if (fresh.ok) await cache.put(request, fresh.clone());
  return fresh;
}

addEventListener("sync", (event) => {
  if (event.tag === "kirim") event.waitUntil(wake());
});

/** Ask an open desk to send; the outbox belongs to the page. */
async function wake() {
  for (const page of await clients.matchAll({ type: "window" })) page.postMessage("kirim");
}
