// A household that the phone does not know. Loaded when it is first used.

import { keepDraft, startDraft, unkept } from "./deposit.js";
import { at, h } from "./dom.js";
import { band, button, field, go, SCREENS, showAbove } from "./draw.js";
import { say, state } from "./state.js";

const FIELDS = ["nama-baru", "rt-baru", "rumah-baru"];
const KINDS = [{ maxlength: 80 }, { inputmode: "numeric", maxlength: 3 }, { maxlength: 20 }];
const filled = () => FIELDS.map((id) => at(id).value);

/** Somebody the phone does not know: a number of its own until the treasurer has matched it. */
function newcomer() {
  const leave = () => { state.filled = null; };
  const add = async () => {
    const [name, rt, house] = filled().map((text) => text.trim());
    if (!name) {
      if (!document.querySelector("#isi .band.look")) showAbove(band(say("name_missing"), "look", "alert"));
      return at("nama-baru").focus();
    }
    try {
      const last = ((await state.store.get("warga-baru")) ?? 0) + 1;
      if (!state.practice) await state.store.set("warga-baru", last);
      leave();
      const id = `T-${String(last).padStart(2, "0")}`;
      startDraft({ id, provisional: id, number: id, name, rt, house, kind: "household", delivery: "brought", priceClass: "", open: 1, balance: 0 });
    } catch (problem) {
      unkept("newcomer", add, { filled: filled() })(problem);
    }
  };
  return {
    title: say("new_member"),
    back: () => { leave(); keepDraft({ at: "who" }); go("who"); },
    main: h("div.stack.narrow", { oninput: () => keepDraft({ at: "newcomer", filled: filled() }) },
      FIELDS.map((id, place) => field(id, [say("name"), "RT", say("house")][place], { ...KINDS[place], value: state.filled?.[place] }))),
    dock: button(say("save_and_weigh"), add),
  };
}

SCREENS.newcomer = newcomer;
