// @ts-check
/**
 * The form of a step: what was typed survives a redrawn page, and a command card answers as a finger would.
 * Nothing is known here of what an answer should be.
 */

/** @typedef {Map<string, string | boolean>} Typed */

const ANSWERED = "input:checked, input[type=hidden]";
const TEXT = "input:not([type=hidden]):not([type=checkbox]):not([type=radio]), select";

/** Return what stands in the form: texts, ticks, choices, and statements that were answered with no. @param {HTMLElement} main @returns {Typed} */
export function typed(main) {
  /** @type {Typed} */
  const found = new Map();
  for (const field of main.querySelectorAll("#gate-form .field [name]")) {
    const one = /** @type {HTMLInputElement} */ (field);
    if (one.type === "checkbox") found.set(one.name, one.checked);
    else if (one.type !== "radio" || one.checked) found.set(one.name, one.value);
  }
  return found;
}

/** Put what was typed back into the same form. @param {HTMLElement} main @param {Typed} before */
export function restore(main, before) {
  for (const field of main.querySelectorAll("#gate-form .field [name]")) {
    const one = /** @type {HTMLInputElement} */ (field);
    const value = before.get(one.name);
    if (one.type === "checkbox") {
      one.checked = value === true;
      if (value === "no") sayNo(one);
    } else if (one.type === "radio") one.checked = value === one.value;
    else if (typeof value === "string") one.value ||= value;
  }
}

/** Return the first text that is still to be typed. @param {HTMLElement} main @returns {HTMLElement | null} */
export function firstEmpty(main) {
  const fields = [...main.querySelectorAll("#gate-form .field")].flatMap((field) => [...field.querySelectorAll(TEXT)]);
  return /** @type {HTMLElement | null} */ (fields.find((one) => !(/** @type {HTMLInputElement} */ (one).value)) ?? null);
}

/** A statement that was answered with no and is then ticked is not answered with no any more. @param {HTMLInputElement} field */
export function touched(field) {
  if (field.type === "checkbox") field.closest(".field")?.querySelector("input[type=hidden]")?.remove();
  field.closest(".field")?.classList.toggle("field--no", false);
}

/**
 * Do what a command says; return what to tell, or null where it means nothing here.
 * @param {HTMLElement} main @param {string} word @returns {string | null}
 */
export function press(main, word) {
  const form = /** @type {HTMLFormElement | null} */ (main.querySelector(".sign__who, #gate-form"));
  if (!form) return null;
  if (word === "CONFIRM") {
    form.requestSubmit(form.id ? main.querySelector(".gate__foot .slab--go") : form.querySelector(".slab--go"));
    return "";
  }
  if (word === "SECOND") {
    const next = [...form.querySelectorAll("input:not([type=hidden])")].find((one) => !(/** @type {HTMLInputElement} */ (one).value));
    /** @type {HTMLElement | undefined} */ (next)?.focus();
    return "";
  }
  return answer(main, word);
}

/** Answer the first question that is open. @param {HTMLElement} main @param {string} word @returns {string | null} */
function answer(main, word) {
  const open = [...main.querySelectorAll("#gate-form .field--tick, #gate-form .field--choice")];
  const fitting = open.filter((field) => field.classList.contains("field--tick") === (word === "YES" || word === "NO"));
  const field = fitting.find((one) => !one.querySelector(ANSWERED));
  if (!field) return null;
  if (word === "YES" || word === "NO") {
    const box = /** @type {HTMLInputElement} */ (field.querySelector("input[type=checkbox]"));
    if (word === "YES") box.checked = true;
    else sayNo(box);
    return `${field.textContent?.trim()}: ${word}`;
  }
  const choice = /** @type {HTMLInputElement | undefined} */ (field.querySelectorAll("input[type=radio]")[Number(word) - 1]);
  if (!choice) return null;
  choice.checked = true;
  return `${field.querySelector("legend")?.textContent}: ${choice.closest("label")?.querySelector("span")?.textContent}`;
}

/** Answer a statement with no: it is sent, and the server refuses the step for it. @param {HTMLInputElement} box */
function sayNo(box) {
  const no = Object.assign(document.createElement("input"), { type: "hidden", name: box.name, value: "no" });
  box.checked = false;
  box.closest("label")?.after(no);
  box.closest(".field")?.classList.add("field--no");
}
