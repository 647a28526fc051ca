// @ts-check
/** The preflight: scan the wristband, let everybody sign in, and keep the lease that the server gives. */

import * as camera from "./camera.js";
import * as device from "./device.js";
import * as keeper from "./lease_keeper.js";
import * as serial from "./serial.js";
import { play, unlock } from "./sound.js";
import { listen, split, tablesFrom } from "./wedge.js";

const form = /** @type {HTMLFormElement} */ (document.querySelector("[data-preflight]"));
const list = /** @type {HTMLElement} */ (document.querySelector("[data-checklist]"));
const said = /** @type {HTMLElement} */ (document.querySelector("[data-said]"));
const button = /** @type {HTMLButtonElement} */ (form.querySelector("button[data-ask]"));
const csrf = /** @type {HTMLMetaElement} */ (document.querySelector("meta[name=csrf-token]")).content;
const { order = "", container = "", site = "", tables = "", station = "", lost = "" } = form.dataset;
/** @type {import("./wedge.js").Scan | null} */
let band = null;

/** @param {string} url @param {unknown} body */
async function post(url, body) {
  const reply = await fetch(url, {
    method: "POST", credentials: "same-origin", redirect: "error", body: JSON.stringify(body),
    headers: { "Accept": "application/json", "Content-Type": "application/json", "X-CSRFToken": csrf, "Idempotency-Key": crypto.randomUUID() },
  });
  return reply.json();
}

/** Return who signs in, by the rows that are filled. @param {ParentNode} where */
const persons = (where) => [...where.querySelectorAll("[data-person]")].map((row) => ({
  login: value(row, "login"), secret: value(row, "secret"), code: value(row, "code"),
})).filter((person) => person.login);

/** @param {Element} row @param {string} name */
const value = (row, name) => /** @type {HTMLInputElement | null} */ (row.querySelector(`[data-name=${name}]`))?.value ?? "";

/** @param {import("./wedge.js").Scan} scan */
function took(scan) {
  void unlock();
  band = scan;
  said.textContent = form.dataset.scanned ?? "";
  const line = list.querySelector("[data-line=wristband]");
  line?.classList.add("check--waits");
}

async function ask() {
  said.textContent = form.dataset.asking ?? "";
  const key = await device.find(site);
  const read = band;
  /** @type {Record<string, unknown> | null} */
  let scan = null;
  const started = performance.now();
  if (read) {
    scan = { data: device.base64(read.data), aim: read.aim, source: read.source, ...(read.seen ? { seen: read.seen } : {}) };
    if (key?.id) {
      const { nonce = "" } = await post(form.dataset.nonce ?? "", { device: key.id });
      scan = { ...scan, device: key.id, nonce, signature: await device.sign(key, nonce, read) };
    }
  }
  const reply = await post(form.dataset.ask ?? "", { order, container, scan, persons: persons(form) });
  if (reply.html) list.innerHTML = reply.html;
  said.textContent = reply.error ?? reply.detail ?? "";
  if (band === read) band = null;  // one that was scanned meanwhile is for the next asking
  if (!reply.packet) return;
  await keeper.keep(reply.packet, started);
  await offline();
  location.assign(station);
}

/** Keep the page that serves without the server, so that even a reload finds it. */
async function offline() {
  try {
    await navigator.serviceWorker.register("/station/worker.js", { scope: "/station" });
    await Promise.race([navigator.serviceWorker.ready, new Promise((resolve) => setTimeout(resolve, 5000))]);
  } catch {
    said.textContent = form.dataset.noWorker ?? "";
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  try {
    await ask();
  } catch {
    said.textContent = form.dataset.failed ?? "";
  } finally {
    button.disabled = false;
    for (const secret of form.querySelectorAll("input[type=password], [data-name=code]")) /** @type {HTMLInputElement} */ (secret).value = "";
  }
});
document.querySelector("[data-lost]")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const reply = await post(lost, { persons: persons(/** @type {HTMLFormElement} */ (event.target)) });
  if (reply.receipt) location.reload();
  else said.textContent = reply.error ?? reply.detail ?? "";
});
document.querySelector("[data-paste-form]")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const field = /** @type {HTMLInputElement} */ (document.querySelector("#pasted"));
  if (field.value) took(split(field.value.replaceAll("<GS>", "\u001d"), "paste"));
  field.value = "";
});
document.querySelector("#picture")?.addEventListener("change", async (event) => {
  const body = new FormData();
  body.append("picture", /** @type {FileList} */ (/** @type {HTMLInputElement} */ (event.target).files)[0] ?? "");
  const reply = await (await fetch("/station/picture", { method: "POST", body, headers: { "Accept": "application/json", "X-CSRFToken": csrf } })).json();
  for (const scan of (reply.scans ?? []).slice(0, 1)) took({ data: Uint8Array.from(atob(scan.data), (c) => c.charCodeAt(0)), aim: scan.aim, source: "picture" });
});
const again = () => { said.textContent = form.dataset.again ?? ""; };
const panel = /** @type {HTMLElement} */ (document.querySelector("[data-camera]"));
camera.wire(panel, took, play, () => ({ once: true }));
serial.wire(panel, (outcome) => "scan" in outcome ? took(outcome.scan) : again(), () => {});
listen(await tablesFrom(tables), took, again);
document.documentElement.dataset.ready = "preflight";
