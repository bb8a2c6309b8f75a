// What waits on the phone as a file, to hand to the treasurer by any way there is.

import { h } from "./dom.js";
import { dayOf } from "./numbers.js";
import { state, unsentRows, zone } from "./state.js";

export async function giveFile() {
  const records = unsentRows().map((row) => row.record);
  const name = `setoran-${state.book?.device.name ?? "HP"}-${dayOf(Date.now(), zone())}.json`;
  const file = new File([JSON.stringify({ service: "bank-sampah", records })], name, { type: "application/json" });
  if (navigator.canShare?.({ files: [file] })) return navigator.share({ files: [file], title: name }).catch(() => null);
  const url = URL.createObjectURL(file);
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}
