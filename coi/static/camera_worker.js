// @ts-check
/**
 * Which codes are in this frame? Reads with zxing-cpp, compiled to WebAssembly and served by us, off the page's thread.
 *
 * In: `{ frame: ImageBitmap, formats, foreign }`; out: `{ codes, foreign }`. `codes` are of the wanted symbologies alone;
 * `foreign` names what else is there, for the screen and never for an answer. `{ keep: true }` returns the newest frame
 * as a JPEG, so that a picture can stand behind a read.
 */

import { prepareZXingModule, readBarcodes } from "./vendor/zxing/reader/index.js";

const WASM = new URL("./vendor/zxing/zxing_reader.wasm", import.meta.url).href;
const WIDEST = 1280;
const KEPT = 640;

prepareZXingModule({ overrides: { locateFile: () => WASM } });

const canvas = new OffscreenCanvas(1, 1);
const ground = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));

/** @param {Uint8Array} bytes */
const text = (bytes) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");

/** @param {{ frame: ImageBitmap, formats: string[], foreign: boolean }} asked */
async function look({ frame, formats, foreign }) {
  const scale = Math.min(1, WIDEST / frame.width);
  canvas.width = Math.round(frame.width * scale);
  canvas.height = Math.round(frame.height * scale);
  ground.drawImage(frame, 0, 0, canvas.width, canvas.height);
  frame.close();
  const picture = ground.getImageData(0, 0, canvas.width, canvas.height);
  const found = await readBarcodes(picture, /** @type {any} */ ({ formats, maxNumberOfSymbols: 8 }));
  const codes = found.filter((one) => one.isValid && one.bytes.length > 0)
    .map((one) => ({ text: text(one.bytes), aim: one.symbologyIdentifier }));
  if (codes.length > 0 || !foreign) return { codes, foreign: "" };
  const others = await readBarcodes(picture, { maxNumberOfSymbols: 1 });
  return { codes, foreign: others.find((one) => one.isValid)?.symbologyIdentifier ?? "" };
}

async function keep() {
  const scale = Math.min(1, KEPT / canvas.width);
  const small = new OffscreenCanvas(Math.round(canvas.width * scale), Math.round(canvas.height * scale));
  small.getContext("2d")?.drawImage(canvas, 0, 0, small.width, small.height);
  return { jpeg: await (await small.convertToBlob({ type: "image/jpeg", quality: 0.7 })).arrayBuffer() };
}

self.addEventListener("message", async ({ data }) => {
  try {
    self.postMessage(data.keep ? await keep() : await look(data));
  } catch (error) {
    self.postMessage({ failed: String(error) });
  }
});
