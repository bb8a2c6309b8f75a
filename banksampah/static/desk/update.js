// The service worker: registered once, and replaced only between sessions.

import { home, state, worker } from "./state.js";

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
