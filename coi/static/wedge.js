// @ts-check
/**
 * Is this a scanner or a person? A keyboard scanner "types" a whole code in a burst and ends it with Enter or Tab.
 *
 * - It listens on the window before anything else, wherever the focus is. What comes in a burst never reaches a field;
 *   what comes slower is a person, and lands in the field as if nothing had listened.
 * - Characters are taken from the place of the key (`event.code`), not from what the host's layout or Caps Lock makes of
 *   it: a scanner thinks it is a US keyboard. A person's characters are taken from the layout (`event.key`).
 * - GS (0x1D) comes as Ctrl+] or as Alt+029. Any other control key inside a burst spoils it.
 * - A leading `]cm` is the AIM identifier. Without it the code is handed on with an empty one, and counts as typed.
 */

/** A gap longer than this is a person, in milliseconds. */
export const GAP = 50;
/** A burst shorter than this is a person who is fast. */
export const SHORTEST = 4;
const LONGEST = 4096;

const PAIRS = "`~1!2@3#4$5%6^7&8*9(0)-_=+[{]}\\|;:'\",<.>/?";
const CODES = ["Backquote", ..."1234567890".split("").map((d) => `Digit${d}`), "Minus", "Equal", "BracketLeft",
  "BracketRight", "Backslash", "Semicolon", "Quote", "Comma", "Period", "Slash"];
/** @type {Map<string, [string, string]>} */
const US = new Map([["Space", [" ", " "]], ["IntlBackslash", ["\\", "|"]]]);
CODES.forEach((code, i) => US.set(code, [PAIRS[2 * i], PAIRS[2 * i + 1]]));
for (const letter of "ABCDEFGHIJKLMNOPQRSTUVWXYZ") US.set(`Key${letter}`, [letter.toLowerCase(), letter]);
for (const digit of "0123456789") US.set(`Numpad${digit}`, [digit, digit]);
US.set("NumpadSubtract", ["-", "-"]).set("NumpadAdd", ["+", "+"]).set("NumpadDecimal", [".", "."])
  .set("NumpadDivide", ["/", "/"]).set("NumpadMultiply", ["*", "*"]);

const SILENT = new Set(["ShiftLeft", "ShiftRight", "CapsLock", "ControlLeft", "ControlRight", "AltLeft", "AltRight", "NumLock"]);

/**
 * @typedef {{ data: Uint8Array, aim: string, source: string }} Scan
 * @param {(scan: Scan) => void} onScan told of every whole code
 * @param {(why: "incomplete" | "spoiled") => void} [onBroken] told of a burst that is no code
 * @returns {() => void} stops listening
 */
export function listen(onScan, onBroken = () => {}) {
  /** @type {{ scanned: string, typed: string }[]} */
  let burst = [];
  let last = -Infinity;
  let spoiled = false;
  let numpad = "";
  let timer = 0;

  /** What was held back was typed by a person: give it to the field. */
  function release() {
    clearTimeout(timer);
    const held = burst, bad = spoiled;
    burst = [];
    spoiled = false;
    if (held.length === 0) return;
    const typed = held.map((key) => key.typed).join("");
    if (held.length >= SHORTEST * 2) onBroken(bad ? "spoiled" : "incomplete");
    else if (typed && isField(document.activeElement)) insert(typed);
  }

  function hold(/** @type {string} */ scanned, /** @type {string} */ typed, /** @type {number} */ time) {
    burst.push({ scanned, typed });
    last = time;
    if (burst.length > LONGEST) spoiled = true;
    clearTimeout(timer);
    timer = window.setTimeout(release, burst.length < SHORTEST ? GAP : GAP * 3);
  }

  function end() {
    clearTimeout(timer);
    const text = burst.map((key) => key.scanned).join("");
    const bad = spoiled;
    burst = [];
    spoiled = false;
    if (bad) onBroken("spoiled");
    else onScan(split(text));
  }

  function down(/** @type {KeyboardEvent} */ event) {
    if (event.isComposing) return;
    const inside = burst.length > 0 && event.timeStamp - last <= GAP;
    if (burst.length > 0 && !inside) release();
    const pair = US.get(event.code);
    if (SILENT.has(event.code)) return;
    if (event.altKey && /^Numpad\d$/.test(event.code)) {
      numpad += event.code.slice(-1);
      if (inside) last = event.timeStamp;
      event.preventDefault();
      return;
    }
    if (inside && (event.code === "Enter" || event.code === "NumpadEnter" || event.code === "Tab")) {
      if (burst.length >= SHORTEST) {
        take(event);
        end();
      } else release();
      return;
    }
    if (inside && event.ctrlKey && event.code === "BracketRight") {
      take(event);
      hold("\u001d", "", event.timeStamp);
      return;
    }
    if (event.ctrlKey || event.altKey || event.metaKey || !pair) {
      if (!inside) return;
      if (burst.length < SHORTEST) return void release();
      take(event);
      spoiled = true;
      last = event.timeStamp;
      return;
    }
    if (event.repeat || (event.key === "Dead" && !inside)) return void release();
    take(event);
    hold(pair[event.shiftKey ? 1 : 0], event.key.length === 1 ? event.key : "", event.timeStamp);
  }

  function up(/** @type {KeyboardEvent} */ event) {
    if (!event.code.startsWith("Alt") || !numpad) return;
    const character = String.fromCharCode(Number(numpad));
    numpad = "";
    take(event);
    hold(character, character >= " " ? character : "", event.timeStamp);
  }

  window.addEventListener("keydown", down, { capture: true });
  window.addEventListener("keyup", up, { capture: true });
  return () => {
    window.removeEventListener("keydown", down, { capture: true });
    window.removeEventListener("keyup", up, { capture: true });
  };
}

/**
 * Part the AIM identifier from the data.
 * @param {string} text @param {string} [source] @returns {Scan}
 */
export function split(text, source = "wedge") {
  const aim = /^\][A-Za-z][0-9A-Za-z]/.exec(text)?.[0] ?? "";
  return { data: Uint8Array.from(text.slice(aim.length), (c) => c.charCodeAt(0) & 0xff), aim, source };
}

function take(/** @type {Event} */ event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

function isField(/** @type {Element | null} */ element) {
  return element instanceof HTMLTextAreaElement ||
    (element instanceof HTMLInputElement && !["checkbox", "radio", "button", "submit", "file"].includes(element.type));
}

function insert(/** @type {string} */ text) {
  // execCommand is the one way that keeps undo, input events and every type of field right.
  if (document.execCommand("insertText", false, text)) return;
  const field = /** @type {HTMLInputElement} */ (document.activeElement);
  field.setRangeText(text, field.selectionStart ?? field.value.length, field.selectionEnd ?? field.value.length, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
