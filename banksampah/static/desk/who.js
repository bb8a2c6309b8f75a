// Whose goods: by number, name or card, or somebody new.

import { band, button, field, go, keypad, link, press, SCREENS, showInstead } from "./draw.js";
import { keepDraft, startDraft } from "./deposit.js";
import { h } from "./dom.js";
import { receipt, say, state } from "./state.js";

/** Whose goods: number, name, card, or somebody new. */
function who() {
  const found = state.book.member(state.typed);
  const choose = (member) => startDraft(member);
  const chooseTyped = () => state.book.member(state.typed) && startDraft(state.book.member(state.typed));
  return {
    title: say("who"),
    sub: say("next_receipt", { no: receipt(state.nextNumber ?? 1) }),
    back: () => go("prepare"),
    main: h("div.cols.even", {},
      h("div.stack.tight", {},
        "BarcodeDetector" in window && navigator.mediaDevices ? button(say("scan"), scan, { kind: "two", name: "scan" }) : null,
        h("div.readout.id", {}, field("nomor", say("member_no"), "numeric", (text) => { state.typed = text; updateWho(); }, chooseTyped), h("output", { for: "nomor", id: "siapa" }, whoIs(found))),
        keypad((key) => { state.typed = press(state.typed, key, 8); document.querySelector("#nomor").value = state.typed; updateWho(); }, [say("name"), () => document.querySelector("#nama").focus()])),
      h("div.stack", {},
        h("div.field", {}, h("label", { for: "nama" }, say("search")), h("input.in", { id: "nama", type: "text", inputmode: "search", autocomplete: "off", oninput: (event) => listNames(event.target.value) })),
        h("ul.lines", { id: "temuan" }),
        state.recent.length ? h("section.stack.tight", {}, h("h2", {}, say("recent")), h("ul.lines", {}, state.recent.map((id) => state.book.members.find((member) => member.id === id)).filter(Boolean).map((member) => memberLine(member, choose)))) : null,
        link(say("new_member"), () => go("newcomer"), "plus"), link(say("history"), () => go("history"), "history"))),
    dock: button(found ? say("weigh_who", { name: found.name }) : say("choose_first"), chooseTyped, { id: "lanjut", disabled: !found }),
  };
}

const memberLine = (member, choose) => h("li", {}, h("button.line", { type: "button", onclick: () => choose(member) }, h("b", {}, member.name), h("b.v", {}, member.number), h("small", {}, `RT ${member.rt || "–"}${member.open ? "" : ` · ${say("closed")}`}`)));
const whoIs = (member) => (member ? [member.name, h("small", {}, `RT ${member.rt || "–"}${member.house ? `, no. ${member.house}` : ""}${member.open ? "" : ` · ${say("closed")}`}`)] : state.typed ? [say("not_found", { n: state.typed })] : []);

function updateWho() {
  const found = state.book.member(state.typed);
  document.querySelector("#siapa").replaceChildren(...whoIs(found));
  const next = document.querySelector("#lanjut");
  next.disabled = !found;
  next.textContent = found ? say("weigh_who", { name: found.name }) : say("choose_first");
}

function listNames(text) {
  const list = text.trim().length < 2 ? [] : state.book.search(text);
  document.querySelector("#temuan").replaceChildren(...(list.length ? list.map((member) => memberLine(member, startDraft)) : text.trim().length < 2 ? [] : [h("li", {}, say("name_not_found"))]));
}

/** Somebody the phone does not know: a number of its own until the treasurer has matched it. */
function newcomer() {
  const value = (id) => document.querySelector(`#${id}`).value.trim();
  const input = (id, text, mode = "text") => h("div.field", {}, h("label", { for: id }, text), h("input.in", { id, type: "text", inputmode: mode, autocomplete: "off", maxlength: id === "nama-baru" ? 80 : id === "rt-baru" ? 3 : 20 }));
  const onclick = async () => {
    if (!value("nama-baru")) return go("newcomer", { problem: say("name_missing") });
    const last = ((await state.store.get("warga-baru")) ?? 0) + 1;
    await state.store.set("warga-baru", last);
    const code = `T-${String(last).padStart(2, "0")}`;
    startDraft({ provisional: code, number: code, name: value("nama-baru"), rt: value("rt-baru"), house: value("rumah-baru"), kind: "household", delivery: "brought", priceClass: "", open: 1, balance: 0 });
  };
  return { title: say("new_member"), back: () => go("who"), main: [state.problem && band(state.problem, "look", "alert"), h("div.stack.narrow", {}, input("nama-baru", say("name")), input("rt-baru", "RT", "numeric"), input("rumah-baru", say("house")))], dock: button(say("save_and_weigh"), onclick) };
}

/** The same goods for the right household. */
function rename() {
  const list = state.book.search(state.typed);
  return { title: say("who"), back: () => go("history"), main: h("div.stack.narrow", {}, h("div.field", {}, h("label", { for: "nama" }, say("search_any")), h("input.in", { id: "nama", type: "text", autocomplete: "off", value: state.typed, oninput: (event) => { const one = state.book.member(event.target.value); document.querySelector("#temuan").replaceChildren(...(one ? [one] : event.target.value.trim().length < 2 ? [] : state.book.search(event.target.value)).map((member) => memberLine(member, give))); } })), h("ul.lines", { id: "temuan" }, state.typed ? list.map((member) => memberLine(member, give)) : [])) };
}

async function give(member) {
  state.draft = { ...state.draft, member };
  await keepDraft();
  go("tiles");
}

/** Read a card with the phone's own reader, where it has one. */
async function scan() {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }).catch(() => null);
  if (!stream) return go("who", { problem: say("no_camera") });
  const video = h("video", { autoplay: true, playsinline: true, muted: true });
  video.srcObject = stream;
  showInstead(h("div.stack", {}, video, button(say("back"), () => end(null), { kind: "two" })));
  const reader = new BarcodeDetector({ formats: ["qr_code"] });
  const end = (number) => { stream.getTracks().forEach((track) => track.stop()); const member = number && state.book.member(number); member ? startDraft(member) : go("who", { typed: number ?? "" }); };
  const look = async () => {
    if (!stream.active) return;
    const [code] = await reader.detect(video).catch(() => []);
    if (code) return end(code.rawValue.split("/").pop());
    setTimeout(look, 150);
  };
  look();
}

Object.assign(SCREENS, { who, newcomer, rename });
