// The session: everything weighed in it, and its end.

import { band, button, facts, go, link, SCREENS } from "./draw.js";
import { h, icon } from "./dom.js";
import { clock, rupiah, whole } from "./numbers.js";
import { base, gramsOf, receipt, reload, say, sessionRows, standing, state, unsentRows, zone } from "./state.js";
import { updateNow } from "./update.js";

const CHIPS = { di_hp: ["", "phone", "on_phone"], mengirim: ["", "send", "on_its_way"], terkirim: [".sent", "check", "sent_chip"], perlu_dilihat: [".look", "alert", "need_look"], ditahan: [".look", "alert", "need_look"] };

/** Everything weighed in this session, the newest first. */
function history() {
  const rows = sessionRows();
  const valid = rows.filter(standing);
  const sum = (list) => list.reduce((all, row) => all + row.record.total_idr, 0);
  const grams = valid.reduce((all, row) => all + gramsOf(row), 0);
  const sentRows = valid.filter((row) => row.state !== "di_hp" && row.state !== "mengirim");
  const line = (row) => {
    const [kind, drawing, word] = row.record.cancelled ? [".void", "cross", "voided_chip"] : CHIPS[row.state];
    const strike = (text) => (row.record.cancelled ? h("s", {}, text) : text);
    const who = row.record.shown ?? {};
    return h("li", {}, h("button.line.hist", { type: "button", onclick: () => go("receipt", { shown: { row, member: { ...who, ...row.record.member }, credited: who.credited ?? row.record.total_idr, before: who.balance ?? 0 } }) },
      h("span", {}, h("b", {}, strike(who.name ?? "–")), " ", h("span.muted.small", {}, who.number ?? "")), h("span.v", {}, strike(rupiah(row.record.total_idr))),
      h("small", {}, `${String(row.number).padStart(4, "0")} · ${clock(row.savedAt, zone())} · ${whole(gramsOf(row))} kg`), h(`span.chip${kind}`, {}, icon(drawing), say(word)),
      row.notes.length ? h("small.why", {}, row.notes.map((note) => say(`note_${note}`)).join(" ")) : null));
  };
  return {
    title: say("history"),
    sub: state.session?.operator.name ?? "",
    back: () => go(state.session ? "who" : "prepare"),
    main: h("div.cols", {},
      h("div.stack", {}, rows.length ? h("div.sheet.flush", {}, h("ul.lines", {}, rows.map(line))) : h("p", {}, say("nothing_yet"))),
      h("aside.stack.first", { "aria-label": say("session_sum") }, facts([[say("valid"), String(valid.length)], [say("weight_sum"), `${whole(grams)} kg`], [say("value_sent"), rupiah(sum(sentRows))], [say("value_phone"), rupiah(sum(valid) - sum(sentRows))], [say("value_session"), rupiah(sum(valid)), true]]), unsentRows().length ? button(say("send_now"), () => state.sender.now({ byHand: true }), { kind: "two", name: "send" }) : null)),
    dock: state.session ? button(say("close_session"), () => go("closing")) : null,
  };
}

/** The phone's count against the books', before everybody goes home. */
function closing() {
  const valid = sessionRows().filter(standing);
  const mine = { deposits_count: valid.length, weight_g: valid.reduce((sum, row) => sum + gramsOf(row), 0), value_idr: valid.reduce((sum, row) => sum + row.record.total_idr, 0) };
  const told = state.compared;
  const row = (name, who) => [name, who ? say("count_line", { n: who.deposits_count, kg: whole(who.weight_g), value: rupiah(who.value_idr) }) : "–"];
  const end = async () => { state.session = null; await state.store.set("sesi", null); updateNow(); go("prepare", { compared: null }); };
  return {
    title: say("close_session"),
    back: () => go("history", { compared: null }),
    main: h("div.stack.narrow", {}, state.problem && band(state.problem, "look", "alert"), facts([row(say("phone"), mine), row(say("books"), told?.books)]),
      told ? band(told.agrees ? say("match") : told.missing.length ? say("missing", { list: told.missing.map((n) => receipt(n)).join(", ") }) : say("differ"), told.agrees ? "done" : "look", told.agrees ? "check" : "alert") : null,
      told && !told.agrees ? link(say("close_anyway"), end) : null),
    dock: told?.agrees ? button(say("done"), end) : button(say("compare"), () => compare(mine)),
  };
}

async function compare(mine) {
  await state.sender.now({ byHand: true });
  await reload();
  if (unsentRows().length) return go("closing", { problem: say("unsent", { n: unsentRows().length }) });
  try {
    const news = await (await fetch(`${base}/kabar`, { cache: "no-store" })).json();
    const counter = (await state.store.get("nomor")) ?? { last: 0 };
    const answer = await fetch(`${base}/tutup`, { method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": news.csrf }, body: JSON.stringify({ code: state.session.code, ...mine, last: counter.last }) });
    const told = await answer.json();
    if (told.service !== "bank-sampah") throw new Error("not the books");
    go("closing", { compared: told });
  } catch {
    go("closing", { problem: say("compare_offline") });
  }
}

Object.assign(SCREENS, { history, closing });
