// What reads for the hand: a member's card before the camera (by the browser where it can, else by jsQR),
// and a scale by cable (Web Serial): the continuous lines of A&D, CAS and most indicators that copy them,
// "ST,GS,+  1.234kg" at 9600 baud, 8 data bits, no parity. Loaded when first used; optional always.

import { at, button, h, showInstead } from "./draw.js";
import { whole } from "./numbers.js";
import { say, slug, state } from "./state.js";

// ── a card ──────────────────────────────────────────────────────────────────

const LOOK_MS = 120;
const PIXELS_MAX = 640;
const CARD = /^(?:BS1:|https?:\S+\/)?(\d{1,8})(?:-[0-9A-Z]+)?$/i;
const BANK = /\/b\/([^/]+)\//;

/** The member's number on the card; "" when nobody wanted to wait, null when there is no camera. */
export async function scanCard() {
  const constraints = { audio: false, video: { facingMode: "environment", width: { ideal: 1280 } } };
  const stream = await navigator.mediaDevices.getUserMedia(constraints).catch(() => null);
  if (!stream) return null;
  const video = h("video.camera", { autoplay: true, playsinline: true, muted: true, "aria-label": say("scan_how") });
  video.muted = true;
  video.srcObject = stream;
  const [track] = stream.getVideoTracks();
  try {
    return await new Promise((tell, fail) => {
      const stop = () => tell("");
      const how = h("p", { role: "status" }, say("scan_how"));
      showInstead(h("div.stack.narrow", how, video, torch(track), button(say("back"), stop, { kind: "two" })));
      document.querySelector("#kepala .back")?.addEventListener("click", (event) => { event.stopImmediatePropagation(); stop(); }, true);
      at("dok").hidden = true; // what it would do is behind the picture
      track.addEventListener("ended", stop);
      watch(video, how, tell).catch(fail);
    });
  } catch {
    return null;
  } finally {
    track.stop();
  }
}

/** Look at the picture until a card is on it; *how* says of one that names another bank that it does. */
async function watch(video, how, tell) {
  const read = await reader();
  await video.play();
  while (video.isConnected && video.srcObject.active) {
    const text = (await read(video)) ?? "";
    const [, number] = CARD.exec(text) ?? [];
    if (number && (BANK.exec(text)?.[1] ?? slug) === slug) return tell(number);
    if (number) how.textContent = say("card_of_other");
    await new Promise((later) => { setTimeout(later, LOOK_MS); });
  }
  tell("");
}

/** What reads a QR code out of a video: the browser's own way, else jsQR on a picture of it. */
async function reader() {
  const formats = (await globalThis.BarcodeDetector?.getSupportedFormats().catch(() => [])) ?? [];
  if (formats.includes("qr_code")) {
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    return async (video) => (await detector.detect(video).catch(() => []))[0]?.rawValue;
  }
  await import("./vendor/jsQR.js");
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    const shrink = Math.min(1, PIXELS_MAX / Math.max(video.videoWidth, video.videoHeight, 1));
    const [width, height] = [video.videoWidth, video.videoHeight].map((side) => Math.round(side * shrink));
    if (!width || !height) return null;
    Object.assign(canvas, { width, height });
    pen.drawImage(video, 0, 0, width, height);
    return globalThis.jsQR(pen.getImageData(0, 0, width, height).data, width, height, { inversionAttempts: "dontInvert" })?.data;
  };
}

/** Have at hand, before the signal goes, what this phone needs to read a card. */
export const prepareCamera = () => reader().catch(() => null);

/** A lamp, where the camera has one. */
function torch(track) {
  if (!track.getCapabilities?.().torch) return null;
  let on = false;
  return button(say("torch"), () => { on = !on; track.applyConstraints({ advanced: [{ torch: on }] }); }, { kind: "two" });
}

// ── a scale ─────────────────────────────────────────────────────────────────

const BAUD = 9600;
const WAIT_MS = 4000;
const LINE = /^(ST|US|OL|QT),(?:(?:GS|NT|TR|G|N),?)? *([+-]?) *(\d{1,7}(?:\.\d{1,4})?) *(kg|g|lb|oz|pcs)$/i;
const STABLE_LINES = 2;

/** {grams} of a line of the scale, or {trouble}: moves, over, below, unit; null: no line of a scale. */
export function reading(line) {
  const text = line.trim();
  if (/^OL\b|^..,OL\b/i.test(text)) return { trouble: "over" };
  const [, state, sign, figure, unit] = LINE.exec(text) ?? [];
  if (!figure) return null;
  if (/US/i.test(state)) return { trouble: "moves" };
  if (/OL/i.test(state)) return { trouble: "over" };
  if (!/^k?g$/i.test(unit)) return { trouble: "unit" };
  const [before, after = ""] = figure.split(".");
  const places = /^kg$/i.test(unit) ? 3 : 0;
  const grams = Number(before + after.padEnd(places, "0").slice(0, places)) + (after[places] >= "5" ? 1 : 0);
  return sign === "-" && grams > 0 ? { trouble: "below" } : { grams };
}

/** Tell what the scale says and *use* it by a tap, or say what to do; *ask(sentence, choices)* shows it. */
export async function askScale(ask, use) {
  const { sentence, text } = await weighOnScale();
  const first = text ? [say("use_weight", { x: `${text} kg` }), () => use(text)] : [say("try_again"), () => askScale(ask, use)];
  ask(sentence, [first, [say("type_again"), () => use("")]]);
}

/** {sentence, text}: what the scale shows once it stands still; text is missing where it does not. */
export async function weighOnScale() {
  let last = null;
  let same = 0;
  try {
    const port = await open();
    for await (const line of linesOf(port)) {
      const now = reading(line);
      if (!now) continue;
      same = now.grams > 0 && now.grams === last?.grams ? same + 1 : 1;
      last = now;
      if (now.grams > 0 && same >= STABLE_LINES) {
        await state.store.set("timbangan", nameOf(port)).catch(() => null);
        isSilent = false;
        return { sentence: say("scale_reads", { x: `${whole(now.grams)} kg` }), text: whole(now.grams) };
      }
    }
  } catch {
    last = null;
  }
  const trouble = last?.trouble ?? (last ? (last.grams === 0 ? "empty" : "moves") : "silent");
  isSilent = trouble === "silent";
  return { sentence: say(`scale_${trouble}`) };
}

const nameOf = (port) => JSON.stringify(port.getInfo?.());
let isSilent = false; // what was opened last told nothing: it may be no scale, and the browser asks which port is

/** The port that told a weight before, else one that is not the printer's. */
async function open() {
  const scale = await state.store.get("timbangan");
  const known = isSilent ? [] : await navigator.serial.getPorts();
  const port = known.find((one) => scale && nameOf(one) === scale) ?? known.find((one) => nameOf(one) !== (state.printer?.port ?? "")) ?? (await navigator.serial.requestPort());
  await port.open({ baudRate: BAUD });
  return port;
}

/** The lines that *port* tells within the time one waits; the port is closed behind them. */
async function* linesOf(port) {
  const stream = port.readable.pipeThrough(new TextDecoderStream());
  const reader = stream.getReader();
  const late = new Promise((tell) => { setTimeout(() => tell({ done: true }), WAIT_MS); });
  let text = "";
  try {
    for (;;) {
      const { value, done } = await Promise.race([reader.read(), late]);
      if (done) return;
      const lines = (text + value).split(/[\r\n]+/);
      text = lines.pop();
      yield* lines;
    }
  } finally {
    await reader.cancel().catch(() => null);
    await port.close().catch(() => null);
  }
}
