// The code on a paper: digits of the record's id and the check letter, as banksampah/codes.py has it.

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
