// One sentence on the state of the link and the outbox, with at most one action.

import { h, icon } from "./dom.js";
import { giveFile } from "./file.js";
import { clock } from "./numbers.js";
import { say, signIn, state, unsentRows, zone } from "./state.js";

const place = document.querySelector("#pita");

export function drawSignal() {
  const [text, kind, drawing, action] = sentence(unsentRows().length);
  place.replaceChildren(...(text ? [h(`div.band.bar${kind}`, { role: "status" }, h("div.wrap.row", {}, icon(drawing, true), h("span", {}, text), action))] : []));
}

function sentence(unsent) {
  const net = state.net;
  const now = unsent ? h("button.go.quiet", { type: "button", onclick: () => state.sender.now({ byHand: true }) }, say("send_now")) : null;
  if (net.refused) return [say("refused", { n: unsent }), ".bad", "alert", h("button.go.quiet", { type: "button", onclick: giveFile }, say("backup"))];
  if (net.revoked) return [say("revoked"), ".look", "alert", null];
  if (net.signedIn === false) return [say(unsent ? "sign_in_to_send" : "sign_in", { n: unsent }), ".look", "lock", h("a.go", { href: signIn }, say("sign_in_do"))];
  if (net.registered === false) return [say("unregistered"), ".look", "alert", null];
  if (Math.abs(net.offset ?? 0) > 600) return [say("clock_wrong"), ".look", "clock", null];
  if (net.sending) return [say("sending", { n: net.sending.left }), "", "send", null];
  if (net.online === false) return [unsent ? say("send_failed", { n: unsent, time: net.nextAt ? clock(net.nextAt, zone()) : "–" }) : say("no_internet"), "", "nonet", now];
  return unsent ? [say("unsent", { n: unsent }), "", "phone", now] : [null];
}
