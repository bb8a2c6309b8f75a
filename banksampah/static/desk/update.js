// The service worker: registered once, and replaced only between sessions.

import { home, state, worker } from "./state.js";

/** Put a waiting new version to use; only ever called between sessions. */
export async function updateNow() {
  const known = await navigator.serviceWorker?.getRegistration(home);
  if (known?.waiting) known.waiting.postMessage("ganti");
}

export async function register() {
  if (!navigator.serviceWorker) return;
  const isFirst = !navigator.serviceWorker.controller; // the first worker replaces nothing
  const policy = globalThis.trustedTypes?.createPolicy("timbang", { createScriptURL: (url) => { if (url !== worker) throw new TypeError(url); return url; } });
  await navigator.serviceWorker.register(policy ? policy.createScriptURL(worker) : worker, { scope: home });
  navigator.serviceWorker.addEventListener("message", (event) => event.data === "kirim" && state.sender.now());
  navigator.serviceWorker.addEventListener("controllerchange", () => { if (!isFirst && !state.session && !state.draft) location.reload(); });
  if (!state.session) updateNow();
}
