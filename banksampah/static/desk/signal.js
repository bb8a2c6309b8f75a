// One sentence on the state of the link and the outbox, with at most one action.

import { at, h, icon } from "./dom.js";
import { clock } from "./numbers.js";
import { say, signIn, state, unsentRows, zone } from "./state.js";

const CLOCK_MAX_S = 600;
const FILE_FROM = 20;

export function drawSignal() {
  const [text, kind, drawing, action] = sentence(state.net, unsentRows().length);
  at("pita").replaceChildren(...(text ? [h(`div.band.bar${kind}`, { role: "status" }, h("div.wrap.row", icon(drawing, true), h("span", text), action))] : []));
}

const act = (key, onclick) => h("button.go.quiet", { onclick }, say(key));
/** A tool of the phone itself: loaded when it is first used. */
export const tool = (name) => () => import("./tools.js").then((tools) => tools[name]());

function sentence(net, n) {
  const now = n > 0 && act("send_now", () => state.sender.now({ byHand: true }));
  const backup = n >= FILE_FROM ? act("backup", tool("giveFile")) : now;
  const look = (key, drawing, action) => [say(key, { n }), ".look", drawing, action];
  if (net.refused) return [say("refused", { n }), ".bad", "alert", act("backup", tool("giveFile"))];
  if (net.revoked) return look("revoked", "alert");
  if (net.signedIn === false) return look(n ? "sign_in_to_send" : "sign_in", "lock", h("a.go", { href: signIn }, say("sign_in_do")));
  if (net.registered === false) return look("unregistered", "alert");
  if (Math.abs(net.offset ?? 0) > CLOCK_MAX_S) return look("clock_wrong", "clock");
  if (net.sending) return [say("sending", { n: net.sending.left }), "", "send"];
  if (net.online !== false) return n ? [say("unsent", { n }), "", "phone", now] : [];
  const time = net.nextAt ? clock(net.nextAt, zone()) : "–";
  return [n ? say("send_failed", { n, time }) : say("no_internet"), "", "nonet", backup];
}
