// @ts-check
/**
 * Which keystrokes are a scan? The browser's twin of `scanners/wedge.py`, run by the same tables and held to the same cases.
 *
 * - `Wedge` is the pure part: keys in, outcomes out. It tells a key by its place, so that neither the host's layout nor
 *   Caps Lock changes a byte; it wants the AIM identifier, and drops whole what it refuses.
 * - `listen` puts it before everything else on the page, wherever the focus is. A key that may belong to a scan is held
 *   back for a tenth of a second; if it was a person's, it then lands in the field as the person's own layout has it.
 */

/**
 * @typedef {{ data: Uint8Array, aim: string, source: string, seen?: string, picture?: Uint8Array }} Scan
 * @typedef {{ scan: { data: string, aim: string } } | { refused: string, keys: number } | { typed: number }} Outcome
 * @typedef {{ code: string, at: number, shift?: boolean, ctrl?: boolean, alt?: boolean, meta?: boolean }} Key
 * @typedef {{ keys: Record<string, [string, string]>, silent: string[], suffix: string[], gs: string[], gap_ms: number,
 *   idle_ms: number, most_bytes: number, burst: number, aim_letters: string, aim_pattern: string, glued_pattern: string }} Tables
 */

const GS = "\u001d";
/** The place of the bracket with which every identifier begins; on a Swiss host it is a dead key. */
const FLAG = "BracketRight";
const AIM_LENGTH = 3;
/** As long as a key is held back, in milliseconds: longer than a scanner's pace, even on a busy page. */
const HELD = 100;
/** So many keys held make a burst of which no control key is a person's. */
const SURELY = 3;

/** Collects keys until they are a scan or are known to be none. */
export class Wedge {
  /** @param {Tables} tables */
  constructor(tables) {
    this.tables = tables;
    /** The last burst that ended, as its keys say, for who has to find out what a scanner does to a code. */
    this.said = "";
    this.forget();
  }

  forget() {
    this.text = "";
    this.digits = "";
    this.keys = 0;
    this.last = 0;
    /** @type {string | null} */
    this.fault = null;
  }

  /** Take one key; return what has become clear with it. @param {Key} key @returns {Outcome[]} */
  press(key) {
    const { tables } = this;
    const outcomes = this.afterGap(key.at, tables.gap_ms);
    if (tables.silent.includes(key.code)) return outcomes;
    if (tables.suffix.includes(key.code) && !(key.ctrl || key.alt || key.meta)) return [...outcomes, this.end()];
    this.keys += 1;
    this.last = key.at;
    if (key.alt && !key.ctrl && !key.meta && /^Numpad\d$/.test(key.code)) {
      this.digits += key.code.slice(-1);
      return outcomes;
    }
    this.closeAlt();
    const letters = tables.keys[key.code];
    if (tables.gs.includes(chord(key))) this.text += GS;
    else if (key.ctrl || key.alt || key.meta || !letters) this.fault ??= "CONTROL_KEY";
    else this.text += letters[key.shift ? 1 : 0];
    if (this.text.length > tables.most_bytes) {
      this.fault = "TOO_LONG";
      this.text = this.text.slice(0, tables.most_bytes);
    }
    return outcomes;
  }

  /** @param {number} at @param {number} gap @returns {Outcome[]} */
  afterGap(at, gap) {
    const since = at - this.last;
    if (!this.keys || (since >= 0 && since <= gap)) return [];
    const { keys } = this;
    this.said = this.text;
    this.forget();
    return [keys >= this.tables.burst ? { refused: "INCOMPLETE", keys } : { typed: keys }];
  }

  /** @returns {Outcome} */
  end() {
    this.closeAlt();
    const { text, tables } = this;
    this.said = text;
    const keys = this.keys + 1;
    const aim = text.slice(0, AIM_LENGTH), data = text.slice(AIM_LENGTH);
    const known = new RegExp(`^(?:${tables.aim_pattern})$`).test(aim);
    const fault = this.fault ?? faultOf(tables, aim, data, known);
    this.forget();
    if (keys <= tables.burst && !(known && data)) return { typed: keys };
    return fault ? { refused: fault, keys } : { scan: { data, aim } };
  }

  closeAlt() {
    if (!this.digits) return;
    const value = Number(this.digits.slice(-4));
    if (value === 0x1d || (value >= 0x20 && value <= 0x7e)) this.text += String.fromCharCode(value);
    else this.fault ??= "CONTROL_KEY";
    this.digits = "";
  }
}

/** @param {Tables} tables @param {string} aim @param {string} data @param {boolean} known @returns {string | null} */
function faultOf(tables, aim, data, known) {
  if (!known) return "NO_AIM";
  const letter = aim[1] ?? "", other = letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase();
  if (!tables.aim_letters.includes(letter) && tables.aim_letters.includes(other)) return "CAPS_LOCK";
  if (!data) return "INCOMPLETE";
  return new RegExp(tables.glued_pattern).test(data) ? "GLUED" : null;
}

/** @param {Key} key */
function chord(key) {
  return [key.ctrl && "Ctrl", key.alt && "Alt", key.meta && "Meta", key.code].filter(Boolean).join("+");
}

/**
 * Listen to everything that is typed on this page.
 * @param {Tables} tables
 * @param {(scan: Scan) => void} onScan told of every whole scan
 * @param {(reason: string, said: string) => void} [onRefused] told why a burst was dropped, and what it said
 */
export function listen(tables, onScan, onRefused = () => {}) {
  const wedge = new Wedge(tables);
  /** What each held key would have written. @type {string[]} */
  let held = [];
  let timer = 0;

  /** @param {Outcome[]} outcomes */
  function settle(outcomes) {
    for (const outcome of outcomes) {
      if ("scan" in outcome) {
        held = [];
        onScan(split(outcome.scan.aim + outcome.scan.data));
      } else if ("refused" in outcome) {
        held.splice(0, outcome.keys);
        onRefused(outcome.refused, wedge.said);
      } else write(held.splice(0, outcome.typed).join(""));
    }
  }

  /** A person's key: give back what is held, and let the key pass. */
  function pass() {
    wedge.forget();
    write(held.splice(0).join(""));
  }

  function down(/** @type {KeyboardEvent} */ event) {
    if (event.isComposing && !held.length) return;
    clearTimeout(timer);
    if (held.length) timer = window.setTimeout(() => settle(wedge.afterGap(Infinity, 0)), HELD);
    const key = { code: event.code, at: event.timeStamp, shift: event.shiftKey, ctrl: event.ctrlKey, alt: event.altKey, meta: event.metaKey };
    const inBurst = held.length >= SURELY && key.at - wedge.last <= tables.gap_ms;
    const numpad = key.alt && /^Numpad\d$/.test(key.code);
    const plain = key.code in tables.keys && !key.ctrl && !key.alt && !key.meta;
    if (tables.silent.includes(key.code)) return;
    if (tables.suffix.includes(key.code) && !key.ctrl && !key.alt && !key.meta) {
      const pending = held.length > 0;
      const outcomes = wedge.press(key);
      if (pending && !outcomes.every((outcome) => "typed" in outcome)) take(event);
      settle(outcomes);
      return;
    }
    const dead = event.key === "Dead" && !inBurst && !(key.code === FLAG && !held.length);
    if (event.repeat || dead || (!plain && !numpad && !inBurst)) return void pass();
    take(event);
    const outcomes = wedge.press(key);
    settle(outcomes);
    held.push(plain && event.key.length === 1 ? event.key : "");
    clearTimeout(timer);
    timer = window.setTimeout(() => settle(wedge.afterGap(Infinity, 0)), HELD);
  }

  function up(/** @type {KeyboardEvent} */ event) {
    if (event.code.startsWith("Alt") && wedge.digits) take(event);
  }

  window.addEventListener("keydown", down, { capture: true });
  window.addEventListener("keyup", up, { capture: true });
}

/**
 * Part the AIM identifier from the data.
 * @param {string} text @param {string} [source] @returns {Scan}
 */
export function split(text, source = "wedge") {
  const aim = /^\][A-Za-z][0-9A-Za-z]/.exec(text)?.[0] ?? "";
  return { data: Uint8Array.from(text.slice(aim.length), (c) => c.charCodeAt(0) & 0xff), aim, source };
}

/** Fetch the tables that both twins run by. @param {string} url @returns {Promise<Tables>} */
export async function tablesFrom(url) {
  const reply = await fetch(url, { credentials: "same-origin" });
  if (!reply.ok) throw new Error("no tables");
  return reply.json();
}

/** @param {Event} event */
function take(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

/** Write what a person typed where the focus is. @param {string} text */
function write(text) {
  const place = document.activeElement;
  const isField = place instanceof HTMLTextAreaElement ||
    (place instanceof HTMLInputElement && !["checkbox", "radio", "button", "submit", "file"].includes(place.type));
  if (!text) return;
  if (!isField) {
    if (text === " " && place instanceof HTMLElement && place !== document.body) place.click();
    return;
  }
  // execCommand is the one way that keeps undo, input events and every type of field right.
  if (document.execCommand("insertText", false, text)) return;
  place.setRangeText(text, place.selectionStart ?? place.value.length, place.selectionEnd ?? place.value.length, "end");
  place.dispatchEvent(new Event("input", { bubbles: true }));
}
