// @ts-check
/**
 * Each word has its own tone and vibration (`coi/custody/cues.py` names them), so that it is heard and felt before it is
 * read. A browser is silent until somebody touched it.
 */

/** @type {AudioContext | null} */
let context = null;

/** [hertz, starts at, lasts] @type {Record<string, [number, number, number][]>} */
const TUNES = {
  "one_high": [[1320, 0, 0.22]],
  "three_low": [[196, 0, 0.26], [196, 0.36, 0.26], [196, 0.72, 0.4]],
  "two_falling": [[523, 0, 0.18], [392, 0.24, 0.3]],
  "three_falling": [[247, 0, 0.3], [233, 0.36, 0.3], [220, 0.72, 0.5]],
  "two_rising": [[660, 0, 0.14], [990, 0.2, 0.22]],
  "step": [[880, 0, 0.07]],
  "read": [[660, 0, 0.05]],
  "broken": [[150, 0, 0.16]],
};
/** @type {Record<string, number[]>} */
const BEATS = {
  "short": [60], "three_long": [300, 120, 300, 120, 500], "two_middle": [200, 100, 200], "two_long": [500, 120, 500],
  "two_short": [60, 80, 60],
};
/** Tone and vibration of each word. @type {Record<string, [string, string]>} */
const WORDS = {
  "GO": ["one_high", "short"], "STOP": ["three_low", "three_long"], "HOLD": ["two_falling", "two_middle"],
  "NOT VERIFIED": ["three_falling", "two_long"], "PROVISIONAL GO": ["two_rising", "two_short"],
};

/** Let sound begin; called from a touch or a key. */
export async function unlock() {
  context ??= new AudioContext();
  if (context.state !== "running") await context.resume();
  return context.state === "running";
}

/** Let a word be heard and felt, or a small sound (step, read, broken) be heard. @param {string} word */
export function play(word) {
  const [tune, beat] = WORDS[word] ?? [word, ""];
  cue(tune, beat);
}

/** Let a tone be heard and a vibration be felt, by their names. @param {string} tune @param {string} beat */
export function cue(tune, beat) {
  navigator.vibrate?.(BEATS[beat] ?? []);
  if (!context || context.state !== "running") return;
  for (const [hertz, starts, lasts] of TUNES[tune] ?? []) {
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
