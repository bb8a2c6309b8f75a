// Whose goods: by number, name or card, or somebody new.

import { keepDraft, startDraft } from "./deposit.js";
import { at, h } from "./dom.js";
import { button, field, figure, go, keypad, link, list, press, SCREENS } from "./draw.js";
import { ownReceipt, say, state } from "./state.js";

const NUMBER_MAX = 8;

function who() {
  const { book } = state;
  const known = state.recent.map((id) => book.people.find((member) => member.id === id)).filter(Boolean);
  const onkey = (key) => { at("nomor").value = press(state.typed, key, NUMBER_MAX); typed(); };
  return {
    title: say("who"),
    sub: say("next_receipt", { no: ownReceipt(state.counter.last + 1) }),
    back: () => go("prepare"),
    main: h("div.cols.even",
      h("div.stack.tight",
        navigator.mediaDevices && button(say("scan"), scan, { name: "scan", id: "pindai" }),
        h("div.readout.id", figure("nomor", say("member_no"), { inputmode: "numeric", oninput: typed, onkeydown: (event) => event.key === "Enter" && take() }),
          h("output", { for: "nomor", id: "siapa" })),
        keypad(onkey, [say("name"), () => at("nama").focus()])),
      h("div.stack",
        finder(startDraft, say("search")),
        known.length > 0 && h("section.stack.tight", h("h2", say("recent")), list(known.map((member) => line(member, startDraft)))),
        link(say("new_member"), () => go("newcomer"), "plus"), link(say("history"), () => go("history"), "history"))),
    dock: button("", take, { id: "lanjut" }),
    after: tell,
  };
}

const chosen = () => state.book.member(state.typed);
const take = () => chosen() && startDraft(chosen());

function typed() {
  state.typed = at("nomor").value;
  keepDraft({ at: "who", typed: state.typed });
  tell();
}

/** Who has the number that is typed. */
function tell() {
  const found = chosen();
  const where = found && [`RT ${found.rt || "–"}`, found.house && `no. ${found.house}`, !found.open && say("closed")].filter(Boolean).join(", ");
  at("siapa").replaceChildren(...(found ? [found.name, h("small", where)] : state.typed ? [say("not_found", { n: state.typed })] : []));
  at("lanjut").disabled = !found;
  at("pindai")?.classList.toggle("two", !!found); // one filled button: what comes next
  at("lanjut").textContent = found ? say("weigh_who", { name: found.name }) : say("choose_first");
}

/** A field that lists who has the typed name (or number), each to be given to *choose*. */
export function finder(choose, label) {
  const look = ({ target: { value } }) => {
    const long = value.trim().length > 1;
    const exact = state.book.member(value);
    const found = exact ? [exact] : long ? state.book.search(value) : [];
    at("temuan").replaceChildren(...(long && !found.length ? [h("li", say("name_not_found"))] : found.map((member) => h("li", line(member, choose)))), found[20] ? h("li", say("more_names")) : "");
  };
  return [field("nama", label, { inputmode: "search", oninput: look }), h("ul.lines", { id: "temuan" })];
}

const line = (member, choose) => h("button.line", { onclick: () => choose(member) }, h("b", member.name), h("b.v", member.number),
  h("small", `RT ${member.rt || "–"}`, !member.open && ` · ${say("closed")}`));

/** Read a card with the camera; the way stays free to type. */
async function scan() {
  const number = await import("./camera.js").then(({ scanCard }) => scanCard()).catch(() => null);
  const found = number && state.book.member(number);
  if (state.screen !== "who") return; // asked meanwhile who is weighing
  if (found) return startDraft(found);
  go("who", { typed: number ?? "", problem: number === null ? say("no_camera") : null });
}

SCREENS.who = who;
