// @ts-check
/**
 * The lock: a screen that nobody touches for some minutes asks for its person again.
 *
 * - The server locks by itself; this page only tells it of typing and touching that cause no request, and goes to the
 *   door in time, so that nobody reads over an absent shoulder.
 * - All windows of one browser share one clock. Without the server nothing happens here.
 * - A page that shows [data-keep-screen] stays in sight (a clock that runs for a thawed bag); its next deed still asks.
 */

const { idleLock = "300", lock = "", stillHere = "", door = "" } = document.body.dataset;
const LIMIT = Number(idleLock) * 1000;
const TELL = Math.min(30_000, LIMIT / 4);
const LOOK = Math.min(5_000, LIMIT / 20);
const MARK = "coi-used";
const csrf = /** @type {HTMLMetaElement} */ (document.querySelector("meta[name=csrf-token]")).content;

let told = Date.now();
let noted = 0;

/** @param {string} url */
const post = (url) => fetch(url, {
  method: "POST", credentials: "same-origin", redirect: "manual", headers: { "Accept": "application/json", "X-CSRFToken": csrf },
});

function used() {
  if (Date.now() - noted < 1000) return;
  noted = Date.now();
  localStorage.setItem(MARK, String(noted));
}

async function look() {
  const last = Number(localStorage.getItem(MARK) ?? "0");
  const now = Date.now();
  try {
    if (now - last >= LIMIT) {
      if (document.querySelector("[data-keep-screen]:not([hidden])")) return;
      const reply = await post(lock);
      if (reply.type === "opaqueredirect") location.assign(`${door}?next=${encodeURIComponent(location.pathname + location.search)}`);
    } else if (last > told && now - told >= TELL) {
      told = now;
      await post(stillHere);
    }
  } catch {
    // the server is away: it locks by itself, and a page that works without it must not go
  }
}

for (const kind of ["pointerdown", "keydown", "wheel"]) addEventListener(kind, used, { capture: true, passive: true });
used();
setInterval(look, LOOK);
