// @ts-check
/** The door: a badge before a scanner or the camera fills the form by itself; in a demo a printed login does. */

import * as camera from "./camera.js";
import * as serial from "./serial.js";
import { play, unlock } from "./sound.js";
import { listen, tablesFrom } from "./wedge.js";

const form = /** @type {HTMLFormElement} */ (document.querySelector("form[data-wedge=badge]"));
const field = (/** @type {string} */ name) => /** @type {HTMLInputElement} */ (form.elements.namedItem(name));

/** @param {import("./wedge.js").Scan} scan */
function took(scan) {
  void unlock();
  field("badge").value = new TextDecoder().decode(scan.data);
  field("login").value = "";
  field("login").placeholder = "▮▮▮▮▮▮▮▮";
  field("password").focus();
}

const panel = /** @type {HTMLElement} */ (document.querySelector("[data-camera]"));
camera.wire(panel, took, play, () => ({ secret: true, once: true }));
serial.wire(panel, (outcome) => "scan" in outcome ? took(outcome.scan) : play("broken"), () => {});
listen(await tablesFrom(form.dataset.tables ?? ""), took);
for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("[data-login]"))) {
  button.addEventListener("click", () => {
    field("badge").value = "";
    field("login").value = button.dataset.login ?? "";
    field("password").value = button.dataset.password ?? "";
    form.requestSubmit();
  });
}
(field("login").value ? field("password") : field("login")).focus();
document.documentElement.dataset.ready = "door";
