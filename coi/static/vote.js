// @ts-check
/**
 * What do the last frames say together? The browser's twin of `scanners/vote.py`, held to the same cases.
 *
 * A frame is one vote. Bars can misread: two frames must agree, and no like read may doubt them. A matrix needs two where
 * the camera is live. A different payload of the same kind within the window is a conflict: nothing at all is accepted.
 */

/**
 * @typedef {{ text: string, aim: string }} Seen  the payload as one character a byte, and the AIM identifier
 * @typedef {{ size: number, linear: number, matrix: number, repeat_s: number, forget_s: number, families: Record<string, string> }} Rules
 * @typedef {{ accepted: Seen | null, conflict: boolean, seen: number, agree: number, against: Seen[], repeated: Seen | null }} Verdict
 */

const key = (/** @type {Seen} */ one) => one.aim + one.text;

/** The last frames of one camera. */
export class Window {
  /** @param {Rules} rules */
  constructor(rules) {
    this.rules = rules;
    /** @type {{ at: number, scans: Seen[] }[]} */
    this.frames = [];
    /** @type {Map<string, number>} */
    this.accepted = new Map();
  }

  /** Take what one frame shows at a moment, in seconds. @param {Seen[]} scans @param {number} at @returns {Verdict} */
  add(scans, at) {
    this.frames.push({ at, scans });
    if (this.frames.length > this.rules.size) this.frames.shift();
    while (at - this.frames[0].at > this.rules.forget_s) this.frames.shift();
    const against = this.against();
    if (against.length > 0) return { accepted: null, conflict: true, seen: this.frames.length, agree: 0, against, repeated: null };
    return this.best(at);
  }

  forget() {
    this.frames = [];
    this.accepted.clear();
  }

  /** @param {Seen} one */
  family(one) {
    return this.rules.families[one.aim[1] ?? ""] ?? "other";
  }

  /** The payloads that contradict each other. @returns {Seen[]} */
  against() {
    /** @type {Map<string, Map<string, Seen>>} */
    const kinds = new Map();
    for (const { scans } of this.frames) {
      for (const one of scans) {
        const subjects = kinds.get(this.family(one)) ?? new Map();
        kinds.set(this.family(one), subjects.has(key(one)) ? subjects : subjects.set(key(one), one));
      }
    }
    return [...kinds.values()].flatMap((subjects) => subjects.size > 1 ? [...subjects.values()] : []);
  }

  /** Every payload that so many frames show as its kind needs. @returns {[Seen, number][]} */
  certain() {
    const need = (/** @type {Seen} */ one) => this.family(one) === "linear" ? this.rules.linear : this.rules.matrix;
    return this.votes().filter(([one, votes]) => votes >= need(one));
  }

  /** @param {number} at @returns {Verdict} */
  best(at) {
    const calm = { conflict: false, seen: this.frames.length, against: [] };
    /** @type {Seen | null} */
    let repeated = null;
    for (const [one, votes] of this.certain()) {
      const again = at - (this.accepted.get(key(one)) ?? -Infinity) <= this.rules.repeat_s;
      this.accepted.set(key(one), at);  // still in view: one scan as long as it stays there
      if (!again) return { ...calm, accepted: one, agree: votes, repeated };
      repeated ??= one;
    }
    return { ...calm, accepted: null, agree: Math.max(0, ...this.votes().map(([, votes]) => votes)), repeated };
  }

  /** Every payload with the frames that show it: the square codes first, then the most seen. @returns {[Seen, number][]} */
  votes() {
    /** @type {Map<string, [Seen, number]>} */
    const found = new Map();
    for (const { scans } of this.frames) {
      for (const one of new Map(scans.map((each) => [key(each), each])).values()) {
        const known = found.get(key(one));
        found.set(key(one), [known ? known[0] : one, (known ? known[1] : 0) + 1]);
      }
    }
    const last = (/** @type {Seen} */ one) => Number(this.family(one) !== "matrix");
    return [...found.values()].sort((a, b) => last(a[0]) - last(b[0]) || b[1] - a[1]);
  }
}
