// Any printer that a phone can reach: chosen once, tried, and then printing by itself. Loaded when it
// is first used.

import { at, band, button, draw, h, link, showAbove } from "./draw.js";
import { bytes, rawbt, slipLines, trial } from "./slip.js";
import { receipt, say, state } from "./state.js";

const LINE_MM = 3.43;
const QR_MM = 21; // .qr of slip.css
const PATIENCE_MS = 20000;
const known = (port) => JSON.stringify(port.getInfo?.()); // what tells a printer from a scale

/** A printer by cable or Bluetooth that the browser talks to itself. One that was chosen and is away is not asked for again. */
async function bySerial(lines) {
  const chosen = state.printer?.port;
  const port = chosen ? (await navigator.serial.getPorts()).find((one) => known(one) === chosen) : await navigator.serial.requestPort();
  await port.open({ baudRate: 9600 });
  keep({ port: known(port) });
  try {
    const writer = port.writable.getWriter();
    await writer.write(bytes(lines));
    await writer.close();
  } finally {
    await port.close();
  }
}

/** The phone's own printing, on a page as narrow as the roll. */
async function bySystem(lines) {
  let sheet = document.querySelector("#gaya-struk");
  if (!sheet) {
    sheet = h("link", { id: "gaya-struk", rel: "stylesheet", href: new URL("./slip.css", import.meta.url).pathname, media: "print" });
    await new Promise((done) => { sheet.onload = sheet.onerror = done; document.head.append(sheet); });
  }
  document.querySelector("#struk")?.remove();
  const { picture } = await import("./qr.js");
  const drawn = ({ text = "", qr, ...how }) => (qr ? picture(qr) : h(["span", ...Object.keys(how)].join("."), {}, `${text}\n`));
  const paper = h("pre", { id: "struk", hidden: true }, lines.map(drawn));
  const rules = sheet.sheet; // a roll has no pages: this one is as high as its lines
  rules.insertRule(`@page { size: 58mm ${Math.ceil(lines.length * LINE_MM + (paper.querySelector(".qr") ? QR_MM - LINE_MM : 0)) + 6}mm }`, rules.cssRules.length);
  document.body.append(paper); // it stays: some phones lay the page out after print() has returned
  print();
}

const WAYS = {
  serial: ["by_serial", () => "serial" in navigator, bySerial],
  rawbt: ["by_rawbt", () => /Android/.test(navigator.userAgent), (lines) => { location.href = rawbt(lines); }],
  system: ["by_system", () => true, bySystem],
};

const ways = () => Object.keys(WAYS).filter((way) => WAYS[way][1]());
const keep = (more) => state.store.set("cetak", (state.printer = { ...state.printer, ...more })).catch(() => null);

/** Print by the way that was chosen last; ask where there are several and none was. */
export function printSlip(shown) {
  const [first, second] = ways();
  const way = WAYS[state.printer?.way] ? state.printer.way : !second && first;
  if (way) send(way, shown);
  else choose(shown);
}

/** Print what was just saved, once whatever page saves it, where a printer was chosen that asks nothing. */
export async function printItself(shown) {
  const { way, byHand } = state.printer;
  let isFirst = false;
  if (byHand || !["serial", "rawbt"].includes(way)) return;
  await state.store.update([shown.row.id], ({ printed }) => { isFirst = !printed; return { printed: true }; });
  if (isFirst) send(way, shown);
}

/** Choose the printer by a slip that is no receipt. */
export const tryPrinter = () => choose(null);

function ask(...parts) {
  at("cara")?.remove();
  if (parts.length) showAbove(h("section.stack.tight", { id: "cara" }, parts));
}

/** By which printer, and whether it prints by itself. */
function choose(shown) {
  const take = (way) => { state.printer = { byHand: state.printer?.byHand }; send(way, shown); };
  const ontick = ({ target }) => keep({ byHand: !target.checked });
  ask(h("h2", {}, say("print_how")), ways().map((way) => button(say(WAYS[way][0]), () => take(way), { kind: "two" })),
    h("label.toggle", h("input", { type: "checkbox", checked: !state.printer?.byHand, onchange: ontick }), say("print_itself")));
  at("cara").querySelector("button").focus();
}

let last = Promise.resolve(); // one after the other: a printer has one door

function send(way, shown) {
  const lines = shown ? slipLines(shown) : trial();
  const late = () => new Promise((_done, fail) => { setTimeout(fail, PATIENCE_MS); });
  ask();
  last = last.then(() => Promise.race([WAYS[way][2](lines), late()])).then(() => ({ way, works: true }), () => ({ works: false })).then((how) => {
    keep(how);
    if (state.screen === "prepare") draw();
    if (!how.works) complain(shown);
  });
}

/** Say that a slip did not come out: not under a thumb that is on its way to a key. */
function complain(shown) {
  if (!["receipt", "history", "prepare", "closing"].includes(state.screen)) return setTimeout(complain, 1000, shown);
  const number = shown ? `${receipt(shown.row)}: ` : "";
  ask(band(number + say("print_failed"), "look", "alert"), link(say("print_other"), () => choose(shown), "print"));
}
