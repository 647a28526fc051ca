// @ts-check
/**
 * A scanner on a serial line, where the browser may open one (Web Serial): its bytes come raw, whatever the keyboard is.
 *
 * On the wire: an optional STX, the AIM identifier, the data, CR or LF. A scan that breaks off for a fifth of a second is
 * dropped whole and said so; so is one over four kilobytes, one without identifier, and two that ran into each other.
 */

/** @typedef {import("./wedge.js").Scan} Scan */
/** @typedef {{ scan: Scan, raw: string } | { refused: string, raw: string }} Outcome */

const IDLE = 200;
const MOST = 4096;
const AIM = /^\][A-Za-z][0-9A-Za-z]/;
const GLUED = /\][CdQzL][0-9]/;

/** Collects bytes until they are a scan. */
export class Frames {
  constructor() {
    /** @type {number[]} */
    this.bytes = [];
    this.spilt = false;
  }

  /** Take bytes as they come. @param {Iterable<number>} bytes @returns {Outcome[]} */
  feed(bytes) {
    /** @type {Outcome[]} */
    const outcomes = [];
    for (const byte of bytes) {
      if (byte === 0x0d || byte === 0x0a) {
        const ended = this.end();
        if (ended) outcomes.push(ended);
      } else if (this.bytes.length >= MOST) this.spilt = true;
      else if (!(byte === 0x02 && this.bytes.length === 0)) this.bytes.push(byte);
    }
    return outcomes;
  }

  /** Nothing came for a while: what broke off is dropped. @returns {Outcome[]} */
  idle() {
    const raw = this.text();
    this.forget();
    return raw ? [{ refused: "INCOMPLETE", raw }] : [];
  }

  /** @returns {Outcome | null} */
  end() {
    const raw = this.text(), { spilt } = this;
    const data = Uint8Array.from(this.bytes.slice(3));
    this.forget();
    if (spilt) return { refused: "TOO_LONG", raw };
    if (!raw) return null;
    if (!AIM.test(raw)) return { refused: "NO_AIM", raw };
    if (!data.length) return { refused: "INCOMPLETE", raw };
    if (data.some((byte) => byte !== 0x1d && (byte < 0x20 || byte > 0x7e))) return { refused: "CONTROL_KEY", raw };
    if (GLUED.test(raw.slice(3))) return { refused: "GLUED", raw };
    return { scan: { data, aim: raw.slice(0, 3), source: "web_serial" }, raw };
  }

  text() {
    return String.fromCharCode(...this.bytes);
  }

  forget() {
    this.bytes = [];
    this.spilt = false;
  }
}

/**
 * Let a page have a serial scanner, where the browser has serial lines.
 * @param {HTMLElement} panel
 * @param {(outcome: Outcome) => void} heard
 * @param {() => void} connected  told of every line that was opened, also anew
 */
export function wire(panel, heard, connected) {
  const { serial } = /** @type {any} */ (navigator);
  const button = /** @type {HTMLElement} */ (panel.querySelector("[data-serial-open]"));
  const says = /** @type {HTMLElement} */ (panel.querySelector("[data-serial-say]"));
  if (!serial) return;
  button.hidden = false;

  /** @param {any} port */
  async function listen(port) {
    try {
      await port.open({ baudRate: 9600 });
    } catch {
      says.textContent = panel.dataset.serialBusy ?? "";
      return;
    }
    connected();
    button.hidden = true;
    says.textContent = panel.dataset.serialOn ?? "";
    const frames = new Frames();
    let timer = 0;
    const reader = port.readable.getReader();
    try {
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        clearTimeout(timer);
        for (const outcome of frames.feed(value)) heard(outcome);
        timer = window.setTimeout(() => { for (const outcome of frames.idle()) heard(outcome); }, IDLE);
      }
    } catch {
      // the plug was pulled: said below
    }
    clearTimeout(timer);
    for (const outcome of frames.idle()) heard(outcome);
    button.hidden = false;
    says.textContent = panel.dataset.serialOff ?? "";
  }

  button.addEventListener("click", async () => {
    try {
      await listen(await serial.requestPort());
    } catch {
      says.textContent = panel.dataset.serialNone ?? "";
    }
  });
  serial.addEventListener?.("connect", (/** @type {Event} */ event) => void listen(event.target));
  void serial.getPorts().then((/** @type {any[]} */ ports) => { if (ports[0]) void listen(ports[0]); });
}
