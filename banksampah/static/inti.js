// Small help on every page. Each page works without it.

// "Cetak": a link that shows the page ready for paper; here it prints at once.
addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-print]");
  if (!link) return;
  event.preventDefault();
  print();
});
if (new URLSearchParams(location.search).has("cetak")) addEventListener("load", () => print());

// The folded menu closes on Escape and on a tap beside it.
const closeMenus = (except) => {
  for (const fold of document.querySelectorAll("details.fold[open]")) {
    if (fold !== except) fold.open = false;
  }
};
addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeMenus();
});
addEventListener("click", (event) => closeMenus(event.target.closest?.("details.fold")));

// A form that is on its way is not sent twice; the pressed button still counts.
addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "1";
});
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

// A phone's code stands behind "#", where no server is told it. It goes into its form, by way of signing in too.
if (location.hash.startsWith("#kode=")) {
  const form = document.querySelector("#isi form[method=post]");
  if (form?.elements.kode) form.elements.kode.value = location.hash.slice(6);
  else if (form) form.action += location.hash;
}

// The weighing page says the value beside each weight while it is typed. The books count again.
const read = (text, unit) => {
  const typed = text.trim();
  if (unit === "pcs") return /^\d{1,6}$/.test(typed) ? Number(typed) : null;
  const found = /^(\d{1,3}(?:\.\d{3})+|\d{1,6})(?:,(\d{1,3}))?$/.exec(typed) ?? /^(\d{1,6})\.(\d{1,3})$/.exec(typed);
  if (!found || (!typed.includes(",") && /\.\d{3}$/.test(typed))) return null; // "2.350" will be asked
  return Number(found[1].replaceAll(".", "")) * 1000 + Number((found[2] ?? "").padEnd(3, "0"));
};
const dots = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ".");
const kilograms = (g) => `${dots(Math.floor(g / 1000))},${String(g % 1000).padStart(3, "0")}`.replace(/,?0+$/, "");
const weigh = document.querySelector("form[data-weigh]");
const echo = () => {
  let grams = 0;
  let sum = 0;
  for (const row of weigh.querySelectorAll("li[data-price]")) {
    const { price, unit } = row.dataset;
    const quantity = read(row.querySelector("input").value, unit);
    const value = unit === "pcs" ? quantity * price : Math.floor((quantity * price + 500) / 1000);
    row.querySelector("output").textContent = quantity ? `= Rp${dots(value)}` : "";
    if (unit === "kg") grams += quantity;
    sum += quantity ? value : 0;
  }
  const strong = document.createElement("b");
  strong.textContent = `Rp${dots(sum)}`;
  document.querySelector("#jumlah").replaceChildren(...(sum ? [strong, grams ? `${kilograms(grams)} kg` : ""] : []));
};
weigh?.addEventListener("input", echo);
if (weigh) echo();

// "Keluar" on a phone on which deposits wait: they are sent first. Whoever has tried may go all the same.
const outboxes = async () => {
  const found = [];
  for (const { name } of (await indexedDB.databases?.()) ?? []) {
    if (!name.startsWith("timbang-")) continue;
    const { Store, isUnsent } = await import("./desk/store.js");
    const store = await Store.open(name.slice(8));
    const waiting = (await store.outbox()).filter(isUnsent).length;
    if (waiting) found.push({ store, waiting });
  }
  return found;
};
const sendAll = async (form, found) => {
  const { Sender } = await import("./desk/send.js");
  for (const { store } of found) await new Sender(store, `${form.action.replace(/keluar$/, "b/")}${store.slug}/timbang`, () => null).now();
};
const leave = async (form, said) => {
  const found = await outboxes();
  if (!found.length) return form.submit();
  const { failed } = form.dataset;
  const band = form.querySelector("template").content.firstElementChild.cloneNode(true);
  const [now, anyway] = band.querySelectorAll("button");
  now.onclick = () => {
    now.disabled = true;
    sendAll(form, found).catch(() => null).then(() => leave(form, failed));
  };
  anyway.onclick = () => form.submit();
  if (said !== failed) anyway.remove();
  band.id = "belum-terkirim";
  band.querySelector("p").textContent = said.replace("{n}", found.reduce((sum, { waiting }) => sum + waiting, 0));
  document.querySelector("#belum-terkirim")?.remove();
  document.querySelector("#isi").prepend(band);
  now.focus();
};
addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.unsent) return;
  event.preventDefault();
  leave(form, form.dataset.unsent).catch(() => form.submit());
});
