"""What is asked of a page from inside, in the page's own language."""

from __future__ import annotations

SMALL = """() => {
  const controls = ['button', 'select', 'summary', '.bar__brand', 'label.slab', '.field__choice', '.field__tick',
    'input:not([type=hidden]):not([type=file]):not([type=checkbox]):not([type=radio])'];
  return [...document.querySelectorAll(controls.join(','))]
    .filter((one) => one.offsetParent && one.getBoundingClientRect().height < 72)
    .map((one) => one.outerHTML.slice(0, 60));
}"""
"""The controls that are lower than 72 pixels."""

PALE = """() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const part = (v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const ground = (one) => {
    const colour = rgb(getComputedStyle(one).backgroundColor);
    return colour.length < 4 || colour[3] > 0 ? colour : ground(one.parentElement);
  };
  const contrast = (one) => {
    const [bright, dark] = [light(rgb(getComputedStyle(one).color)), light(ground(one))].sort((a, b) => b - a);
    return (bright + 0.05) / (dark + 0.05);
  };
  return [...document.querySelectorAll('.verdict *')]
    .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
    .filter((one) => contrast(one) < 7)
    .map((one) => one.textContent.trim().slice(0, 40));
}"""
"""The texts of a verdict whose contrast with their ground is below 7:1."""

VIOLATIONS = """async (rules) => {
  const options = { resultTypes: ['violations'], runOnly: rules };
  const { violations } = await axe.run(document, options);
  return violations.flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.target}`));
}"""
"""What axe finds on the page; it was put there before."""

SIZES = """() => ['.verdict__big', '.verdict h1']
  .map((one) => parseFloat(getComputedStyle(document.querySelector(one)).fontSize))"""
"""How large the word and the headline are, in pixels."""

FOCUS = "() => document.activeElement.id || document.activeElement.className || document.activeElement.tagName"
"""What has the focus."""

STROKE = """const at = performance.now();
  const stroke = (made) => {
    const event = new KeyboardEvent('keydown', { ...made, bubbles: true, cancelable: true });
    Object.defineProperty(event, 'timeStamp', { value: at });
    return document.activeElement.dispatchEvent(event);
  };"""
"""Press keys in one burst, however long this machine takes for it: a scanner's pace is the scanner's."""

PRESS = f"""(keys) => {{
  {STROKE}
  for (const [key, code] of keys) stroke({{ key, code }});
}}"""
"""Press keys as a host with another layout reports them: what they mean there, and their place."""

ANSWER_AT_ONCE = """() => {
  const real = window.fetch;
  window.fetch = async (url, init) => {
    if (!String(url).endsWith('/station/scan')) return real(url, init);
    window.caught.push(JSON.parse(init.body));
    return new Response(JSON.stringify({ html: document.querySelector('main').innerHTML }));
  };
}"""
"""Catch scans in the page, and answer each with the station as it is."""

ANSWER_NOT = """() => {
  const real = window.fetch;
  window.caught = [];
  window.fetch = async (url, init) => {
    if (!String(url).endsWith('/station/scan')) return real(url, init);
    window.caught.push(JSON.parse(init.body));
    throw new TypeError('no network');
  };
}"""
"""Catch scans in the page, and answer none."""

BURST = f"""async (text) => {{
  const {{ keys }} = await (await fetch('/station/wedge.json')).json();
  {STROKE}
  const places = new Map(Object.entries(keys).filter(([code]) => !code.startsWith('Numpad'))
    .flatMap(([code, [plain, shifted]]) => [[shifted, [code, true]], [plain, [code, false]]]));
  const press = (key, code, shiftKey) => stroke({{ key, code, shiftKey }});
  const passed = [...text].map((letter) => press(letter, ...places.get(letter)));
  return ![...passed, press('Enter', 'Enter', false)].some(Boolean);
}}"""
"""Type as a scanner does, key upon key; true when every key was kept from what has the focus."""

TWIN = """async (one) => {
  const { Wedge } = await import('/static/wedge.js');
  const wedge = new Wedge(await (await fetch('/station/wedge.json')).json());
  const outcomes = one.keys.flatMap((key) => wedge.press(key));
  return [...outcomes, ...wedge.afterGap(one.keys.at(-1).at + 1000, wedge.tables.idle_ms)];
}"""
"""Give the browser's wedge one case of keystrokes; return what comes of it."""

SCANNED = """(n) => !document.body.classList.contains('busy') && !document.querySelector('main [data-before]') &&
  (document.querySelector('.verdict, .sign') || Number(document.querySelector('.gate')?.dataset.scanned) >= n)"""
"""Whether the screen was drawn anew, and so many codes were taken or something else fills it."""

BEFORE = "document.querySelector('main > *').dataset.before = 1"
"""Mark what stands on the screen before a scan: what is drawn after it bears no mark."""

WATCH = """(() => {
  const shown = new Set();
  const look = () => {
    const now = document.querySelector('.verdict');
    for (const one of shown) {
      if (one.isConnected) continue;
      shown.delete(one);
      window.wentBy = one.dataset.told || 'stays' in one.dataset ? undefined : one.dataset.word;
    }
    if (now) shown.add(now);
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true });
})()"""
"""Remember a GO that nobody asked for before it went by itself."""

TWICE = """(place) => {
  const button = document.querySelector(place);
  button.click();
  button.click();
}"""
"""Press a button twice, sooner than anything can be answered."""

WORD = """() => {
  const verdict = document.querySelector('.verdict');
  if (verdict && !verdict.getClientRects().length) return null;
  const word = verdict ? verdict.dataset.word : window.wentBy;
  if (verdict) verdict.dataset.told = 1;
  window.wentBy = undefined;
  return word;
}"""
"""The word that fills the screen, or that of the GO that has just gone by itself; null while there is none."""

QUIET = "() => !document.body.classList.contains('busy')"
"""Whether nothing is being asked of the server."""

JUDGED = "() => document.querySelector('.verdict') || window.wentBy"
"""Whether there was a verdict."""

ANSWERED = "() => document.querySelector('.verdict, .sign') || window.wentBy"
"""Whether a statement was answered: by a verdict, or by the panel for the signatures."""

VOTES = """async (frames) => {
  const { Window } = await import('/static/vote.js');
  const window = new Window(await (await fetch('/station/light.json')).json());
  return frames.map(({ scans, at }) => {
    const { accepted, conflict } = window.add(scans, at);
    return [accepted && { text: accepted.text, aim: accepted.aim }, conflict];
  });
}"""
"""Give the browser's vote one case of frames; return what it says after each."""

SLIDES = """async (pictures) => {
  const canvas = document.createElement('canvas');
  const ground = canvas.getContext('2d');
  const images = await Promise.all(pictures.map(async (one) => {
    const image = new Image();
    image.src = 'data:image/jpeg;base64,' + one;
    await image.decode();
    return image;
  }));
  canvas.width = images[0].width;
  canvas.height = images[0].height;
  const stream = canvas.captureStream(0);
  navigator.mediaDevices.getUserMedia = async () => stream;
  const panel = document.querySelector('[data-camera]');
  setInterval(() => {
    const image = window.slides && images[Number(panel.dataset.frames) % images.length];
    if (image) ground.drawImage(image, 0, 0);
    else ground.fillRect(0, 0, canvas.width, canvas.height);
    stream.getVideoTracks()[0].requestFrame();
  }, 100);
}"""
"""A camera that shows an empty table until there are slides, then another picture whenever one was looked at."""

STROKES = f"""(keys) => {{
  {STROKE}
  return !keys.map(stroke).some(Boolean);
}}"""
"""Press keys in one go; true when every one was kept from what has the focus."""

LINE = """(() => {
  let put;
  const readable = new ReadableStream({ start(stream) { put = stream; } });
  const port = { open: async () => {}, readable };
  Object.defineProperty(navigator, 'serial', { value: {
    requestPort: async () => port, getPorts: async () => [], addEventListener() {},
  } });
  window.line = (parts) => {
    for (const part of parts) put.enqueue(Uint8Array.from(part, (c) => c.charCodeAt(0)));
  };
})()"""
"""A serial line that a test writes to."""

RIGHT = "(n) => document.querySelectorAll('[data-check-codes] [data-state=right]').length >= n"
"""Whether so many codes of the challenge card came right."""
