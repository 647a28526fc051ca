// @ts-check
/** The scanners page: five codes of the challenge card, each judged by the server as it comes, signed by this station. */

import * as device from "./device.js";
import * as serial from "./serial.js";
import { play, unlock } from "./sound.js";
import { listen, tablesFrom } from "./wedge.js";

const panel = /** @type {HTMLElement} */ (document.querySelector("[data-check]"));
const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (panel.querySelector(`[data-check-${name}]`));
const marks = [...part("codes").children];
const words = panel.dataset;
const csrf = /** @type {HTMLMetaElement} */ (document.querySelector("meta[name=csrf-token]")).content;
/** The scanner that is checked, and what it sent so far. @type {{ source: string, codes: string[] } | null} */
let check = null;
/** Which check it is since the page was opened: the answer to an earlier one changes nothing. */
let round = 0;
/** What was heard so far in this round: who scans faster than the server answers loses no code. */
let line = Promise.resolve();
/** @type {device.Device | null} */
let key = null;

/** @param {string} url @param {unknown} body */
async function post(url, body) {
  const reply = await fetch(url, {
    method: "POST", credentials: "same-origin", body: JSON.stringify(body), signal: AbortSignal.timeout(Number(words.patience)),
    headers: { "Accept": "application/json", "Content-Type": "application/json", "X-CSRFToken": csrf, "Idempotency-Key": crypto.randomUUID() },
  });
  if (!reply.ok) throw new Error(String(reply.status));
  return reply.status === 204 ? {} : reply.json();
}

const bytes = (/** @type {string} */ text) => Uint8Array.from(text, (c) => c.charCodeAt(0) & 0xff);

/** @param {string} source @param {string} raw  the identifier and what follows, as it came */
function heard(source, raw) {
  const begun = round;
  line = line.then(() => (begun === round ? judge(source, raw) : undefined));
  return line;
}

/** @param {string} source @param {string} raw */
async function judge(source, raw) {
  if (!check || check.source !== source || !key?.id) return;
  const begun = round;
  try {
    const codes = [...check.codes, raw];
    const { nonce } = await post(words.nonceUrl ?? "", { device: key.id });
    const said = new TextEncoder().encode(codes.join("\n"));
    const signature = await device.sign(key, nonce, { data: said, aim: "", source });
    const sent = codes.map((one) => device.base64(bytes(one)));
    const answer = await post(words.url ?? "", { source, codes: sent, device: key.id, nonce, signature });
    if (begun === round) show(codes, answer);
  } catch {
    if (begun === round) end("failed", words.lost ?? "", "");
  }
}

/** @param {string[]} codes @param {{ right: number, passed: boolean, fault: string, what?: string, fix?: string }} answer */
function show(codes, answer) {
  marks.forEach((mark, n) => mark.setAttribute("data-state", n < answer.right ? "right" : n > answer.right ? "" : answer.fault ? "wrong" : "now"));
  if (answer.fault) return end("failed", answer.what ?? "", answer.fix ?? "");
  if (answer.passed) return end("passed", words.passed ?? "", "");
  check = { source: check?.source ?? "", codes };
  play("step");
  part("say").textContent = (words.next ?? "").replace("{n}", String(answer.right + 1));
}

/** @param {"failed" | "passed"} state @param {string} what @param {string} fix */
function end(state, what, fix) {
  check = null;
  panel.dataset.state = state;
  part("say").textContent = what;
  part("fix").textContent = fix;
  play(state === "passed" ? "GO" : "STOP");
  void tell();
}

/** Say how this station's scanners stand. */
async function tell() {
  if (!key?.id) return;
  const reply = await fetch((words.stateUrl ?? "").replace(/-$/, key.id), { credentials: "same-origin" });
  const { scanners } = reply.ok ? await reply.json() : { scanners: [] };
  part("state").textContent = scanners.map((/** @type {any} */ one) => `${one.source} · ${one.state} · ${one.when}`).join(" — ");
}

for (const button of /** @type {NodeListOf<HTMLElement>} */ (panel.querySelectorAll("[data-check-begin]"))) {
  button.addEventListener("click", () => {
    void unlock();
    button.blur();
    round += 1;
    line = Promise.resolve();
    check = { source: button.dataset.checkBegin ?? "", codes: [] };
    panel.dataset.state = "running";
    part("codes").hidden = false;
    marks.forEach((mark, n) => mark.setAttribute("data-state", n ? "" : "now"));
    part("say").textContent = (words.next ?? "").replace("{n}", "1");
    part("fix").textContent = "";
  });
}

key = device.possible() ? await device.find(words.site ?? "") : null;
if (key?.id) {
  /** @type {HTMLElement} */ (panel.querySelector("[data-check-begin=wedge]")).hidden = false;
  part("state").textContent = "";
  await tell();
} else part("state").textContent = words.none ?? "";

const spell = (/** @type {import("./wedge.js").Scan} */ scan) => scan.aim + String.fromCharCode(...scan.data);
listen(await tablesFrom(words.tables ?? ""), (scan) => void heard("wedge", spell(scan)), (_reason, said) => void heard("wedge", said));
serial.wire(panel, ({ raw }) => void heard("web_serial", raw), () => {
  /** @type {HTMLElement} */ (panel.querySelector("[data-check-begin=web_serial]")).hidden = !key?.id;
  if (key?.id) void post(words.reconnected ?? "", { device: key.id, source: "web_serial" }).then(tell);
});
document.documentElement.dataset.ready = "scanners";
