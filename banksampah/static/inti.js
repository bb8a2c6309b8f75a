// Small help on every page. Each page works without it.

// The summary of errors takes the focus, also where the browser ignores autofocus.
document.querySelector(".errors[tabindex]")?.focus();

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
