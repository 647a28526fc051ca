// @ts-check
/**
 * The key of this browser at one site: ECDSA on P-256, made here, and never able to leave (non-extractable, IndexedDB).
 * It signs nonce LF base64(data) LF AIM LF source (LF how it was seen), as the server's `coi.people.stations` says.
 */

const STORE = "keys";

/** Tell whether this page may use keys at all: https, or this very machine. */
export const possible = () => window.isSecureContext && "subtle" in (window.crypto ?? {}) && "indexedDB" in window;

/** @returns {Promise<IDBDatabase>} */
function open() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open("coi-device", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE);
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

/** @param {"readonly" | "readwrite"} mode @param {(store: IDBObjectStore) => IDBRequest} work @returns {Promise<any>} */
async function inStore(mode, work) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const deal = database.transaction(STORE, mode);
      const asked = work(deal.objectStore(STORE));
      deal.oncomplete = () => resolve(asked.result);
      deal.onerror = deal.onabort = () => reject(deal.error);
    });
  } finally {
    database.close();
  }
}

/**
 * @typedef {{ keys: CryptoKeyPair, id: string }} Device  id is empty until the server has given one
 * @param {string} site @returns {Promise<Device | null>}
 */
export async function find(site) {
  return possible() ? (await inStore("readonly", (store) => store.get(site))) ?? null : null;
}

/** Make a key for a site, and keep it. @param {string} site @returns {Promise<Device>} */
export async function make(site) {
  const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
  const device = { keys, id: "" };
  await inStore("readwrite", (store) => store.put(device, site));
  return device;
}

/** Remember the id that the server gave. @param {string} site @param {Device} device @param {string} id */
export async function name(site, device, id) {
  await inStore("readwrite", (store) => store.put({ ...device, id }, site));
}

/** Forget a retired key. @param {string} site */
export async function forget(site) {
  await inStore("readwrite", (store) => store.delete(site));
}

/** The public half as JWK. @param {Device} device @returns {Promise<JsonWebKey>} */
export async function publicKey(device) {
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", device.keys.publicKey);
  return { kty, crv, x, y };
}

/** @param {Uint8Array} bytes */
export function base64(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/**
 * Sign one scan over a fresh nonce.
 * @param {Device} device @param {string} nonce @param {import("./wedge.js").Scan} scan @returns {Promise<string>}
 */
export const sign = (device, nonce, scan) => signText(device, [nonce, base64(scan.data), scan.aim, scan.source, ...(scan.seen ? [scan.seen] : [])].join("\n"));

/** Sign the very bytes of a text. @param {Device} device @param {string} text @returns {Promise<string>} */
export async function signText(device, text) {
  const said = new TextEncoder().encode(text);
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, device.keys.privateKey, said);
  return base64(new Uint8Array(signature));
}
