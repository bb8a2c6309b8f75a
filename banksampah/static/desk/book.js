// What the provisions say: who there is, what is taken, what it is worth today.

import { dayOf, shareOf, valueOf } from "./numbers.js";

const MEMBER = ["id", "number", "name", "rt", "house", "kind", "delivery", "priceClass", "open", "balance"];
const MATERIAL = ["id", "name", "family", "unit", "usualMax", "aliases", "retired"];
/** A new household is of the phone and the epoch that gave it its number: HP02-2-T-03. */
export const codeOf = (number, { device, epoch }) => `${device}-${epoch}-${number}`;

const named = (names, row) => Object.fromEntries(names.map((name, place) => [name, row[place]]));
const PICTURES = [["minyak", "minyak"], ["jelantah", "minyak"], ["kabel", "kabel"], ["dus", "kardus"], ["karton", "kardus"], ["koran", "koran"], ["majalah", "koran"], ["gelas", "gelas"], ["kresek", "kresek"], ["kantong", "kresek"], ["pet", "pet"], ["botol", "pet"], ["ember", "ember"], ["alumin", "aluminium"], ["panci", "aluminium"], ["kaleng", "kaleng"], ["besi", "besi"]];
const OF_FAMILY = { paper: ["fp", "kertas"], plastic: ["fl", "ember"], metal: ["fm", "besi"], glass: ["fg", "kaca"] };

export class Book {
  /** *clock* knows by how many seconds the phone's own is off. */
  constructor(snapshot, clock) {
    this.clock = clock;
    this.bank = snapshot.bank;
    this.device = snapshot.device;
    this.operators = snapshot.operators;
    this.defaultClass = snapshot.default_price_class;
    this.prices = snapshot.prices;
    this.versions = snapshot.price_versions ?? []; // provisions of an older desk tell none
    this.fetchedOn = snapshot.today;
    this.shares = [...snapshot.shares, ...(snapshot.shares_to_come ?? [])]; // provisions of an older desk have today's alone
    this.matched = snapshot.matched;
    this.people = this.members = snapshot.members.map((row) => named(MEMBER, row));
    this.materials = snapshot.materials.map((row) => named(MATERIAL, row));
    this.byId = new Map(this.materials.map((material) => [material.id, material]));
  }

  /** Besides the members there are the new households of *rows* of the outbox, until the treasurer has matched them. */
  meet(rows) {
    const met = {};
    for (const { shown, record } of rows) {
      if (!shown?.provisional || record.cancelled) continue;
      const provisional = shown.provisional === shown.number ? codeOf(shown.number, record) : shown.provisional; // a desk of before told no epoch
      if (!this.matched?.includes(provisional)) met[shown.id] = { ...shown, provisional, balance: 0 };
    }
    this.people = [...Object.values(met), ...this.members];
  }

  /** The member with this number, however it is typed: "123" finds 0123. */
  member(number) {
    const typed = number.replace(/\s/g, "").toUpperCase();
    const ways = /^\d+$/.test(typed) ? [0, 3, 4, 5].map((width) => typed.padStart(width, "0")) : [typed];
    return ways.map((way) => this.people.find((member) => member.number === way)).find(Boolean);
  }

  /** Members whose name has these words, at most 21: who gets them all knows that there are more than twenty. */
  search(words) {
    const wanted = words.trim().toLowerCase().split(/\s+/);
    return this.people.filter((member) => wanted.every((word) => member.name.toLowerCase().includes(word))).slice(0, 21);
  }

  get today() {
    const told = dayOf(Date.now() + this.clock.offset * 1000, this.bank.zone);
    return told < this.fetchedOn ? this.fetchedOn : told; // a clock set back takes no price away
  }

  /** The number of the price list in force today. */
  get version() {
    return this.versions.filter(([from]) => from <= this.today).at(-1)?.[1];
  }

  /** The price of a material today; undefined where no list names it, null where it follows later. */
  price(material, member) {
    const wanted = member?.priceClass || this.defaultClass;
    const { today } = this;
    let found;
    for (const [id, priceClass, from, price] of this.prices) {
      if (id === material.id && priceClass === wanted && from <= today) found = price;
    }
    return found;
  }

  /** Materials that have a price for this member, the most used first. */
  offers(member, uses) {
    return this.materials
      .filter((material) => !material.retired && this.price(material, member) !== undefined)
      .sort((a, b) => (uses[b.id] ?? 0) - (uses[a.id] ?? 0) || a.id - b.id);
  }

  /** A line of a record: what was weighed, at the price that is told. */
  line(material, quantity, member) {
    const price = this.price(material, member) ?? null;
    return { material_id: material.id, quantity, price_idr: price, value_idr: valueOf(quantity, price, material.unit) };
  }

  /** How much of *lines* is credited to the member today: each line's share, rounded by itself. */
  credited(lines, member) {
    const { kind = "household", delivery = "brought" } = member ?? {};
    const { today } = this;
    let ppm = 1000000;
    for (const [ofKind, by, share, from = today] of this.shares) {
      if (ofKind === kind && by === delivery && from <= today) ppm = share;
    }
    return lines.reduce((sum, line) => sum + shareOf(line.value_idr, ppm), 0);
  }

  /** [colour, drawing] of a material. */
  picture(material) {
    const name = material.name.toLowerCase();
    const [colour, usual] = OF_FAMILY[material.family] ?? ["fo", "lain"];
    const found = material.family === "glass" ? null : PICTURES.find(([word]) => name.includes(word));
    return [colour, `m-${found ? found[1] : usual}`];
  }
}
