// @ts-check
/**
 * The label in somebody's hand: a scan of it is signed by this browser's key and travels with the form.
 *
 * - What a person types is not signed, and takes the signature away that a scan before it had.
 * - A picture of the label is read by the server and signed like a scan; in production it counts for nothing.
 */

import * as device from "./device.js";

/** @typedef {import("./wedge.js").Scan} Scan */

const form = /** @type {HTMLFormElement} */ (document.querySelector("form[data-hand]"));
const field = /** @type {HTMLInputElement} */ (form.querySelector("input[data-code]"));
const said = /** @type {HTMLElement} */ (form.querySelector("[data-hand-say]"));
const csrf = /** @type {HTMLMetaElement} */ (document.querySelector("meta[name=csrf-token]")).content;
const { site = "", nonce = "", picture = "", good = "", none = "", nothing = "", reading = "", unsigned = "", wait = "" } = form.dataset;
const DEADLINE = Number(form.dataset.patience);
/** A picture may take longer than a scan. */
const SLOW = Math.max(8000, DEADLINE);
const NAMES = ["data", "aim", "source", "device", "nonce", "signature", "seen"];

/** What was begun before something else was scanned, shown or typed fills and says nothing any more. */
let turn = 0;

/** @param {Record<string, string>} values */
function fill(values) {
  for (const name of NAMES) {
    /** @type {HTMLInputElement} */ (form.elements.namedItem(`scan_${name}`)).value = values[name] ?? "";
  }
}

/** Ask the server; no whole answer in time is an error. @param {string} url @param {BodyInit} body @param {number} deadline @param {HeadersInit} [headers] */
async function asked(url, body, deadline, headers) {
  const reply = await fetch(url, {
    method: "POST", credentials: "same-origin", cache: "no-store", body, signal: AbortSignal.timeout(deadline),
    headers: { "Accept": "application/json", "X-CSRFToken": csrf, ...headers },
  });
  if (!reply.ok) throw new Error(String(reply.status));
  return reply.json();
}

/** @param {Scan} scan */
async function sign(scan) {
  const mine = ++turn;
  fill({});
  said.textContent = wait;
  const [values, word] = await signed(scan);
  if (mine !== turn) return;
  fill(values);
  said.textContent = word;
}

/** Return what the form carries for a scan, and what is said of it. @param {Scan} scan @returns {Promise<[Record<string, string>, string]>} */
async function signed(scan) {
  try {
    const key = await device.find(site);
    if (!key?.id) return [{}, none];
    const body = JSON.stringify({ device: key.id });
    const fresh = (await asked(nonce, body, DEADLINE, { "Content-Type": "application/json" })).nonce;
    const told = { data: device.base64(scan.data), aim: scan.aim, source: scan.source, seen: scan.seen ?? "" };
    return [{ ...told, device: key.id, nonce: fresh, signature: await device.sign(key, fresh, scan) }, good];
  } catch {
    return [{}, unsigned];
  }
}

field.addEventListener("input", () => {
  turn += 1;
  fill({});
  said.textContent = "";
});
document.addEventListener("codescan", (event) => void sign(/** @type {CustomEvent<Scan>} */ (event).detail));

/** @type {HTMLInputElement | null} */ (form.querySelector("[data-hand-picture]"))?.addEventListener("change", async (event) => {
  const file = /** @type {HTMLInputElement} */ (event.target).files?.[0];
  if (!file) return;
  const body = new FormData();
  body.append("picture", file);
  const mine = ++turn;
  fill({});
  said.textContent = reading;
  try {
    const { scans } = await asked(picture, body, SLOW);
    if (mine !== turn) return;
    const found = scans.find((/** @type {{ aim: string }} */ one) => one.aim.startsWith("]d"));
    if (!found) throw new Error("no code");
    const data = Uint8Array.from(atob(found.data), (c) => c.charCodeAt(0));
    field.value = String.fromCharCode(...data);
    await sign({ data, aim: found.aim, source: "picture" });
  } catch {
    if (mine === turn) said.textContent = nothing;
  }
});
document.documentElement.dataset.hand = "ready";
