// The slip of a deposit, on any printer a phone can reach. Papers are Indonesian whatever the screens
// speak. Loaded when it is first used.

import { h } from "./dom.js";
import { band, button, link, showAbove } from "./draw.js";
import { clock, dayOf, dots, printedCode, rupiah } from "./numbers.js";
import { checkAddress, instead } from "./receipt.js";
import { gramsOf, receipt, say, slug, standing, state, zone } from "./state.js";

const DAYS = ["Min", "Sen", "Sel", "Rab", "Kam", "Jum", "Sab"];
const LINE_MM = 3.43;
const QR_MM = 21; // .qr of slip.css
export const WIDTH = 32;
const RULE = [{ text: "-".repeat(WIDTH) }];
const TOLD = {
  voided: "DIBATALKAN", dismissed: "TIDAK DICATAT DI BUKU", held: "Diterima bank, belum di buku. Bendahara memeriksanya dulu.",
  note_member_closed: "Nasabah sudah ditutup. Dicatat di titipan.",
};

/** "2,00", "2,35", "2,355": two decimals, three where they are needed. */
const decimal = (quantity) => `${dots(Math.floor(quantity / 1000))},${String(quantity % 1000).padStart(3, "0").replace(/(..)0$/, "$1")}`;
const measure = (quantity, unit) => (unit === "pcs" ? `${dots(quantity)} buah` : `${decimal(quantity)} ${unit === "litre" ? "liter" : "kg"}`);
const middle = (text) => wrap(text).map((line) => ({ ...line, center: true }));

/** "Sab 21/11/2026 09.05" by the bank's clock. */
function when(instant) {
  const day = dayOf(instant, zone());
  return `${DAYS[new Date(day).getUTCDay()]} ${day.split("-").reverse().join("/")} ${clock(instant, zone())}`;
}

/** What the slip says, line by line. */
export function slipLines(shown) {
  const { row, member, before, credited } = shown;
  const { bank } = state.book;
  const number = receipt(row);
  const goods = row.record.lines.flatMap((line) => {
    const material = state.book.byId.get(line.material_id);
    const price = line.price_idr === null ? ["", "menyusul"] : [` x ${dots(line.price_idr)}`, dots(line.value_idr)];
    return [...wrap(material?.name ?? "-"), ...pair(`  ${measure(line.quantity, material?.unit)}${price[0]}`, price[1])];
  });
  const grams = gramsOf(row);
  const told = instead(shown);
  const mark = state.practice ? "LATIHAN, TIDAK DICATAT" : standing(row) && ["di_hp", "mengirim"].includes(row.state) ? "Dicatat di HP. Masuk buku setelah terkirim." : "";
  const strong = (lines) => lines.map((line) => ({ ...line, bold: true }));
  return [
    ...strong(middle(bank.name)), ...middle(bank.short_note ?? ""), ...strong(middle("Bukti setoran")).map((line) => ({ ...line, tall: true })), ...RULE,
    ...pair("No. bukti", state.practice ? "-" : number), ...pair("Waktu", when(row.savedAt ?? Date.now())), ...pair("Nasabah", `${member.number} ${member.name}`), ...RULE,
    ...goods, ...RULE,
    ...strong(pair(grams ? `Jumlah ${decimal(grams)} kg` : "Jumlah", rupiah(row.record.total_idr))), ...RULE,
    ...(told ? strong(middle(TOLD[told])) : [...pair("Saldo sebelumnya", dots(before)), ...pair("Setoran ini", dots(credited)), ...strong(pair("Saldo sementara", rupiah(before + credited)))]),
    {}, ...(mark && strong(middle(mark))),
    ...(state.practice ? [] : [{ qr: checkAddress(row) }, ...strong(middle(printedCode(number, row.id))), ...middle(location.host), ...middle(`/b/${slug}/periksa`), {}]),
    ...middle("Terima kasih sudah memilah."),
  ];
}

// ── lines as bytes for a thermal printer (ESC/POS), 32 letters wide ─────────

const ESC = 0x1b, GS = 0x1d;
const START = [ESC, 0x40, 0x1c, 0x2e, ESC, 0x74, 0]; // begin anew, no Chinese letters, code page 437
const END = [ESC, 0x64, 4, GS, 0x56, 66, 0]; // four lines past the edge, then cut where there is a knife
const LIKE = { "×": "x", "−": "-", "–": "-", "—": "-", "·": "-", "⁄": "/", "“": '"', "”": '"', "‘": "'", "’": "'" };

/** *text* in letters that every printer has: accents left away, signs by what looks like them. */
export const plain = (text) => [...text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "")].map((sign) => LIKE[sign] ?? (sign >= " " && sign <= "~" ? sign : "?")).join("");

/** "name      value" on one line; on two, the value at the right, where one is too short. */
export function pair(name, value) {
  const gap = WIDTH - plain(name).length - plain(value).length;
  return gap > 0 ? [{ text: name + " ".repeat(gap) + value }] : [...wrap(name), ...wrap(value).map((line) => ({ text: line.text.padStart(WIDTH) }))];
}

/** *text* in lines of at most *most* letters, broken between words where that can be. */
export function wrap(text, most = WIDTH) {
  const lines = [""];
  for (let word of plain(text).split(/\s+/).filter(Boolean)) {
    if (lines.at(-1) && lines.at(-1).length + 1 + word.length > most) lines.push("");
    for (; word.length > most; word = word.slice(most)) lines.splice(-1, 1, word.slice(0, most), "");
    lines[lines.length - 1] += (lines.at(-1) && " ") + word;
  }
  return lines.map((line) => ({ text: line }));
}

/** The bytes that print *lines*: {text, center, bold, tall} or {qr}. */
export function bytes(lines) {
  return Uint8Array.from([...START, ...lines.flatMap(line), ...END]);
}

const letters = (text) => [...plain(text)].map((sign) => sign.charCodeAt(0));

function line({ text = "", center = false, bold = false, tall = false, qr = null }) {
  const content = qr ? code(letters(qr)) : [...letters(text), 10];
  return [ESC, 0x61, center || qr ? 1 : 0, ESC, 0x45, bold ? 1 : 0, GS, 0x21, tall ? 1 : 0, ...content];
}

/** GS ( k: model 2, five dots a module, level M, store, print. */
function code(data) {
  const command = (...rest) => [GS, 0x28, 0x6b, rest.length % 256, rest.length >> 8, 49, ...rest.slice(1)];
  return [...command(49, 65, 50, 0), ...command(49, 67, 5), ...command(49, 69, 49), ...command(49, 80, 48, ...data), ...command(49, 81, 48)];
}

// ── ways to a printer ───────────────────────────────────────────────────────

/** A printer by cable or Bluetooth that the browser talks to itself. */
async function bySerial(lines) {
  const port = (await navigator.serial.getPorts())[0] ?? (await navigator.serial.requestPort());
  await port.open({ baudRate: 9600 });
  try {
    const writer = port.writable.getWriter();
    await writer.write(bytes(lines));
    await writer.close();
  } finally {
    await port.close();
  }
}

/** The RawBT app, which knows many cheap printers. */
export const rawbt = (lines) => `intent:base64,${btoa(String.fromCharCode(...bytes(lines)))}#Intent;scheme=rawbt;package=ru.a402d.rawbtprinter;end;`;

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

/** Print by the way that was chosen last; ask where there are several and none was. */
export async function printSlip(shown) {
  const there = Object.keys(WAYS).filter((way) => WAYS[way][1]());
  const known = await state.store.get("cetak");
  if (there.includes(known)) return send(known, shown);
  if (there.length === 1) return send(there[0], shown);
  choose(there, shown);
}

function ask(...parts) {
  document.querySelector("#cara")?.remove();
  if (parts.length) showAbove(h("section.stack.tight", { id: "cara" }, parts));
}

function choose(there, shown) {
  const take = async (way) => { await state.store.set("cetak", way); send(way, shown); };
  ask(h("h2", {}, say("print_how")), there.map((way) => button(say(WAYS[way][0]), () => take(way), { kind: "two" })));
  document.querySelector("#cara button").focus();
}

async function send(way, shown) {
  ask();
  try {
    await WAYS[way][2](slipLines(shown));
  } catch {
    await state.store.set("cetak", null);
    ask(band(say("print_failed"), "look", "alert"), link(say("print_other"), () => printSlip(shown), "print"));
  }
}
