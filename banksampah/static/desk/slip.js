// The slip of a deposit: what it says, and its bytes for a thermal printer. Papers are Indonesian
// whatever the screens speak. Loaded when it is first used.

import { checkAddress, instead, isPart } from "./deposit.js";
import { clock, dayOf, dots, printedCode, rupiah } from "./numbers.js";
import { counts, gramsOf, receipt, say, slug, standing, state, weighedAt, zone } from "./state.js";

const DAYS = ["Min", "Sen", "Sel", "Rab", "Kam", "Jum", "Sab"];
export const WIDTH = 32;
const RULE = [{ text: "-".repeat(WIDTH) }];
const TOLD = {
  voided: "DIBATALKAN", dismissed: "TIDAK DICATAT DI BUKU", held: "Diterima bank, belum di buku. Bendahara memeriksanya dulu.",
  note_member_closed: "Nasabah sudah ditutup. Dicatat di titipan.", sedekah: "Sedekah. Tabungan tidak bertambah.",
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
  const { row, member, before } = shown;
  const { credited } = row.booked ?? shown;
  const { bank } = state.book;
  const number = receipt(row);
  const goods = counts(row).lines.flatMap((line) => {
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
    ...pair("No. bukti", state.practice ? "-" : number), ...pair("Waktu", when(weighedAt(row))), ...pair("Nasabah", `${member.number} ${member.name}`), ...RULE,
    ...goods, ...RULE,
    ...strong(pair(grams ? `Jumlah ${decimal(grams)} kg` : "Jumlah", rupiah(counts(row).total_idr))), ...(row.booked ? middle(`HP menyebut ${rupiah(row.record.total_idr)}.`) : []), ...RULE,
    ...(told ? strong(middle(TOLD[told])) : [...pair("Saldo sebelumnya", dots(before)), ...pair(isPart(row, credited) ? "Bagian nasabah" : "Setoran ini", dots(credited)), ...strong(pair("Saldo sementara", rupiah(before + credited)))]),
    {}, ...(mark && strong(middle(mark))),
    ...(state.practice ? [] : [{ qr: checkAddress(row) }, ...strong(middle(printedCode(number, row.id))), ...middle(location.host), ...middle(`/b/${slug}/periksa`), {}]),
    ...middle("Terima kasih sudah memilah."),
  ];
}

/** What is printed to see whether the printer works. */
export const trial = () => [...middle(state.book.bank.name), ...middle("Tes printer"), ...middle(when(Date.now()))];

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

/** The RawBT app, which knows many cheap printers. */
export const rawbt = (lines) => `intent:base64,${btoa(String.fromCharCode(...bytes(lines)))}#Intent;scheme=rawbt;package=ru.a402d.rawbtprinter;end;`;
