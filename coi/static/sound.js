// @ts-check
/** Each word has its own sound, so that it is heard before it is read. A browser is silent until somebody touched it. */

/** @type {AudioContext | null} */
let context = null;

/** [hertz, starts at, lasts] @type {Record<string, [number, number, number][]>} */
const TUNES = {
  "GO": [[1320, 0, 0.22]],
  "STOP": [[196, 0, 0.26], [196, 0.36, 0.26], [196, 0.72, 0.4]],
  "HOLD": [[523, 0, 0.18], [392, 0.24, 0.3]],
  "NOT VERIFIED": [[247, 0, 0.3], [233, 0.36, 0.3], [220, 0.72, 0.5]],
  "step": [[880, 0, 0.07]],
  "read": [[660, 0, 0.05]],
  "broken": [[150, 0, 0.16]],
};
/** @type {Record<string, number[]>} */
const BUZZES = { "GO": [60], "STOP": [300, 120, 300, 120, 500], "HOLD": [200, 100, 200], "NOT VERIFIED": [500, 120, 500] };

/** Let sound begin; called from a touch or a key. */
export async function unlock() {
  context ??= new AudioContext();
  if (context.state !== "running") await context.resume();
  return context.state === "running";
}

/** @param {string} word */
export function play(word) {
  navigator.vibrate?.(BUZZES[word] ?? []);
  if (!context || context.state !== "running") return;
  for (const [hertz, starts, lasts] of TUNES[word] ?? []) {
    const tone = context.createOscillator();
    const volume = context.createGain();
    const from = context.currentTime + starts;
    tone.type = hertz < 300 ? "square" : "sine";
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(0, from);
    volume.gain.linearRampToValueAtTime(0.5, from + 0.012);
    volume.gain.setTargetAtTime(0, from + lasts - 0.05, 0.02);
    tone.connect(volume).connect(context.destination);
    tone.start(from);
    tone.stop(from + lasts + 0.1);
  }
}
