// @ts-check
/**
 * A page that asks for codes in fields: whatever scans, a USB scanner, a serial one or the camera, fills the right one.
 *
 * The field that has the focus takes the code, else the first one that is empty, else the first. Nothing is sent: the
 * person sees what was read, and signs or sends as always. What it means is the server's to say.
 */

import * as camera from "./camera.js";
import * as serial from "./serial.js";
import { play, unlock } from "./sound.js";
import { listen, tablesFrom } from "./wedge.js";

/** @typedef {import("./wedge.js").Scan} Scan */

const fields = /** @type {HTMLInputElement[]} */ ([...document.querySelectorAll("input[data-code]")]);
const panel = /** @type {HTMLElement} */ (document.querySelector("[data-camera]"));

/** @param {Scan} scan */
function took(scan) {
  void unlock();
  const focused = fields.find((field) => field === document.activeElement);
  const field = focused ?? fields.find((one) => !one.value) ?? fields[0];
  if (!field) return;
  field.value = String.fromCharCode(...scan.data);
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
  field.dispatchEvent(new CustomEvent("codescan", { bubbles: true, detail: scan }));  // for who signs it, as hand_scan.js
  play("read");
  const next = fields.find((one) => !one.value);
  (next ?? field).focus();
}

camera.wire(panel, took, play, () => ({ once: fields.length === 1 }));
serial.wire(panel, (outcome) => "scan" in outcome ? took(outcome.scan) : play("broken"), () => {});
listen(await tablesFrom(panel.dataset.tables ?? ""), took, () => play("broken"));
document.documentElement.dataset.ready = "codes";
