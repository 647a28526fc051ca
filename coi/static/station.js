// @ts-check
/**
 * The scan station. It shows what the server keeps of this station, and never anything better:
 *
 * - every code is posted by itself, in the order scanned, signed by this device over the server's nonce;
 * - no answer within the installation's patience (two seconds), or none that can be read, fills the screen with NOT
 *   VERIFIED; an answer that comes later is not looked at. GO can only be drawn from the server's own answer to this very post;
 * - after a word that stays, codes that were already waiting are dropped: nobody scanned them knowing of the stop;
 * - what a command card asks of the page's own form (`press`) is done as a finger would do it.
 */

import * as device from "./device.js";
import * as alone from "./lease_alone.js";
import * as camera from "./camera.js";
import * as form from "./station_form.js";
import * as inbox from "./station_inbox.js";
import * as serial from "./serial.js";
import { cue, play, unlock } from "./sound.js";
import { listen, split, tablesFrom } from "./wedge.js";

/** @typedef {import("./station_inbox.js").Scan} Scan */

const NONCE_AGE = 90_000;
const BACK = 2000;
const SAME = 2000;
const ONE_SCAN = ["wedge", "web_serial", "camera"];

const main = /** @type {HTMLElement} */ (document.querySelector("[data-station]"));
const spoken = /** @type {HTMLElement} */ (document.querySelector("[data-spoken]"));
const light = /** @type {HTMLElement} */ (document.querySelector("[data-device-light]"));
const soundButton = /** @type {HTMLButtonElement} */ (document.querySelector("[data-sound]"));
const words = /** @type {HTMLElement} */ (document.querySelector("#words")).dataset;
const csrf = /** @type {HTMLMetaElement} */ (document.querySelector("meta[name=csrf-token]")).content;
const { site = "", person = "" } = main.dataset;
const DEADLINE = Number(main.dataset.patience);
/** What a person sends, or a picture, may take longer than a scan. */
const SLOW = Math.max(8000, DEADLINE);
const bound = /** @type {HTMLElement | null} */ (document.querySelector("[data-inbox]"));
const UNSURE = `coi-not-verified-${person}-${site}`;

/** @type {Scan[]} */
let queue = [];
let working = false;
/** Whether what a person sent is on its way: a button pressed twice sends once. */
let sending = false;
/** @type {device.Device | null} */
let key = null;
let nonce = { text: "", at: -Infinity };
let turn = 0;
/** Whether the page is on its way to the door: the server said who is not let in, so nothing is unsure. */
let leaving = false;
let newest = { said: "", at: -Infinity };
/** Whether a GO is still to be seen before the next code is taken. */
let waits = false;

/** The reply of the server: a drawn view, the word it shows, and the nonce for the next scan.
 * @typedef {{ html: string, word: string | null, headline?: string, press?: string, nonce?: string, notice?: string, device?: string, done?: Parameters<typeof alone.used>[0] }} Reply */

/** Fail when the time is up. @param {AbortSignal} signal @returns {Promise<never>} */
const ended = (signal) => new Promise((_, reject) => { signal.addEventListener("abort", () => reject(signal.reason)); });

/**
 * Ask the server; anything but a whole answer in time is an error.
 * @param {string} url @param {RequestInit} init @param {number} [deadline] @returns {Promise<Reply>}
 */
async function ask(url, init, deadline = DEADLINE) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), deadline);
  try {
    const reply = await fetch(url, {
      credentials: "same-origin", cache: "no-store", redirect: "error", signal: stop.signal, ...init,
      headers: { "Accept": "application/json", "X-CSRFToken": csrf, ...init.headers },
    });
    if (reply.status === 401) {
      leaving = true;
      location.reload();
      throw new Error("signed out");
    }
    const body = await reply.json();
    if (typeof body.html !== "string" && typeof body.nonce !== "string" && !Array.isArray(body.scans)) {
      throw Object.assign(new Error("no view"), { reference: body.reference });
    }
    if (body.done) await Promise.race([alone.used(body.done), ended(stop.signal)]); // a disk may never answer either
    return body;
  } finally {
    clearTimeout(timer);
  }
}

/** @param {string} url @param {unknown} body @param {string} [once] */
const post = (url, body, once) => ask(url, {
  method: "POST", body: JSON.stringify(body),
  headers: { "Content-Type": "application/json", ...(once ? { "Idempotency-Key": once } : {}) },
});

/** Draw what the server says. @param {Reply} reply */
function draw(reply) {
  turn += 1;
  waits = false;
  const stays = Boolean(reply.press && main.querySelector("#gate-form, .sign__who"));
  if (!stays) {
    const [title, typed] = [main.querySelector("h1")?.textContent, form.typed(main)];
    main.innerHTML = reply.html;
    if (main.querySelector("h1")?.textContent === title) form.restore(main, typed);
  }
  if (reply.nonce) nonce = { text: reply.nonce, at: performance.now() };
  if (reply.device) showDevice(reply.device);
  const verdict = main.querySelector(".verdict");
  if (verdict) show(/** @type {HTMLElement} */ (verdict));
  else {
    spoken.textContent = reply.notice ?? "";
    if (reply.notice) play("step");
    if (stays) press(reply.press ?? "");
    else focusFirst();
  }
  countDown();
}

/** Do in the form what a command card says. @param {string} word */
function press(word) {
  const told = form.press(main, word);
  if (told === null) return notice(words.nocommand ?? "");
  if (told) {
    notice(told, "step");
    spoken.textContent = told;
  }
}

/** Let a verdict be heard, read out, and leave again only as it may. @param {HTMLElement} verdict */
function show(verdict) {
  const word = verdict.dataset.word ?? "";
  const mine = ++turn;
  document.documentElement.classList.add("judged");
  cue(verdict.dataset.tone ?? "", verdict.dataset.haptic ?? "");
  spoken.textContent = `${word}. ${verdict.querySelector("h1")?.textContent ?? ""}`;
  verdict.focus();
  if ("stays" in verdict.dataset) queue = [];
  else {
    waits = true;
    setTimeout(() => { if (mine === turn) void acknowledge(); }, BACK);
  }
}

/** Nobody can say what happened: say so, and go on saying so until somebody has seen it. */
function notVerified() {
  if (leaving) return;
  sessionStorage.setItem(UNSURE, "1");
  const template = /** @type {HTMLTemplateElement} */ (document.querySelector("#not-verified"));
  main.replaceChildren(template.content.cloneNode(true));
  show(/** @type {HTMLElement} */ (main.querySelector(".verdict")));
}

/** A person has read the verdict. */
async function acknowledge() {
  const unsure = sessionStorage.getItem(UNSURE) !== null;
  const doing = ++turn;
  try {
    const reply = unsure ? await ask(main.dataset.stateUrl ?? "", {}) : await post(main.dataset.acknowledge ?? "", {});
    if (doing !== turn) return;
    sessionStorage.removeItem(UNSURE);
    draw(reply);
    void work();
  } catch {
    if (doing === turn && !(await goAlone())) notVerified();
  }
}

/** With the server away, go on by lease where there is one; nobody has to think that a GO may be hidden somewhere. */
async function goAlone() {
  if (!alone.isPossible() || !(await alone.begin())) return false;
  sessionStorage.removeItem(UNSURE);
  queue = [];
  return true;
}

/** Take one code after the other. */
async function work() {
  if (working) return;
  working = true;
  document.body.classList.add("busy");
  try {
    while (queue.length > 0 && !sessionStorage.getItem(UNSURE) && !waits) await judge(/** @type {Scan} */ (queue.shift()));
  } finally {
    working = false;
    document.body.classList.toggle("busy", sending);
  }
}

/** Post one code and draw the answer, or NOT VERIFIED. @param {Scan} scan */
async function judge(scan) {
  const until = performance.now() + DEADLINE;
  const doing = ++turn;
  let timer = 0;
  const late = new Promise((_, reject) => { timer = window.setTimeout(() => reject(new Error("late")), DEADLINE); });
  try {
    const reply = await Promise.race([send(scan), late]);
    if (doing === turn && performance.now() <= until) draw(/** @type {Reply} */ (reply));
    else if (doing === turn) notVerified();
  } catch {
    notVerified();
  } finally {
    clearTimeout(timer);
  }
}

/** @param {Scan} scan */
async function send(scan) {
  if (scan.seq) return post(bound?.dataset.scan ?? "", { seq: scan.seq }, `${scan.station}-${scan.seq}-scan`);
  const once = crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
  const body = {
    data: device.base64(scan.data), aim: scan.aim, source: scan.source,
    ...(scan.seen ? { seen: scan.seen } : {}), ...(scan.picture ? { picture: device.base64(scan.picture) } : {}),
  };
  if (!key?.id) return post(main.dataset.scan ?? "", body, once);
  if (!nonce.text || performance.now() - nonce.at > NONCE_AGE) {
    nonce = { text: (await post(main.dataset.nonceUrl ?? "", { device: key.id })).nonce ?? "", at: performance.now() };
  }
  const fresh = nonce.text;
  nonce = { text: "", at: -Infinity };
  return post(main.dataset.scan ?? "", { ...body, device: key.id, nonce: fresh, signature: await device.sign(key, fresh, scan) }, once);
}

/** In a demo a browser enrols by itself, and the server qualifies it at once. @param {string} url @returns {Promise<device.Device | null>} */
async function enrol(url) {
  const made = await device.make(site);
  const reply = await fetch(url, {
    method: "POST", credentials: "same-origin",
    headers: { "Accept": "application/json", "Content-Type": "application/json", "X-CSRFToken": csrf, "Idempotency-Key": crypto.randomUUID() },
    body: JSON.stringify({ label: words.browser ?? "Browser", key: await device.publicKey(made) }),
  });
  if (!reply.ok) return null;
  await device.name(site, made, (await reply.json()).id);
  return device.find(site);
}

/**
 * A trigger pulled twice: the same code from the same scanner within two seconds is one scan. A command card may be
 * scanned again for what the screen says next, but never so soon that nobody can have read the STOP that it would close.
 * @param {Scan} scan
 */
function isAgain(scan) {
  const said = `${scan.source} ${scan.aim} ${device.base64(scan.data)}`, at = performance.now();
  const again = ONE_SCAN.includes(scan.source) && newest.said === said && at - newest.at < SAME;
  newest = { said, at };
  const command = new TextDecoder().decode(scan.data).startsWith("CMD-");
  return again && (!command || main.querySelector(".verdict[data-stays]") !== null);
}

/** @param {Scan} scan */
function took(scan) {
  void unlock().then(showSound);
  if (isAgain(scan)) return;
  if (alone.isOpen()) return scan.seq ? undefined : void alone.take(scan);
  if (sessionStorage.getItem(UNSURE)) {  // nothing is scanned over NOT VERIFIED; its card looks again, as its button does
    if (new TextDecoder().decode(scan.data) === "CMD-CONFIRM") void acknowledge();
    return;
  }
  if (alone.owes()) return notice(document.querySelector("[data-thaw] [data-fill=queue]")?.textContent ?? "");
  queue.push(scan);
  void work();
}

/** Pictures are read by the server; what it reads comes back and is signed and posted like any scan. @param {Iterable<File>} files */
async function pictures(files) {
  for (const file of files) {
    const body = new FormData();
    body.append("picture", file);
    try {
      const reply = /** @type {any} */ (await ask(main.dataset.picture ?? "", { method: "POST", body }, SLOW));
      if (reply.scans.length === 0) notice(words.nothing ?? "");
      for (const scan of reply.scans) {
        took({ data: Uint8Array.from(atob(scan.data), (c) => c.charCodeAt(0)), aim: scan.aim, source: "picture" });
      }
    } catch {
      notVerified();
      return;
    }
  }
}

/** @param {string} text @param {string} [sound] */
function notice(text, sound = "broken") {
  const place = main.querySelector(".gate__notice, .idle__notice");
  if (place) place.textContent = text;
  play(sound);
}

/** @param {string} state */
function showDevice(state) {
  light.dataset.state = state;
  /** @type {HTMLElement} */ (light.querySelector("[data-device-words]")).textContent = words[state] ?? words.none ?? "";
}

/** @param {boolean} on */
function showSound(on) {
  soundButton.setAttribute("aria-pressed", String(on));
  if (on) /** @type {HTMLElement} */ (soundButton.querySelector("span")).textContent = words.on ?? "";
}

function focusFirst() {
  const wrong = main.querySelector(".field--wrong input, .field--wrong select, .sign input:not([type=hidden])");
  const ready = main.querySelector(".gate__foot .slab--go:enabled") !== null;
  const empty = ready ? form.firstEmpty(main) : null;
  (/** @type {HTMLElement | null} */ (wrong) ?? empty ?? main).focus({ preventScroll: true });
}

/** Count the running windows down. */
function countDown() {
  for (const clock of main.querySelectorAll("[data-countdown]")) {
    const left = Math.max(0, Math.floor((Date.parse(clock.getAttribute("data-countdown") ?? "") - Date.now()) / 1000));
    const place = clock.querySelector("b");
    if (place && left < 86_400 && !main.hasAttribute("data-still")) {
      place.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    }
  }
}

main.addEventListener("submit", async (event) => {
  const sent = /** @type {HTMLFormElement} */ (event.target);
  event.preventDefault();
  if (sent.matches("[data-acknowledge-form]")) return void acknowledge();
  if (sent.matches("[data-picture-form]")) return;
  if (sent.matches("[data-paste-form]")) {
    const field = /** @type {HTMLInputElement} */ (sent.elements.namedItem("pasted"));
    const text = field.value.replaceAll("<GS>", "\u001d");
    if (text) took(split(text, "paste"));
    field.value = "";
    return;
  }
  if (sending) return;
  const submitter = /** @type {HTMLButtonElement | null} */ (event.submitter);
  const doing = ++turn;
  sending = true;
  document.body.classList.add("busy");
  try {
    const reply = await ask(submitter?.getAttribute("formaction") ?? sent.action, { method: "POST", body: new FormData(sent) }, SLOW);
    if (doing === turn) draw(reply);
  } catch {
    notVerified();
  } finally {
    sending = false;
    document.body.classList.toggle("busy", working);
  }
});
main.addEventListener("change", (event) => {
  const field = /** @type {HTMLInputElement} */ (event.target);
  form.touched(field);
  if (field.name === "picture" && field.files) void pictures([...field.files]).then(() => { field.value = ""; });
});
for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    event.preventDefault();
    document.body.classList.toggle("dropping", kind === "dragover");
    const files = /** @type {DragEvent} */ (event).dataTransfer?.files;
    if (kind === "drop" && files?.length && main.querySelector("[data-picture-form]")) void pictures([...files]);
  });
}
soundButton.addEventListener("click", async () => {
  showSound(await unlock());
  play("step");
});
setInterval(countDown, 500);
await alone.watch({ main, spoken, back: async () => draw(await ask(main.dataset.stateUrl ?? "", {})) });
camera.wire(
  /** @type {HTMLElement} */ (document.querySelector("[data-camera]")), took, play,
  () => /** @type {HTMLElement | null} */ (main.querySelector(".gate"))?.dataset ?? {},
);
inbox.watch(bound, took);
const refused = (/** @type {string} */ reason) => notice(words[reason.toLowerCase().replaceAll("_", "")] ?? "");
listen(await tablesFrom(main.dataset.tables ?? ""), took, refused);

if (sessionStorage.getItem(UNSURE)) notVerified();
else {
  const verdict = main.querySelector(".verdict");
  if (verdict) show(/** @type {HTMLElement} */ (verdict));
}
if (!device.possible()) showDevice("insecure");
else {
  key = await device.find(site);
  if (!key?.id && main.dataset.propose) key = await enrol(main.dataset.propose);
  if (!key?.id) showDevice("none");
  else {
    try {
      const reply = await post(main.dataset.nonceUrl ?? "", { device: key.id });
      nonce = { text: reply.nonce ?? "", at: performance.now() };
      showDevice(reply.device ?? "none");
    } catch {
      showDevice("none");
    }
  }
}
const lights = /** @type {HTMLElement} */ (document.querySelector("[data-camera]"));
serial.wire(lights, (outcome) => "scan" in outcome ? took(outcome.scan) : refused(outcome.refused), () => {
  if (!key?.id) return;
  void fetch(lights.dataset.reconnected ?? "", {
    method: "POST", credentials: "same-origin", body: JSON.stringify({ device: key.id, source: "web_serial" }),
    headers: { "Accept": "application/json", "Content-Type": "application/json", "X-CSRFToken": csrf, "Idempotency-Key": crypto.randomUUID() },
  });
});
if (location.search) history.replaceState(null, "", location.pathname + location.hash); // an order's number is no part of the picture
if (location.hash.startsWith("#tray=/tray/")) {
  const picture = decodeURIComponent(location.hash.slice("#tray=".length));
  history.replaceState(null, "", location.pathname);
  const reply = await fetch(picture, { credentials: "same-origin" });
  if (reply.ok) await pictures([new File([await reply.blob()], "label.png")]);
}
document.documentElement.dataset.ready = "station";
