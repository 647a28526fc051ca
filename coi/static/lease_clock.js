// @ts-check
/** The thaw clock on a wall: it goes on counting while the server is away, and says so. */

const clock = /** @type {HTMLElement} */ (document.querySelector("[data-clock]"));
const left = /** @type {HTMLElement} */ (clock.querySelector("b"));
const said = /** @type {HTMLElement} */ (document.querySelector("[data-said]"));
/** What the server's clock is ahead of this one, in milliseconds. */
let ahead = Date.parse(clock.dataset.now ?? "") - Date.now();
let { ends = "", state = "" } = clock.dataset;

function show() {
  const rest = Date.parse(ends) - (Date.now() + ahead);
  if (!ends) return;
  clock.dataset.urgency = rest <= 0 ? "over" : rest < 600_000 ? "soon" : "runs";
  const seconds = Math.max(0, Math.floor(rest / 1000));
  left.textContent = rest <= 0 ? clock.dataset.over ?? "" : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

async function look() {
  try {
    const reply = await fetch(location.pathname, { headers: { "Accept": "application/json" }, cache: "no-store", signal: AbortSignal.timeout(4000) });
    if (!reply.ok) throw new Error(String(reply.status));
    const body = await reply.json();
    if ((body.ends_at ?? "") !== ends || body.state !== state) location.reload();
    ahead = Date.parse(body.now) - Date.now();
    said.textContent = "";
  } catch {
    said.textContent = said.dataset.away ?? "";
  }
}

setInterval(show, 250);
setInterval(() => void look(), 5000);
show();
document.documentElement.dataset.ready = "clock";
