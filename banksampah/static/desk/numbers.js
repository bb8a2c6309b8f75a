// Grams, rupiah, times: whole numbers in, Indonesian words out. The same rules as banksampah/money.py
// and web/filters.py; tests/desk/golden.json holds both to the same answers.

const TOO_MUCH = 1e15; // twelve digits before the comma
const NUMBER = /^(\d*|\d{1,3}(?:\.\d{3})+)(?:([.,])(\d{1,3}))?$/;

/** What a typed weight may mean, in thousandths: "2,35" → [2350]; "2.350" → [2350, 2350000]; no weight → []. */
export function thousandths(text) {
  const [, whole, mark, decimals = ""] = NUMBER.exec(text.trim().replace(/\s*kg$/i, "")) ?? [];
  if (!(whole || decimals) || (mark === "." && whole.includes("."))) return [];
  const read = [Number(whole.replaceAll(".", "")) * 1000 + Number(decimals.padEnd(3, "0"))];
  if (mark === "." && decimals.length === 3) read.push(Number(whole + decimals) * 1000);
  return read.every((quantity) => quantity < TOO_MUCH) ? read : [];
}

/** "1.200" → [1200] pieces; no number of pieces → []. */
export function pieces(text) {
  const count = /^(\d+|\d{1,3}(\.\d{3})+)$/.test(text.trim()) ? Number(text.replaceAll(".", "")) : NaN;
  return count * 1000 < TOO_MUCH ? [count] : [];
}

/** 1250000 → "1.250.000". */
export const dots = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ".");

/** −50000 → "−Rp50.000". */
export const rupiah = (n) => `${n < 0 ? "−" : ""}Rp${dots(Math.abs(n))}`;

/** 2000 → "2", 2350 → "2,35", 500 → "0,5". */
export function whole(n) {
  const rest = String(n % 1000).padStart(3, "0").replace(/0+$/, "");
  return dots(Math.floor(n / 1000)) + (rest && `,${rest}`);
}

/** A quantity with its unit: "2,35 kg", "12 buah", "1,5 liter". */
export function amount(quantity, unit, words) {
  if (unit === "pcs") return `${dots(quantity)} ${words.pieces}`;
  return `${whole(quantity)} ${unit === "litre" ? words.litres : "kg"}`;
}

/** What *quantity* is worth: rounded to the nearest rupiah, as the books round. */
export function valueOf(quantity, price, unit) {
  if (price === null) return 0;
  return unit === "pcs" ? quantity * price : Number((BigInt(quantity) * BigInt(price) + 500n) / 1000n);
}

/** The part of *value* that is credited. BigInt: the product may pass 2^53. */
export const shareOf = (value, ppm) => Number((BigInt(value) * BigInt(ppm) + 500000n) / 1000000n);

const DIGITS = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const formats = {};

/** *instant* by the bank's clock, in its parts: how browsers put these together changes from one to the next. */
function partsOf(instant, timeZone) {
  const format = (formats[timeZone] ??= new Intl.DateTimeFormat("en-US", { ...DIGITS, timeZone }));
  return Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, value]));
}

/** "09.05" by the bank's clock. */
export function clock(instant, zone) {
  const { hour, minute } = partsOf(instant, zone);
  return `${hour}.${minute}`;
}

/** "2026-11-21": the bank's date. */
export function dayOf(instant, zone) {
  const { year, month, day } = partsOf(instant, zone);
  return `${year}-${month}-${day}`;
}

/** "2026-11-21" → "21/11/2026". */
export const dayInTable = (day) => day.split("-").reverse().join("/");

/** HP02-0037; from the second epoch on HP02-2-0037. */
export const receiptNumber = (device, epoch, number) =>
  [device, ...(epoch > 1 ? [epoch] : []), String(number).padStart(4, "0")].join("-");

/** The phone's time with its zone: 2026-11-21T08:41:07+07:00. */
export function localInstant(now = new Date(), minutes = -now.getTimezoneOffset()) {
  const two = (n) => String(Math.trunc(Math.abs(n))).padStart(2, "0");
  const local = new Date(now.getTime() + minutes * 60000).toISOString().slice(0, 19);
  return `${local}${minutes < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
}

/** A UUID of version 7: sorts by time, made of the browser's own randomness. */
export function uuid7(now = Date.now()) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(now / 2 ** (8 * (5 - i))) % 256;
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

// ── the code on a paper: digits of the record's id and the check letter, as banksampah/codes.py has it

const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** Damm's check letter over 32 letters: finds each wrong character and each two that changed places. */
export function checkLetter(text) {
  let value = 0;
  for (const character of text.toUpperCase().replace(/O/g, "0").replace(/[IL]/g, "1")) {
    const place = LETTERS.indexOf(character);
    if (place < 0) continue;
    value = (value ^ place) << 1;
    if (value > 31) value ^= 37;
  }
  return LETTERS[value];
}

/** What stands beneath the QR code: "3F2A 91C0 7". */
export function printedCode(number, id) {
  const tag = id.slice(-8).toUpperCase();
  return `${tag.slice(0, 4)} ${tag.slice(4)} ${checkLetter(number + tag)}`;
}

/** Number and code in one word, for the address in the QR code: "HP02-0037-3F2A91C0H". */
export const addressCode = (number, id) => `${number}-${printedCode(number, id).replaceAll(" ", "")}`;
