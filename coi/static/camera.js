// @ts-check
/**
 * The camera of a page that asks for codes: shows what it sees, votes over its frames, and hands on what is certain.
 *
 * - Each frame is looked at once, the newest one, in a worker; only what lies inside the drawn frame counts.
 * - What is accepted goes the way of any scan. It is a read and no success: the word comes from the server.
 * - A label that stays in view is one scan. Two labels of one kind in view are none.
 * - A bar code that repeats what the square code beside it says is left out, unless the page asks for it.
 */

import { Window } from "./vote.js";

/** @typedef {import("./wedge.js").Scan} Scan */
/** @typedef {import("./vote.js").Seen} Seen */
/** @typedef {import("./vote.js").Rules & { formats: string[], patient_formats: string[], names: Record<string, string>, own_bars: string, decoder: string }} Light */

const INSIDE = 0.8;
/** What part of the picture, each way, lies inside the drawn frame. */
const AWAY = 1500;
/** A label must be out of view for so long before it is a new scan, in milliseconds. */
const BAR_WAITS = 700;
/** So long a bar code waits for the square code beside it, in milliseconds. */
const SETTLES = 300;
/** So long something else may still come into view before a code counts, in milliseconds: as two triggers lie apart. */
const FOREIGN_EACH = 6;
/** After so many frames without a code the others are looked for, to name them. */

/**
 * Make the camera of a page work; nothing happens until somebody opens it.
 * @param {HTMLElement} panel
 * @param {(scan: Scan) => void} took
 * @param {(word: string) => void} sound
 * @param {() => { symbols?: string, bands?: string, secret?: boolean, once?: boolean }} wanted  any symbol, matrix (a bar
 *   code alone is not enough) or both; whether a hospital's own band is asked for, which may be Aztec or PDF417; whether
 *   nothing of the code is to be seen, as of a badge; whether one code is all, so that the camera closes with it
 */
export function wire(panel, took, sound, wanted = () => ({})) {
  const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (panel.querySelector(`[data-camera-${name}]`));
  const video = /** @type {HTMLVideoElement} */ (part("video"));
  const words = panel.dataset;
  /** @type {MediaStream | null} */
  let stream = null;
  /** @type {Worker | null} */
  let worker = null;
  /** @type {Light | null} */
  let light = null;
  /** @type {Window | null} */
  let frames = null;
  /** When each payload was last in view, and when it was first. @type {Map<string, { first: number, last: number, told: boolean }>} */
  const views = new Map();
  let empty = 0;
  let looked = 0;
  /** Which opening it is: a camera that comes after somebody closed it, or opened it again, is let go. */
  let turn = 0;

  const say = (/** @type {string} */ state, /** @type {string} */ text) => {
    panel.dataset.state = state;
    if (part("say").textContent !== text) part("say").textContent = text;
  };

  async function open() {
    const mine = ++turn;
    part("open").hidden = true;
    say("opening", words.opening ?? "");
    panel.classList.add("cam--open");
    try {
      light ??= await (await fetch(words.light ?? "", { credentials: "same-origin" })).json();
      const come = await navigator.mediaDevices.getUserMedia({
        audio: false, video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } },
      });
      if (mine !== turn) return come.getTracks().forEach((track) => track.stop());
      video.srcObject = stream = come;
      await video.play();
      if (mine !== turn) return;
    } catch (error) {
      if (mine !== turn) return;
      close();
      return say("failed", (/** @type {Error} */ (error).name === "NotAllowedError" ? words.denied : words.nocamera) ?? "");
    }
    frames = new Window(/** @type {Light} */ (light));
    worker ??= new Worker(words.worker ?? "", { type: "module" });
    const track = stream.getVideoTracks()[0];
    track.addEventListener("ended", close);
    part("torch").hidden = !(/** @type {any} */ (track.getCapabilities?.() ?? {}).torch);
    say("looking", words.looking ?? "");
    next();
  }

  function close() {
    turn += 1;
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    video.srcObject = null;
    worker?.terminate();
    worker = null;
    views.clear();
    panel.classList.remove("cam--open");
    part("open").hidden = false;
    say("closed", "");
  }

  /** Wait for the next frame that was not looked at. */
  function next() {
    if (!stream) return;
    if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(() => void look());
    else setTimeout(() => void look(), 60);
  }

  async function look() {
    if (!stream || !worker || !video.videoWidth) return next();
    const [width, height] = [video.videoWidth * INSIDE, video.videoHeight * INSIDE];
    const frame = await createImageBitmap(video, (video.videoWidth - width) / 2, (video.videoHeight - height) / 2, width, height);
    const formats = (wanted().bands ? light?.patient_formats : light?.formats) ?? [];
    const answer = await answered({ frame, formats, foreign: ++empty % FOREIGN_EACH === 0 }, [frame]);
    if (stream && answer) await judge(answer);
    panel.dataset.frames = String(++looked);
    next();
  }

  /** @param {any} asked @param {Transferable[]} [moved] @returns {Promise<any>} */
  function answered(asked, moved = []) {
    return new Promise((resolve) => {
      if (!worker) return resolve(null);
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = () => resolve({ failed: "worker" });
      worker.postMessage(asked, moved);
    });
  }

  /** @param {{ codes?: Seen[], foreign?: string, failed?: string }} answer */
  async function judge(answer) {
    if (answer.failed || !answer.codes || !frames) {
      close();
      return say("failed", words.broken ?? "");
    }
    const at = performance.now();
    if (answer.codes.length > 0) empty = 0;
    for (const [name, view] of views) if (at - view.last > AWAY) views.delete(name);
    for (const one of answer.codes) {
      const view = views.get(one.aim + one.text);
      views.set(one.aim + one.text, view ? { ...view, last: at } : { first: at, last: at, told: false });
    }
    const verdict = frames.add(answer.codes, at / 1000);
    if (verdict.conflict || hasBarsOfAnother(frames)) {
      if (panel.dataset.state !== "conflict") sound("broken");
      return say("conflict", words.conflict ?? "");
    }
    const settled = (/** @type {Seen} */ one) => at - (views.get(one.aim + one.text)?.first ?? at) >= SETTLES;
    const ready = frames.certain().filter(([one]) => settled(one) && !isToldBySquare(one, at));
    for (const [one, votes] of ready) {
      const view = views.get(one.aim + one.text);
      if (!view || view.told || !stream) continue;
      view.told = true;
      await hand(one, `${/** @type {Light} */ (light).decoder} ${votes}/${verdict.seen}`);
    }
    if (ready.length === 0 && answer.codes.length === 0) {
      const name = answer.foreign ? (light?.names[answer.foreign] ?? light?.names[answer.foreign.slice(0, 2)] ?? answer.foreign) : "";
      if (name) say("foreign", `${words.foreign}: ${name}`);
      else if (empty % FOREIGN_EACH === 0 || panel.dataset.state === "conflict") say("looking", words.looking ?? "");
    }
  }

  /** Whether bars of a label of ours are in view that no square code in view bears: that is another label. @param {Window} window */
  function hasBarsOfAnother(window) {
    const all = window.frames.flatMap(({ scans }) => scans);
    const squares = all.filter((one) => window.family(one) === "matrix");
    const own = new RegExp(/** @type {Light} */ (light).own_bars);
    return squares.length > 0 && all.some(
      (one) => window.family(one) === "linear" && own.test(one.text) && !squares.some(({ text }) => text.includes(one.text)),
    );
  }

  /** Whether a bar code is not to be handed on: its square code says the same, or may still come. @param {Seen} one @param {number} at */
  function isToldBySquare(one, at) {
    if (frames?.family(one) !== "linear" || wanted().symbols === "both") return false;
    if (wanted().symbols === "matrix") return true;
    const square = [...views.keys()].some((name) => light?.families[name[1]] === "matrix" && name.slice(3).includes(one.text));
    return square || at - (views.get(one.aim + one.text)?.first ?? at) < BAR_WAITS;
  }

  /** @param {Seen} one @param {string} seen */
  async function hand(one, seen) {
    const { jpeg } = (await answered({ keep: true })) ?? {};
    sound("read");
    if (wanted().once) close();
    say("read", `${words.read} ${light?.names[one.aim] ?? ""}${wanted().secret ? "" : ` …${one.text.slice(-4)}`}`);
    took({
      data: Uint8Array.from(one.text, (c) => c.charCodeAt(0)), aim: one.aim, source: "camera", seen,
      ...(jpeg ? { picture: new Uint8Array(jpeg) } : {}),
    });
  }

  part("open").addEventListener("click", () => void open());
  part("close").addEventListener("click", close);
  part("torch").addEventListener("click", async () => {
    const button = part("torch");
    const on = button.getAttribute("aria-pressed") !== "true";
    await stream?.getVideoTracks()[0]?.applyConstraints(/** @type {any} */ ({ advanced: [{ torch: on }] }));
    button.setAttribute("aria-pressed", String(on));
  });
  document.addEventListener("visibilitychange", () => { if (document.hidden && stream) close(); });
  if (!navigator.mediaDevices?.getUserMedia) {
    part("open").hidden = true;
    say("failed", words.insecure ?? "");
  }
}
