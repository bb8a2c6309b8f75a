// A household that the phone does not know. Loaded when it is first used.

import { startDraft } from "./deposit.js";
import { at, h } from "./dom.js";
import { band, button, field, go, SCREENS, showAbove } from "./draw.js";
import { say, state } from "./state.js";

/** Somebody the phone does not know: a number of its own until the treasurer has matched it. */
function newcomer() {
  const add = async () => {
    const [name, rt, house] = ["nama-baru", "rt-baru", "rumah-baru"].map((id) => at(id).value.trim());
    if (!name) {
      if (!document.querySelector("#isi .band.look")) showAbove(band(say("name_missing"), "look", "alert"));
      return at("nama-baru").focus();
    }
    const last = ((await state.store.get("warga-baru")) ?? 0) + 1;
    await state.store.set("warga-baru", last);
    const code = `T-${String(last).padStart(2, "0")}`;
    startDraft({ provisional: code, number: code, name, rt, house, kind: "household", delivery: "brought", priceClass: "", open: 1, balance: 0 });
  };
  return {
    title: say("new_member"),
    back: () => go("who"),
    main: h("div.stack.narrow", field("nama-baru", say("name"), { maxlength: 80 }), field("rt-baru", "RT", { inputmode: "numeric", maxlength: 3 }), field("rumah-baru", say("house"), { maxlength: 20 })),
    dock: button(say("save_and_weigh"), add),
  };
}

SCREENS.newcomer = newcomer;
