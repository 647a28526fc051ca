// @ts-check
/**
 * The scanner station that this page is bound to. The page asks the server for numbers, and takes scan by scan; the
 * server itself opens what the station signed.
 *
 * While the server is away the program on this very machine listens for this page alone: its port and token were told by
 * the server before. What it gives is provisional, and only what the server's signed list expects comes with its bytes.
 */

import { play } from "./sound.js";

/** @typedef {import("./wedge.js").Scan & { station?: string, seq?: number }} Scan */
/** @typedef {{ ports: number[], token: string, until: string }} Door */
/** @typedef {{ device: string, after: number, door: Door | null }} Kept */

const BOUND = 1000;
const UNBOUND = 10_000;
const DEADLINE = 3000;
const KEPT = "coi-inbox";
const PAIRING = "X-Station-Pairing";

/** @returns {Kept} */
function kept() {
  const found = sessionStorage.getItem(KEPT);
  return found ? JSON.parse(found) : { device: "", after: 0, door: null };
}

/** @param {Kept} now */
const keep = (now) => sessionStorage.setItem(KEPT, JSON.stringify(now));

/**
 * Feed what the bound station scans into `took`, one by one, in order; what may not be used is said, and stays said until
 * something else is scanned.
 * @param {HTMLElement | null} place where a person chooses; null for a page without the server
 * @param {(scan: Scan) => void} took
 */
export function watch(place, took) {
  const words = /** @type {HTMLElement} */ (document.querySelector("#inbox-words")).dataset;
  const choice = /** @type {HTMLSelectElement | null} */ (place?.querySelector("select") ?? null);
  const stop = /** @type {HTMLElement} */ (document.querySelector("[data-inbox-stop]"));
  let port = 0;
  let drawn = "";
  /** What was asked before a person chose another station is not heard any more. */
  let turn = 0;
  let timer = 0;

  /** @param {string} text */
  function stopped(text) {
    stop.hidden = false;
    stop.textContent = text;
    play("STOP");
  }

  async function look() {
    const mine = turn;
    let answered = false;
    if (place) {
      try {
        const now = kept();
        const reply = await fetch(`${place.dataset.inbox}?after=${now.after}`, {
          credentials: "same-origin", cache: "no-store", redirect: "error",
          headers: { "Accept": "application/json" }, signal: AbortSignal.timeout(DEADLINE),
        });
        if (reply.status === 401) return;
        answered = reply.status < 500;
        const told = reply.ok ? await reply.json() : null;
        if (told && mine === turn) heard(told);
      } catch {
        answered = false;
      }
    }
    if (!answered && mine === turn) await ask();
    if (mine === turn) timer = window.setTimeout(() => void look(), kept().device ? BOUND : UNBOUND);
  }

  /** @param {any} told */
  function heard(told) {
    const now = kept();
    if (!told.bound) {
      if (now.device) stopped(words.lost ?? "");
      keep({ device: "", after: 0, door: null });
      reads(false);
      return draw("", told.stations);
    }
    const after = now.device === told.bound ? now.after : 0;
    reads(told.leases.length > 0);
    draw(told.bound, [{ device: told.bound, label: told.label }]);
    if (told.scans.length > 0) stop.hidden = true;
    for (const { seq } of told.scans) {
      if (seq > after) took({ data: new Uint8Array(), aim: "", source: "station", station: told.bound, seq });
    }
    keep({ device: told.bound, after: Math.max(after, ...told.scans.map((/** @type {{ seq: number }} */ one) => one.seq)), door: told.door });
  }

  /** Say whether the station goes on reading for the page's lease when the server is away. @param {boolean} now */
  function reads(now) {
    if (!place || place.hasAttribute("data-reads") === now) return;
    place.toggleAttribute("data-reads", now);
    const says = place.querySelector("[data-inbox-reads]");
    if (says) says.textContent = now ? words.reads ?? "" : "";
  }

  /** Ask the program on this machine. */
  async function ask() {
    const mine = turn;
    const { door, device, after } = kept();
    if (!door || Date.parse(door.until) <= Date.now()) return;
    for (const one of port ? [port, ...door.ports] : door.ports) {
      try {
        const reply = await fetch(`http://127.0.0.1:${one}/scans?after=${after}`, {
          credentials: "omit", cache: "no-store", redirect: "error",
          headers: { [PAIRING]: door.token }, signal: AbortSignal.timeout(DEADLINE),
        });
        if (!reply.ok) continue;
        port = one;
        const { scans } = await reply.json();
        if (mine !== turn) return;
        keep({ device, door, after: Math.max(after, ...scans.map((/** @type {{ seq: number }} */ scan) => scan.seq)) });
        for (const scan of scans) {
          stop.hidden = scan.word === "expected";
          if (stop.hidden) took({ data: bytes(scan.data), aim: scan.aim, source: scan.source });
          else stopped(words[scan.word] ?? words.unknown ?? "");
        }
        return;
      } catch {
        port = 0;
      }
    }
  }

  /** @param {string} bound @param {{ device: string, label: string }[]} stations */
  function draw(bound, stations) {
    if (!place || !choice) return;
    place.hidden = stations.length === 0;
    const shown = JSON.stringify([bound, stations]);
    if (shown === drawn) return;
    drawn = shown;
    choice.replaceChildren(new Option(words.none ?? "", ""), ...stations.map((one) => new Option(one.label, one.device)));
    choice.value = bound;
  }

  choice?.addEventListener("change", async () => {
    const mine = ++turn;
    clearTimeout(timer);
    const csrf = document.querySelector("meta[name=csrf-token]")?.getAttribute("content") ?? "";
    keep({ device: choice.value, after: 0, door: null });
    drawn = "";
    await fetch(place?.dataset.bind ?? "", {
      method: "POST", credentials: "same-origin", redirect: "error", body: JSON.stringify({ device: choice.value }),
      headers: { "Accept": "application/json", "Content-Type": "application/json", "X-CSRFToken": csrf },
    }).catch(() => stopped(words.lost ?? ""));
    if (mine === turn) void look();
  });
  void look();
}

/** @param {string} hex */
const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
