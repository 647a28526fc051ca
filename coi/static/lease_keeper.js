// @ts-check
/**
 * What a station keeps for the time without the server: its leases, what was done by them, and the queue to hand in.
 *
 * It lies in IndexedDB, so that a reload or a second window changes nothing, and every change is one strict transaction:
 * a deed is used up, and its record is on the disk, before anybody sees GO. Without a lease there is nothing here.
 */

import * as device from "./device.js";
import { instant, sha256, thawed, timeOf, verdict } from "./lease.js";

/** @typedef {import("./lease.js").Lease} Lease */
/** @typedef {import("./lease.js").Used} Used */
/** @typedef {import("./lease.js").Reason} Reason */
/** @typedef {import("./wedge.js").Scan & { at: string, sha256: string }} Kept */
/** @typedef {{ name: string, type: string, ask: string, unit: string, choices: string[] }} Ask */
/** @typedef {{ lease: Lease, server_at: string, site: string, order: string, product: string, names: Record<string, string>,
 *   titles: Record<string, string>, codes: Record<string, string>, asks: Record<string, Ask[]>, reasons: Record<string, string> }} Packet */
/** @typedef {{ number: number, text: string, digest: string, word: string, deed: string, at: string }} Queued */
/** @typedef {{ packet: Packet, anchor: import("./lease.js").Anchor, used: Used[], queue: Queued[], numbered: number,
 *   digest: string, version: number }} State */

const STORE = "leases";
/** When this page came to know each anchor, by a clock that nobody can set. @type {Map<string, number>} */
const steady = new Map();

/** @returns {Promise<IDBDatabase>} */
function open() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open("coi-lease", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE);
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

/**
 * Change one lease's state in one transaction: what `work` returns is kept, null forgets it, undefined leaves it.
 * @param {string} id @param {(state: State | undefined) => State | null | undefined} work @returns {Promise<State | undefined>}
 */
async function change(id, work) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const deal = database.transaction(STORE, "readwrite", { durability: "strict" });
      const store = deal.objectStore(STORE);
      /** @type {State | undefined} */
      let now;
      const asked = store.get(id);
      asked.onsuccess = () => {
        const next = work(asked.result);
        now = next === undefined ? asked.result : next ?? undefined;
        if (next === null) store.delete(id);
        else if (next !== undefined) store.put({ ...next, version: (asked.result?.version ?? 0) + 1 }, id);
      };
      deal.oncomplete = () => resolve(now);
      deal.onerror = deal.onabort = () => reject(deal.error);
    });
  } finally {
    database.close();
  }
}

/** Return every lease that is kept here, the newest first. @returns {Promise<State[]>} */
export async function all() {
  if (!device.possible()) return [];
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const asked = database.transaction(STORE).objectStore(STORE).getAll();
      asked.onsuccess = () => resolve(asked.result.sort((a, b) => (a.packet.lease.issued_at < b.packet.lease.issued_at ? 1 : -1)));
      asked.onerror = () => reject(asked.error);
    });
  } finally {
    database.close();
  }
}

/** Return the time at the server, as well as this station knows it. @param {State} state */
export function now(state) {
  const since = steady.get(state.packet.lease.id);
  return timeOf(state.anchor, Date.now(), since === undefined ? null : performance.now() - since);
}

/**
 * Keep a lease that the server gave, or what it knows of one now. The clock is anchored where the question was asked, so
 * that this station's time runs ahead of the server's rather than behind it.
 * @param {Packet} packet @param {number} askedAt by performance.now()
 */
export async function keep(packet, askedAt) {
  const { lease } = packet;
  const wall = Date.now() - (performance.now() - askedAt);
  await navigator.storage?.persist?.();
  /** @type {Used[]} */
  const carried = [];
  for (const { packet: { lease: other }, queue, used } of await all()) {
    if (other.id === lease.id || other.container !== lease.container) continue;
    carried.push(...used);
    if (queue.length === 0) await forget(other.id);
  }
  steady.set(lease.id, askedAt);
  await change(lease.id, (state) => {
    const ends = [state?.packet.lease.thaw_ends_at, lease.thaw_ends_at].filter((one) => typeof one === "string").sort()[0] ?? null;
    const anchor = { server: Date.parse(packet.server_at), wall, latest: state?.anchor.latest ?? -Infinity };
    const fresh = { packet, anchor, used: carried, queue: [], numbered: 0, digest: "", version: 0 };
    return { ...fresh, ...state, anchor, packet: { ...packet, lease: { ...lease, thaw_ends_at: ends } } };
  });
}

/** @param {string} id */
export const forget = (id) => change(id, () => null);

/** Note how late it is, so that a clock set back after a reload changes nothing. @param {State} state */
export const tick = (state) => change(state.packet.lease.id, (kept) => kept && { ...kept, anchor: { ...kept.anchor, latest: now(kept) } });

/**
 * Use up what the server said GO to, before the GO is drawn.
 * @param {{ order: string, deed: string, by: string, containers: string[], thaw: string | null }} done
 */
export async function mark(done) {
  for (const { packet } of await all()) {
    const { lease } = packet;
    if (lease.order !== done.order || (done.containers.length > 0 && !done.containers.includes(lease.container))) continue;
    await change(lease.id, (state) => {
      if (!state) return undefined;
      const known = state.used.some((used) => used.deed === done.deed);
      const used = known ? state.used : [...state.used, { deed: done.deed, by: done.by }];
      const running = done.thaw ? thawed(state.packet.lease, done.thaw) : state.packet.lease;
      return { ...state, used, packet: { ...state.packet, lease: running } };
    });
  }
}

/**
 * Judge a deed by its lease, and queue the record of it. GO and STOP are both told; a GO is used up with it.
 * @param {string} id @param {string} deed @param {string[]} persons @param {Kept[]} reads @param {Record<string, string>} values
 * @returns {Promise<{ reasons: Reason[], at: string }>}
 */
export async function attempt(id, deed, persons, reads, values) {
  for (;;) {
    const before = (await all()).find((state) => state.packet.lease.id === id);
    if (!before) return { reasons: [["no_lease", ""]], at: "" };
    const { lease, site } = before.packet;
    const key = await device.find(site);
    const at = instant(Math.ceil(now(before)));
    const seen = reads.map(({ sha256: digest, at: when, aim, source }) => ({ sha256: digest, at: when, aim, source }));
    const wish = { deed, device: key?.id ?? "", persons, reads: seen, at, values };
    const reasons = verdict(lease, wish, before.used);
    const word = reasons.length === 0 ? "GO" : "STOP";
    const number = before.numbered + 1;
    const text = JSON.stringify({
      lease: id, number, prev: before.digest, deed, word, device: lease.device, persons,
      reads: reads.map((read) => ({ data: device.base64(read.data), aim: read.aim, source: read.source, at: read.at })),
      values, at,
    });
    const digest = await sha256(new TextEncoder().encode(text));
    let told = false;
    await change(id, (state) => {
      if (state?.version !== before.version) return undefined;
      told = true;
      return {
        ...state, numbered: number, digest, queue: [...state.queue, { number, text, digest, word, deed, at }],
        used: word === "GO" ? [...state.used, { deed, by: persons[0] ?? "" }] : state.used,
      };
    });
    if (told) return { reasons, at };
  }
}

/**
 * Hand in what waits, lease by lease, in order; what was taken leaves the queue.
 * @param {(url: string, body: unknown) => Promise<any>} post @returns {Promise<any[]>} what became of each record
 */
export async function handIn(post) {
  const told = [];
  for (const { packet, queue } of await all()) {
    if (queue.length === 0) continue;
    const key = await device.find(packet.site);
    if (!key) continue;
    const records = await Promise.all(queue.map(async ({ text }) => ({ text, signature: await device.signText(key, text) })));
    const reply = await post("/station/provisional", { lease: packet.lease.id, records });
    if (!Array.isArray(reply.taken)) throw new Error("not taken");
    const sent = new Set(queue.map((record) => record.digest));
    await change(packet.lease.id, (state) => state && { ...state, queue: state.queue.filter((record) => !sent.has(record.digest)) });
    told.push(...reply.taken);
  }
  return told;
}
