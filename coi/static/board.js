// @ts-check
/**
 * The board shows itself anew every twenty seconds; while nobody answers it says that it is not up to date.
 * Asking so is no use of the session by a person: a board that nobody touches locks like any other screen.
 */

const EVERY = 20_000;
const DEADLINE = 8000;
const rows = /** @type {HTMLElement} */ (document.querySelector("[data-board]"));
const told = /** @type {HTMLElement} */ (document.querySelector("[data-board-at]"));

async function look() {
  if (document.hidden || rows.contains(document.activeElement)) return; // who reads a row by keyboard is not thrown out of it
  try {
    const reply = await fetch(location.href, {
      credentials: "same-origin", cache: "no-store", redirect: "error", headers: { Accept: "application/json" },
      signal: AbortSignal.timeout(DEADLINE),
    });
    const { html, at } = await reply.json();
    if (!reply.ok || typeof html !== "string") throw new Error("no board");
    rows.innerHTML = html;
    told.textContent = at;
    told.classList.remove("board-at--away");
  } catch {
    told.classList.add("board-at--away");
    if (!told.textContent?.includes(told.dataset.away ?? "")) told.textContent += ` · ${told.dataset.away}`;
  }
}

setInterval(() => void look(), EVERY);
document.documentElement.dataset.ready = "board";
