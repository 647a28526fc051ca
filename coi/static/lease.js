// @ts-check
/**
 * May the bag go on while the server is away? The browser's twin of `coi/custody/lease.py`, held to the same cases.
 *
 * Pure: no clock, no store, no network. A GO from here is provisional: the server judges it again when it is back.
 */

/**
 * @typedef {{ deed: string, wants: string[], places: string[][], needs: string[], not_by: string[], window_s: number | null,
 *   thawed: boolean, records: boolean, blind: string[] }} Allowed
 * @typedef {{ deed: string, by: string }} Used
 * @typedef {{ id: string, order: string, container: string, device: string, persons: string[], issued_at: string,
 *   expires_at: string, deeds: Allowed[], sha256s: Record<string, string[]>, dead: string[], done: Used[],
 *   thaw_limit_s: number | null, thaw_ends_at: string | null, aids: boolean, tail: string }} Lease
 * @typedef {{ sha256: string, at: string, aim: string, source: string }} Read
 * @typedef {{ deed: string, device: string, persons: string[], reads: Read[], at: string,
 *   values: Record<string, string> }} Attempt
 * @typedef {[code: string, slot: string]} Reason
 */

const HARD_BOUND = 600_000;
const AIDS = ["picture", "paste"];
const BEST = "]C";

/** @param {string} instant */
const ms = (instant) => Date.parse(instant);

/** Return the role of a payload; empty for one that the lease does not know. @param {Lease} lease @param {string} sha256 */
export function roleOf(lease, sha256) {
  return Object.keys(lease.sha256s).sort().find((role) => lease.sha256s[role]?.includes(sha256)) ?? "";
}

/**
 * Judge a deed without the server; every reason at once, none at all is GO. The points are those of the Python twin.
 * @param {Lease} lease @param {Attempt} attempt @param {Used[]} seen @returns {Reason[]}
 */
export function verdict(lease, attempt, seen) {
  const allowed = lease.deeds.find((one) => one.deed === attempt.deed);
  if (!allowed) return [["lease_deed", ""]];
  const past = [...lease.done, ...seen];
  const reasons = [
    ...may(lease, allowed, attempt, past), ...inTime(lease, allowed, attempt), ...persons(allowed, attempt, past),
    ...reads(lease, allowed, attempt), ...together(allowed, attempt), ...keyed(lease, allowed, attempt),
  ];
  const told = new Set();
  return reasons.filter((reason) => !told.has(reason.join(" ")) && told.add(reason.join(" ")));
}

/** Points 1 and 2. @param {Lease} lease @param {Allowed} allowed @param {Attempt} attempt @param {Used[]} past @returns {Reason[]} */
function may(lease, allowed, attempt, past) {
  const done = past.map((used) => used.deed);
  /** @type {Reason[]} */
  const reasons = [];
  if (attempt.device !== lease.device) reasons.push(["lease_station", ""]);
  if (done.includes(attempt.deed)) reasons.push(["lease_used", ""]);
  if (!allowed.needs.every((need) => done.includes(need))) reasons.push(["not_now", ""]);
  return reasons;
}

/** Point 3. @param {Lease} lease @param {Allowed} allowed @param {Attempt} attempt @returns {Reason[]} */
function inTime(lease, allowed, attempt) {
  const at = ms(attempt.at);
  /** @type {Reason[]} */
  const reasons = [];
  if (!(at >= ms(lease.issued_at))) reasons.push(["lease_clock", ""]);
  if (allowed.records) return reasons;
  if (!(at < ms(lease.expires_at))) reasons.push(["lease_over", ""]);
  if (allowed.thawed && lease.thaw_limit_s !== null) {
    if (lease.thaw_ends_at === null) reasons.push(["no_thaw", ""]);
    else if (!(at < ms(lease.thaw_ends_at))) reasons.push(["thaw_over", ""]);
  }
  return reasons;
}

/** Point 4. @param {Allowed} allowed @param {Attempt} attempt @param {Used[]} past @returns {Reason[]} */
function persons(allowed, attempt, past) {
  const there = attempt.persons;
  /** @type {Reason[]} */
  const reasons = [];
  if (there.length === 0 || there.length !== allowed.places.length) reasons.push(["signer_missing", ""]);
  if (new Set(there).size !== there.length) reasons.push(["same_person", ""]);
  allowed.places.slice(0, there.length).forEach((able, number) => {
    if (!able.includes(there[number] ?? "")) reasons.push(["lease_person", String(number + 1)]);
  });
  const givers = past.filter((used) => allowed.not_by.includes(used.deed)).map((used) => used.by);
  if (there.length > 0 && givers.includes(there[0] ?? "")) reasons.push(["giver_takes", ""]);
  return reasons;
}

/** Points 5 and 6. @param {Lease} lease @param {Allowed} allowed @param {Attempt} attempt @returns {Reason[]} */
function reads(lease, allowed, attempt) {
  /** @type {Reason[]} */
  const reasons = [];
  /** @type {Map<string, Set<string>>} */
  const met = new Map();
  for (const read of attempt.reads) {
    const role = roleOf(lease, read.sha256);
    if (lease.dead.includes(read.sha256)) reasons.push(["dead_piece", role]);
    else if (!role) reasons.push(["unknown_code", ""]);
    else if (!allowed.wants.includes(role) || role.endsWith("_bar") !== read.aim.startsWith(BEST)) reasons.push(["unexpected", role]);
    else if (AIDS.includes(read.source) && lease.aids !== true) reasons.push(["keyed", role]);
    else met.set(role, (met.get(role) ?? new Set()).add(read.sha256));
  }
  for (const role of allowed.wants) if ((met.get(role)?.size ?? 0) > 1) reasons.push(["two_in_view", role]);
  for (const role of allowed.wants) if (!met.has(role)) reasons.push(["missing", role]);
  if (attempt.reads.length === 0 && allowed.wants.length === 0) reasons.push(["missing", ""]);
  return reasons;
}

/** Point 7. @param {Allowed} allowed @param {Attempt} attempt @returns {Reason[]} */
function together(allowed, attempt) {
  if (attempt.reads.length === 0) return [];
  const at = ms(attempt.at);
  const times = attempt.reads.map((read) => ms(read.at));
  const first = Math.min(...times);
  const last = Math.max(...times);
  /** @type {Reason[]} */
  const reasons = [];
  if (!(last <= at)) reasons.push(["lease_clock", ""]);
  const apart = allowed.window_s !== null && !(last - first <= allowed.window_s * 1000);
  if (!allowed.records && (apart || !(at - first <= HARD_BOUND))) reasons.push(["window", ""]);
  return reasons;
}

/** Point 8. @param {Lease} lease @param {Allowed} allowed @param {Attempt} attempt @returns {Reason[]} */
function keyed(lease, allowed, attempt) {
  const wrong = allowed.blind.filter((name) => !lease.tail || !Object.hasOwn(attempt.values, name) || attempt.values[name] !== lease.tail);
  return wrong.map((name) => ["tail_differs", name]);
}

/** Return the lease with its thaw clock running; the end moves only earlier. @param {Lease} lease @param {string} began @returns {Lease} */
export function thawed(lease, began) {
  if (lease.thaw_limit_s === null) return lease;
  const ends = ms(began) + lease.thaw_limit_s * 1000;
  const known = lease.thaw_ends_at === null ? ends : ms(lease.thaw_ends_at);
  return { ...lease, thaw_ends_at: instant(Math.min(known, ends)) };
}

/** Write an instant as entries write it. @param {number} at */
export const instant = (at) => new Date(at).toISOString().replace("Z", "000Z");

/** @param {Uint8Array} bytes @returns {Promise<string>} */
export async function sha256(bytes) {
  const digest = await crypto.subtle.digest("SHA-256", /** @type {BufferSource} */ (bytes));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What a device's clock is compared with: the server's instant, and both clocks of the device at that moment.
 * @typedef {{ server: number, wall: number, latest: number }} Anchor */

/**
 * Return the time at the server as well as this device can know it, and never one that is earlier than one known before.
 * `steady` is how long this page has known the anchor, by a clock that nobody can set; null after a reload.
 * @param {Anchor} anchor @param {number} wall @param {number | null} steady
 */
export function timeOf(anchor, wall, steady) {
  return Math.max(anchor.server + (wall - anchor.wall), steady === null ? -Infinity : anchor.server + steady, anchor.latest);
}
