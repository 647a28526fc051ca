// @ts-check
/**
 * Keeps one page for the time without the server: the station by lease. It holds no data, and everybody's is the same.
 * With the server there, everything comes from the server; nothing that it says is ever kept or given instead of it.
 */

const CACHE = "coi-alone-1";
const SHELL = "/station/alone";
const FILES = [
  "/station/wedge.json", "/static/mark.svg", "/static/lease_shell.js", "/static/lease_alone.js", "/static/lease_keeper.js", "/static/lease.js",
  "/static/device.js", "/static/sound.js", "/static/station_inbox.js", "/static/wedge.js",
];
const PATIENCE = 4000;
const worker = /** @type {any} */ (globalThis);

worker.addEventListener("install", (/** @type {any} */ event) => event.waitUntil(fetchAll().then(() => worker.skipWaiting())));
worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(worker.clients.claim()));

/** Fetch the page and everything that it names, sheets and typefaces too. */
async function fetchAll() {
  const cache = await caches.open(CACHE);
  const page = await fetch(SHELL, { cache: "no-store" });
  if (!page.ok) throw new Error("no page to keep");
  const text = await page.clone().text();
  const sheets = [...text.matchAll(/href="(\/static\/[^"]+\.css)"/g)].map((found) => found[1] ?? "");
  const faces = await Promise.all(sheets.map(async (sheet) => {
    const css = await (await fetch(sheet)).text();
    return [...css.matchAll(/url\(["']?([^"')]+\.woff2)/g)].map((found) => new URL(found[1] ?? "", new URL(sheet, location.href)).pathname);
  }));
  await cache.put(SHELL, page);
  await cache.addAll([...new Set([...FILES, ...sheets, ...faces.flat()])]);
}

worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { pathname } = new URL(event.request.url);
  if (event.request.method !== "GET") return;
  if (event.request.mode === "navigate") event.respondWith(inTime(event.request).catch(() => caches.match(SHELL)));
  else if (pathname.startsWith("/static/") || pathname === "/station/wedge.json") {
    event.respondWith(fetch(event.request).catch(async () => (await caches.match(pathname)) ?? Response.error()));
  }
});

/** @param {Request} request */
async function inTime(request) {
  let timer = 0;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error("late")), PATIENCE); });
  try {
    return await Promise.race([fetch(request), late]);
  } finally {
    clearTimeout(timer);
  }
}
