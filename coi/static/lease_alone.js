// @ts-check
/**
 * The station while the server is away: the thaw clock, and the steps that its lease allows.
 *
 * - The clock is shown whenever a lease is kept here, with the server and without it, and after a reload.
 * - What this page says by itself is PROVISIONAL GO or STOP, looks like neither of the server's, and stays until read.
 * - When the server is back, what waits is handed in before anything else is asked.
 */

import * as device from "./device.js";
import { instant, roleOf, sha256 } from "./lease.js";
import * as keeper from "./lease_keeper.js";
import { cue, play } from "./sound.js";

/** @typedef {import("./lease_keeper.js").State} State */
/** @typedef {import("./lease_keeper.js").Kept} Kept */

const BEAT = 4000;
const DEADLINE = 2000;
const RENEW = 20_000;
/** What a step still lacks is not what stops it, when something else does. */
const UNFINISHED = ["missing", "signer_missing", "tail_differs"];
const bar = /** @type {HTMLElement} */ (document.querySelector("[data-thaw]"));
const pattern = /** @type {HTMLTemplateElement} */ (document.querySelector("#alone"));
const answer = /** @type {HTMLTemplateElement} */ (document.querySelector("#alone-answer"));
const words = /** @type {HTMLElement} */ (document.querySelector("#alone-words")).dataset;

/** @type {{ main: HTMLElement, spoken: HTMLElement, back: () => Promise<void>, shell?: boolean }} */
let page;
/** The lease in hand, and what was scanned, chosen and typed for the step. */
let id = "";
let deed = "";
/** @type {Kept[]} */
let reads = [];
/** @type {string[]} */
let persons = [];
/** @type {State[]} */
let states = [];
/** Whether a verdict is on its way: a button pressed twice, or two scans, are one attempt. */
let judging = false;
let away = false;
let renewed = -Infinity;
let told = "";

/** Whether the page works without the server now. */
export const isOpen = () => page.main.querySelector("[data-alone]") !== null;
/** Whether something done without the server is still to be handed in: until then nothing else is asked of it. */
export const owes = () => states.some((state) => state.queue.length > 0);
/** Whether there is a lease to work by. */
export const isPossible = () => states.length > 0;

/**
 * Show the clock from now on, and hand in what waits. `back` draws what the server keeps.
 * @param {typeof page} here
 */
export async function watch(here) {
  page = here;
  await look();
  setInterval(showClock, 500);
  setInterval(() => void beat(), BEAT);
  await beat();
}

/** Use up what the server said GO to, before it is drawn. @param {Parameters<typeof keeper.mark>[0]} done */
export async function used(done) {
  if (states.length === 0) return;
  await keeper.mark(done);
  await look();
}

async function look() {
  states = await keeper.all();
  showClock();
}

/** Ask whether the server is there; when it is back, hand in. */
async function beat() {
  await look();
  if (states.length === 0) return;
  away = !(await isThere());
  if (away) {
    await Promise.all(states.map((state) => keeper.tick(state)));
    showClock();
    return;
  }
  if (!page.shell && owes()) await handIn();
  if (!page.shell && !owes() && performance.now() - renewed > RENEW) await renew();
  if ((isOpen() || page.shell) && !page.main.querySelector(".verdict")) await page.back();
  showClock();
}

async function isThere() {
  try {
    return (await fetch("/readyz", { cache: "no-store", signal: AbortSignal.timeout(DEADLINE) })).ok;
  } catch {
    return false;
  }
}

/** @param {string} url @param {unknown} body @returns {Promise<Response>} */
function send(url, body) {
  const csrf = document.querySelector("meta[name=csrf-token]")?.getAttribute("content") ?? "";
  return fetch(url, {
    method: "POST", credentials: "same-origin", redirect: "error", body: JSON.stringify(body),
    headers: { "Accept": "application/json", "Content-Type": "application/json", "X-CSRFToken": csrf },
  });
}

/** Learn what the server knows of each lease: when the thaw began, what was done, and whether it has ended. */
async function renew() {
  renewed = performance.now();
  for (const { packet: { lease, site }, queue } of states) {
    try {
      const asked = performance.now();
      const reply = await send(`/station/lease/${encodeURIComponent(lease.id)}`, await proof(site, lease.id));
      if (reply.ok) await keeper.keep((await reply.json()).packet, asked);
      else if ((reply.status === 409 || reply.status === 404) && queue.length === 0) await keeper.forget(lease.id);
    } catch {
      return;
    }
  }
  await look();
}

/** Prove that this station holds a lease: sign its name over a fresh nonce. @param {string} site @param {string} lease */
async function proof(site, lease) {
  const key = await device.find(site);
  if (!key?.id) throw new Error("no key");
  const { nonce } = await (await send("/station/nonce", { device: key.id })).json();
  const signature = await device.sign(key, nonce, { data: new TextEncoder().encode(lease), aim: "", source: "lease" });
  return { device: key.id, nonce, signature };
}

/** Give every lease back that is not needed any more; nothing may wait to be handed in. */
async function giveBack() {
  for (const { packet: { lease, site }, queue, numbered } of states) {
    if (queue.length > 0) continue;
    try {
      const reply = await send(`/station/lease/${encodeURIComponent(lease.id)}/end`, { ...await proof(site, lease.id), sent: numbered });
      if (reply.ok || reply.status === 404) await keeper.forget(lease.id);
      else told = words.notGiven ?? "";
    } catch {
      told = words.notGiven ?? "";
    }
  }
  await look();
}

async function handIn() {
  try {
    const taken = await keeper.handIn(async (url, body) => {
      const reply = await send(url, body);
      if (!reply.ok) throw new Error(String(reply.status));
      return reply.json();
    });
    renewed = -Infinity;
    const held = taken.filter((one) => one.outcome === "held").length;
    if (taken.length > 0) told = (held > 0 ? words.held : words.taken) ?? "";
    if (held > 0) play("HOLD");
  } catch {
    told = words.notTaken ?? "";
  }
  await look();
}

/** Show what is left after the thaw, whoever is away. */
function showClock() {
  const state = states.find((one) => one.packet.lease.id === id) ?? states[0];
  bar.hidden = !state;
  if (!state) return;
  const { lease, order } = state.packet;
  const ends = lease.thaw_ends_at;
  const left = Date.parse(ends ?? lease.expires_at) - keeper.now(state);
  bar.dataset.state = left <= 0 ? "over" : left < 600_000 ? "soon" : "runs";
  bar.dataset.server = away ? "away" : "there";
  fill(bar, "left", left <= 0 ? words.over ?? "" : span(left));
  fill(bar, "what", (ends ? words.thaw : words.lease) ?? "");
  fill(bar, "order", order);
  const waiting = states.reduce((sum, one) => sum + one.queue.length, 0);
  fill(bar, "queue", waiting > 0 ? `${waiting} ${words.waiting ?? ""}` : told);
  fill(bar, "server", (away ? words.away : words.there) ?? "");
  const go = /** @type {HTMLElement} */ (bar.querySelector("[data-go-alone]"));
  go.hidden = !away || isOpen();
  /** @type {HTMLElement} */ (bar.querySelector("[data-give-back]")).hidden = away || isOpen() || Boolean(page.shell) || owes();
  const clock = page.main.querySelector("[data-alone] [data-fill=left]");
  if (clock) clock.textContent = left <= 0 ? words.over ?? "" : span(left);
}

/** @param {number} left in milliseconds */
function span(left) {
  const seconds = Math.floor(left / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.slice(parts[0] ? 0 : 1).map((part, place) => (place ? String(part).padStart(2, "0") : String(part))).join(":");
}

/** @param {ParentNode} where @param {string} name @param {string} text */
function fill(where, name, text) {
  for (const place of where.querySelectorAll(`[data-fill=${name}]`)) if (place.textContent !== text) place.textContent = text;
}

/** Work by lease from here on; false where there is none. */
export async function begin() {
  await look();
  if (states.length === 0) return false;
  const state = states.find((one) => next(one)) ?? states[0];
  id = state?.packet.lease.id ?? "";
  choose(state ? next(state) ?? state.packet.lease.deeds[0]?.deed ?? "" : "");
  return true;
}

/** Return the next deed that its lease allows: not done, and what comes before it done. @param {State} state */
function next(state) {
  const done = [...state.packet.lease.done, ...state.used].map((used) => used.deed);
  return state.packet.lease.deeds.find((one) => !done.includes(one.deed) && one.needs.every((need) => done.includes(need)))?.deed;
}

/** @param {string} wanted */
function choose(wanted) {
  deed = wanted;
  reads = [];
  persons = [];
  draw();
}

function draw() {
  const state = states.find((one) => one.packet.lease.id === id);
  const allowed = state?.packet.lease.deeds.find((one) => one.deed === deed);
  if (!state || !allowed) return;
  const { packet } = state;
  const typed = values();
  const view = /** @type {HTMLElement} */ (pattern.content.cloneNode(true));
  fill(view, "title", packet.titles[deed] ?? deed);
  fill(view, "order", packet.order);
  fill(view, "product", packet.product);
  const found = reads.map((read) => roleOf(packet.lease, read.sha256));
  const steps = /** @type {HTMLElement} */ (view.querySelector("[data-list=steps]"));
  allowed.wants.forEach((role) => {
    const line = part(view, "step");
    const has = found.includes(role);
    line.classList.add(has ? "step--done" : "step--waiting");
    fill(line, "name", packet.codes[role] ?? role);
    fill(line, "seen", (has ? words.read : words.scan) ?? "");
    steps.append(line);
  });
  const seats = /** @type {HTMLElement} */ (view.querySelector("[data-list=seats]"));
  allowed.places.forEach((able, place) => {
    const seat = part(view, "seat");
    fill(seat, "number", String(place + 1));
    able.forEach((person) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "slab slab--plain slab--slim";
      button.dataset.place = String(place);
      button.dataset.who = person;
      button.setAttribute("aria-pressed", String(persons[place] === person));
      button.textContent = packet.names[person] ?? person;
      seat.append(button);
    });
    seats.append(seat);
  });
  const asks = /** @type {HTMLElement} */ (view.querySelector("[data-list=asks]"));
  for (const ask of packet.asks[deed] ?? []) asks.append(field(ask, typed[ask.name] ?? ""));
  const others = /** @type {HTMLElement} */ (view.querySelector("[data-list=others]"));
  for (const one of packet.lease.deeds) {
    if (one.deed === deed) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet";
    button.dataset.deed = one.deed;
    button.textContent = packet.titles[one.deed] ?? one.deed;
    others.append(button);
  }
  const ready = allowed.wants.every((role) => found.includes(role)) && allowed.places.every((_, place) => persons[place]);
  /** @type {HTMLButtonElement} */ (view.querySelector("[data-judge]")).disabled = !ready;
  page.main.replaceChildren(view);
  showClock();
}

/** Take a part of the pattern out of it, to be used as often as needed. @param {HTMLElement} view @param {string} name */
function part(view, name) {
  const found = /** @type {HTMLTemplateElement} */ (view.querySelector(`template[data-part=${name}]`));
  return /** @type {HTMLElement} */ (/** @type {Element} */ (found.content.firstElementChild).cloneNode(true));
}

/** @param {import("./lease_keeper.js").Ask} ask @param {string} value */
function field(ask, value) {
  const label = document.createElement("label");
  label.className = "field";
  label.append(ask.unit ? `${ask.ask} (${ask.unit})` : ask.ask);
  const input = ask.type === "choice" ? document.createElement("select") : document.createElement("input");
  input.name = ask.name;
  if (input instanceof HTMLSelectElement) for (const choice of ["", ...ask.choices]) input.append(new Option(choice.replaceAll("_", " "), choice));
  else if (ask.type === "yes") Object.assign(input, { type: "checkbox", value: "yes", checked: value === "yes" });
  else input.autocomplete = "off";
  if (!(input instanceof HTMLInputElement && input.type === "checkbox")) input.value = value;
  label.append(input);
  return label;
}

/** Return what is typed. @returns {Record<string, string>} */
function values() {
  const found = [...page.main.querySelectorAll("[data-alone] [data-list=asks] [name]")].map((one) => /** @type {HTMLInputElement} */ (one));
  return Object.fromEntries(found.map((one) => [one.name, one.type === "checkbox" ? (one.checked ? "yes" : "") : one.value.trim()]).filter(([, text]) => text));
}

/** Take a scan: a right one waits for the rest, a wrong one is judged at once. @param {import("./wedge.js").Scan} scan */
export async function take(scan) {
  const state = states.find((one) => one.packet.lease.id === id);
  if (!state || judging || page.main.querySelector(".verdict")) return;
  const read = { ...scan, at: instant(Math.floor(keeper.now(state))), sha256: await sha256(scan.data) };
  if (judging || page.main.querySelector(".verdict")) return;  // another scan was answered meanwhile
  const { lease } = state.packet;
  const role = roleOf(lease, read.sha256);
  const wanted = lease.deeds.find((one) => one.deed === deed)?.wants.includes(role) && !lease.dead.includes(read.sha256);
  if (wanted && reads.some((one) => one.sha256 === read.sha256)) return;
  reads = [...reads, read];
  play("step");
  if (wanted && role.endsWith("_bar") === read.aim.startsWith("]C")) draw();
  else await judge();
}

async function judge() {
  const state = states.find((one) => one.packet.lease.id === id);
  if (!state || judging) return;
  judging = true;
  try {
    await answered(state);
  } finally {
    judging = false;
  }
}

/** Judge what is there, and draw the answer. @param {State} state */
async function answered(state) {
  const chosen = persons.filter(Boolean);
  const { reasons, at } = await keeper.attempt(id, deed, chosen, reads, values());
  await look();
  const go = reasons.length === 0;
  const view = /** @type {HTMLElement} */ (/** @type {Element} */ (answer.content.firstElementChild).cloneNode(true));
  view.classList.add(go ? "verdict--provisional" : "verdict--stop");
  view.dataset.word = go ? "PROVISIONAL GO" : "STOP";
  [view.dataset.icon, view.dataset.tone, view.dataset.haptic] = go ? ["provisional", "two_rising", "two_short"] : ["stop", "three_low", "three_long"];
  fill(view, "word", (go ? words.go : words.stop) ?? "");
  fill(view, "step", state.packet.titles[deed] ?? deed);
  fill(view, "order", state.packet.order);
  const wrong = reasons.filter(([code]) => !UNFINISHED.includes(code));
  const sentences = (wrong.length > 0 ? wrong : reasons).map(([code, slot]) => [state.packet.reasons[code] ?? code, state.packet.codes[slot] ?? ""].filter(Boolean).join(": "));
  fill(view, "headline", go ? words.goHead ?? "" : sentences[0] ?? "");
  fill(view, "happened", (go ? words.goHappened : words.stopHappened) ?? "");
  fill(view, "next", (go ? words.goNext : words.stopNext) ?? "");
  fill(view, "who", `${chosen.map((person) => state.packet.names[person] ?? person).join(" + ")} ${at.slice(11, 19)} UTC`);
  const list = /** @type {HTMLElement} */ (view.querySelector("[data-list=reasons]"));
  for (const sentence of new Set(sentences.slice(1))) list.append(Object.assign(document.createElement("li"), { textContent: sentence }));
  for (const shape of view.querySelectorAll("[data-shape]")) shape.toggleAttribute("hidden", shape.getAttribute("data-shape") !== (go ? "go" : "stop"));
  page.main.replaceChildren(view);
  page.spoken.textContent = `${view.dataset.word}. ${go ? words.goHead : sentences[0]}`;
  cue(view.dataset.tone, view.dataset.haptic);
  view.focus();
}

bar.addEventListener("click", (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  if (target.closest("[data-go-alone]")) void begin();
  if (target.closest("[data-give-back]")) void giveBack();
});
document.addEventListener("click", (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  if (!target.closest("[data-alone]")) return;
  const seat = /** @type {HTMLElement | null} */ (target.closest("[data-who]"));
  const other = /** @type {HTMLElement | null} */ (target.closest("[data-deed]"));
  if (seat) {
    const { place = "0", who = "" } = seat.dataset;
    persons[Number(place)] = persons[Number(place)] === who ? "" : who;
    draw();
  } else if (other) choose(other.dataset.deed ?? "");
  else if (target.closest("[data-judge]")) void judge();
  else if (target.closest("[data-read]")) void (async () => {
    page.main.replaceChildren();
    await begin();
    await beat();
  })();
});
