// Grams, rupiah, times: whole numbers in, Indonesian words out. The same rules as banksampah/money.py
// and web/filters.py; tests/golden/desk.json holds both to the same answers.

/** "2,35" → 2350 grams (thousandths). Only the comma is a decimal sign here. Null: not a weight. */
export function thousandths(text) {
  const found = /^(\d{1,6})(?:,(\d{1,3}))?$/.exec(text.trim());
  return found ? Number(found[1]) * 1000 + Number((found[2] ?? "").padEnd(3, "0")) : null;
}

/** "12" → 12 pieces. Null: not a number of pieces. */
export function pieces(text) {
  return /^\d{1,6}$/.test(text.trim()) ? Number(text.trim()) : null;
}

/** 1250000 → "1.250.000". */
export const dots = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ".");

/** −50000 → "−Rp50.000". */
export const rupiah = (n) => `${n < 0 ? "−" : ""}Rp${dots(Math.abs(n))}`;


/** A quantity with its unit: "2,35 kg", "12 buah", "1,5 liter". */
export function amount(quantity, unit, words) {
  if (unit === "pcs") return `${dots(quantity)} ${words.pieces}`;
  return `${whole(quantity)} ${unit === "litre" ? words.litres : "kg"}`;
}

/** 2000 → "2", 2350 → "2,35", 500 → "0,5". */
export function whole(n) {
  const rest = n % 1000;
  return rest ? `${dots(Math.floor(n / 1000))},${String(rest).padStart(3, "0").replace(/0+$/, "")}` : dots(n / 1000);
}

/** What *quantity* is worth: rounded to the nearest rupiah, as the books round. */
export function valueOf(quantity, price, unit) {
  if (price === null) return 0;
  return unit === "pcs" ? quantity * price : Math.floor((quantity * price + 500) / 1000);
}

/** The part of *value* that is credited. BigInt: the product may pass 2^53. */
export const shareOf = (value, ppm) => Number((BigInt(value) * BigInt(ppm) + 500000n) / 1000000n);

/** "09.05" by the bank's clock. */
export function clock(instant, zone) {
  const parts = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone });
  return parts.format(instant).replace(":", ".");
}

/** "2026-11-21": the bank's date. */
export const dayOf = (instant, zone) => new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format(instant);

/** HP02-0037; from the second epoch on HP02-2-0037. */
export const receiptNumber = (device, epoch, number) =>
  [device, ...(epoch > 1 ? [epoch] : []), String(number).padStart(4, "0")].join("-");

/** A UUID of version 7: sorts by time, made of the browser's own randomness. */
export function uuid7(now = Date.now()) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(now / 2 ** (8 * (5 - i))) % 256;
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
  return [8, 12, 16, 20].reduceRight((text, at) => `${text.slice(0, at)}-${text.slice(at)}`, hex);
}
