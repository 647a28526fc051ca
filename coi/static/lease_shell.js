// @ts-check
/** The page that a reload finds while the server is away. When it is back, the station itself is opened. */

import * as alone from "./lease_alone.js";
import * as inbox from "./station_inbox.js";
import { listen, split, tablesFrom } from "./wedge.js";

const main = /** @type {HTMLElement} */ (document.querySelector("main"));
const spoken = /** @type {HTMLElement} */ (document.querySelector("[data-spoken]"));

main.addEventListener("submit", (event) => {
  event.preventDefault();
  const field = /** @type {HTMLInputElement} */ (document.querySelector("#pasted"));
  if (field.value) void alone.take(split(field.value.replaceAll("<GS>", "\u001d"), "paste"));
  field.value = "";
});
/** Open the station, when it can be opened. */
const back = async () => location.replace("/station");
await alone.watch({ main, spoken, back, shell: true });
await alone.begin();
inbox.watch(null, (scan) => void alone.take(scan));
listen(await tablesFrom("/station/wedge.json"), (scan) => void alone.take(scan), () => {});
document.documentElement.dataset.ready = "alone";
