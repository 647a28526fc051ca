// @ts-check
/** The door: a scanned badge fills the form by itself; in a demo a printed login does. */

import { listen, tablesFrom } from "./wedge.js";

const form = /** @type {HTMLFormElement} */ (document.querySelector("form[data-wedge=badge]"));
const field = (/** @type {string} */ name) => /** @type {HTMLInputElement} */ (form.elements.namedItem(name));

listen(await tablesFrom(form.dataset.tables ?? ""), (scan) => {
  field("badge").value = new TextDecoder().decode(scan.data);
  field("login").value = "";
  field("login").placeholder = "▮▮▮▮▮▮▮▮";
  field("password").focus();
});
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
