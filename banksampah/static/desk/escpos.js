// Lines of a slip as bytes for a thermal printer (ESC/POS), 32 letters wide. Pure: lines in, bytes out.

export const WIDTH = 32;
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
