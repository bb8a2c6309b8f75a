// The session: everything weighed in it, and its end. Loaded when it is first shown.

import { h, icon } from "./dom.js";
import { band, button, facts, go, link, list, SCREENS } from "./draw.js";
import { clock, rupiah, whole } from "./numbers.js";
import { base, gramsOf, ownReceipt, reload, say, sessionRows, slug, standing, state, unsentRows, zone } from "./state.js";
import { updateNow } from "./update.js";

const CHIPS = {
  di_hp: ["", "phone", "on_phone"], mengirim: ["", "send", "on_its_way"], terkirim: [".sent", "check", "sent_chip"],
  perlu_dilihat: [".look", "alert", "need_look"], ditahan: [".look", "alert", "need_look"], ditolak: [".void", "cross", "dismissed_chip"],
};
const CLOSE_MS = 20000;
const VOID = [".void", "cross", "voided_chip"];
const sum = (rows, of) => rows.reduce((all, row) => all + of(row), 0);
const valueOf = (row) => row.record.total_idr;

/** Everything weighed in this session, the newest first. */
function history() {
  const rows = sessionRows();
  const valid = rows.filter(standing);
  const value = sum(valid, valueOf);
  const valueAt = (...states) => sum(valid.filter((row) => states.includes(row.state)), valueOf);
  const [onPhone, held] = [valueAt("di_hp", "mengirim"), valueAt("ditahan")];
  return {
    title: say("history"),
    sub: state.session?.operator.name,
    back: () => go(state.session ? "who" : "prepare"),
    main: h("div.cols",
      h("div.stack", rows.length ? h("div.sheet.flush", list(rows.map(line))) : h("p", say("nothing_yet"))),
      h("aside.stack.first", { "aria-label": say("session_sum") },
        facts([
          [say("valid"), String(valid.length)], [say("weight_sum"), `${whole(sum(valid, gramsOf))} kg`],
          [say("value_sent"), rupiah(value - onPhone - held)], ...(held ? [[say("value_held"), rupiah(held)]] : []), [say("value_phone"), rupiah(onPhone)], [say("value_session"), rupiah(value), true],
        ]),
        unsentRows().length > 0 && button(say("send_now"), () => state.sender.now({ byHand: true }), { kind: "two", name: "send" }))),
    dock: state.session && !state.practice && button(say("close_session"), () => go("closing")),
  };
}

function line(row) {
  const { record, notes } = row;
  const { name = "–", number = "", balance = 0, credited = record.total_idr } = row.shown ?? {};
  const [kind, drawing, word] = record.cancelled ? VOID : CHIPS[row.state];
  const struck = (text) => (standing(row) ? text : h("s", text));
  const show = () => go("receipt", { shown: { row, member: { ...row.shown, ...record.member }, credited, before: balance } });
  const no = String(row.number).padStart(4, "0");
  const paper = row.depositSeq && state.net.online !== false && h("a.go.quiet", { href: `/b/${slug}/setoran/${row.depositSeq}/bukti.pdf?kertas=58mm` }, icon("print", true), `${say("print")} ${no}`);
  return [h("button.line.hist", { onclick: show },
    h("span", h("b", struck(name)), " ", h("span.muted.small", number)), h("span.v", struck(rupiah(record.total_idr))),
    h("small", `${no} · ${clock(row.savedAt, zone())} · ${whole(gramsOf(row))} kg`),
    h(`span.chip${kind}`, icon(drawing), say(word)),
    notes.length > 0 && h("small.why", notes.map((note) => say(`note_${note}`)).join(" "))), paper];
}

/** The phone's count against the books', before everybody goes home. */
function closing() {
  const valid = sessionRows().filter(standing);
  const mine = { deposits_count: valid.length, weight_g: sum(valid, gramsOf), value_idr: sum(valid, valueOf) };
  const { compared } = state;
  const counted = (who) => (who ? say("count_line", { n: who.deposits_count, kg: whole(who.weight_g), value: rupiah(who.value_idr) }) : "–");
  return {
    title: say("close_session"),
    back: () => go("history", { compared: null }),
    main: h("div.stack.narrow", facts([[say("phone"), counted(mine)], [say("books"), counted(compared?.books)]]), compared && verdict(compared)),
    dock: compared?.agrees ? button(say("done"), end) : button(say("compare"), () => compare(mine)),
  };
}

function verdict({ agrees, missing, missing_before: before }) {
  if (agrees) return band(say("match"), "done", "check");
  const never = [...before, ...missing.map(ownReceipt)];
  const text = never.length ? say("missing", { list: never.join(", ") }) : say("differ");
  return [band(text, "look", "alert"), link(say("close_anyway"), end)];
}

async function end() {
  state.session = null;
  await state.store.set("sesi", null);
  updateNow();
  go("prepare", { compared: null });
}

async function compare(mine) {
  await state.sender.now({ byHand: true });
  await reload();
  const left = unsentRows().length;
  if (left) return go("closing", { problem: say("unsent", { n: left }) });
  try {
    const ask = async (path, more) => (await fetch(`${base}/${path}`, { cache: "no-store", signal: AbortSignal.timeout(CLOSE_MS), ...more })).json();
    const { csrf } = await ask("kabar");
    const { last = 0 } = (await state.store.get("nomor")) ?? {};
    const headers = { "Content-Type": "application/json", "X-CSRFToken": csrf };
    const body = JSON.stringify({ code: state.session.code, ...mine, last });
    const compared = await ask("tutup", { method: "POST", headers, body });
    if (compared.service !== "bank-sampah") throw new Error("not the books");
    go("closing", { compared });
  } catch {
    go("closing", { problem: say("compare_offline") });
  }
}

Object.assign(SCREENS, { history, closing });
