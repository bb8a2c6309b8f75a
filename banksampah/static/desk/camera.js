// A member's card before the camera: read by the browser where it can, else by jsQR. Loaded when used.

import { at, button, h, showInstead } from "./draw.js";
import { say, slug } from "./state.js";

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
