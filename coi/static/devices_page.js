// @ts-check
/** The devices page: make this browser's key, and propose it to the site. */

import * as device from "./device.js";

const panel = /** @type {HTMLElement} */ (document.querySelector("[data-device]"));
const says = /** @type {HTMLElement} */ (panel.querySelector("[data-device-words]"));
const form = /** @type {HTMLFormElement} */ (panel.querySelector("form"));
const words = panel.dataset;
const csrf = /** @type {HTMLMetaElement} */ (document.querySelector("meta[name=csrf-token]")).content;
const site = words.site ?? "";

/** @param {device.Device | null} found */
function show(found) {
  const row = found?.id ? document.querySelector(`[data-device-id="${CSS.escape(found.id)}"]`) : null;
  says.textContent = row ? `${row.querySelector("th")?.firstChild?.textContent?.trim()} · ${row.querySelector(".tag")?.textContent}` : (words.none ?? "");
  form.hidden = row !== null && !row.hasAttribute("data-retired");
}

/** Whether a key is being made: a button pressed twice makes one. */
let making = false;

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (making) return;
  making = true;
  await propose().finally(() => { making = false; });
});

async function propose() {
  const mine = (await device.find(site)) ?? null;
  const fresh = mine && !mine.id ? mine : await device.make(site);
  const label = /** @type {HTMLInputElement} */ (form.elements.namedItem("label")).value;
  const reply = await fetch(form.action, {
    method: "POST", credentials: "same-origin",
    headers: { "Accept": "application/json", "Content-Type": "application/json", "X-CSRFToken": csrf, "Idempotency-Key": crypto.randomUUID() },
    body: JSON.stringify({ label, key: await device.publicKey(fresh) }),
  });
  const body = await reply.json();
  if (!reply.ok) {
    /** @type {HTMLElement} */ (panel.querySelector("[data-device-say]")).textContent = body.detail ?? body.title;
    return;
  }
  await device.name(site, fresh, body.id);
  location.reload();
}

if (!device.possible()) says.textContent = words.insecure ?? "";
else show(await device.find(site));
document.documentElement.dataset.ready = "devices";
