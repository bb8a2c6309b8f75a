// A text as a QR code (bytes, level M, versions 1 to 6, mask 2), for the phone's own printing.
// Loaded when it is first used. tests/desk/test_qr.py holds it to another maker, dot by dot.

const BLOCKS = [[10, 1, 16], [16, 1, 28], [26, 1, 44], [18, 2, 32], [24, 2, 43], [16, 4, 27]]; // corrections, blocks, words in each
const FORMAT = 0x5e7c; // level M, mask 2, with its check bits; the mask turns every third column over

/** Rows of 0 and 1: the code of *text*, without its quiet zone; null where it is too long. */
export function matrix(text) {
  const data = [...new TextEncoder().encode(text)];
  const version = 1 + BLOCKS.findIndex(([, count, size]) => data.length + 2 <= count * size);
  return version ? woven(frame(version), words(data, BLOCKS[version - 1])) : null;
}

/** The data in blocks, each with its error correction, one word of each in turn. */
function words(data, [corrections, count, size]) {
  const halves = [4, ...[data.length, ...data].flatMap((byte) => [byte >> 4, byte & 15]), 0];
  const all = Array.from({ length: count * size }, (_none, n) => (2 * n < halves.length ? halves[2 * n] * 16 + halves[2 * n + 1] : (n - halves.length / 2) % 2 ? 0x11 : 0xec));
  const blocks = Array.from({ length: count }, (_none, n) => all.slice(n * size, (n + 1) * size));
  const inTurn = (parts) => parts[0].flatMap((_word, n) => parts.map((part) => part[n]));
  return [...inTurn(blocks), ...inTurn(blocks.map((block) => remainder(block, corrections)))];
}

function times(a, b) {
  let product = 0;
  for (let bit = 7; bit >= 0; bit--) product = (product << 1) ^ ((product >> 7) * 0x11d) ^ (((b >> bit) & 1) * a);
  return product;
}

/** What is left of *block* by Reed and Solomon's polynomial of *degree*. */
function remainder(block, degree) {
  let divisor = [1];
  for (let n = 0, root = 1; n < degree; n++, root = times(root, 2)) {
    divisor = [...divisor, 0].map((factor, place) => factor ^ times(divisor[place - 1] ?? 0, root));
  }
  let rest = Array(degree).fill(0);
  for (const word of block) {
    const lead = word ^ rest[0];
    rest = rest.map((_old, place) => (rest[place + 1] ?? 0) ^ times(divisor[place + 1], lead));
  }
  return rest;
}

/** All that is not data; where data goes there is nothing yet. */
function frame(version) {
  const side = 17 + 4 * version;
  const far = side - 7;
  const grid = Array.from({ length: side }, () => Array(side).fill());
  const square = (cy, cx, reach, light) => {
    for (let y = -reach; y <= reach; y++) for (let x = -reach; x <= reach; x++) if (grid[cy + y] && cx + x in grid) grid[cy + y][cx + x] = Number(!light.includes(Math.max(Math.abs(y), Math.abs(x))));
  };
  for (let n = 0; n < side; n++) grid[6][n] = grid[n][6] = 1 - (n % 2);
  if (version > 1) square(far, far, 2, [1]);
  for (const [y, x] of [[3, 3], [3, side - 4], [side - 4, 3]]) square(y, x, 4, [2, 4]);
  for (let n = 0; n < 15; n++) {
    const dark = (FORMAT >> n) & 1;
    grid[n < 6 ? n : n < 8 ? n + 1 : side - 15 + n][8] = dark;
    grid[8][n < 8 ? side - 1 - n : n === 8 ? 7 : 14 - n] = dark;
  }
  grid[side - 8][8] = 1;
  return grid;
}

/** The bits into *grid*, in pairs of columns from the right, up and down in turn. */
function woven(grid, bytes) {
  const side = grid.length;
  let bit = 0;
  for (let right = side - 1, isUp = true; right > 0; right -= right === 8 ? 3 : 2, isUp = !isUp) {
    for (let step = 0; step < side; step++) {
      const y = isUp ? side - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (grid[y][x] === undefined) grid[y][x] = (((bytes[bit >> 3] ?? 0) >> (7 - (bit++ & 7))) & 1) ^ Number(x % 3 === 0);
      }
    }
  }
  return grid;
}

/** The code of *text* as a drawing with its quiet zone, or null. */
export function picture(text) {
  const rows = matrix(text);
  if (!rows) return null;
  const side = rows.length + 8;
  const make = (tag, attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  };
  const drawing = make("svg", { class: "qr", viewBox: `0 0 ${side} ${side}`, "shape-rendering": "crispEdges" });
  drawing.append(make("path", { d: rows.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x + 4} ${y + 4}h1v1h-1z` : ""))).join("") }));
  return drawing;
}
