// @ts-check
/**
 * The studio's service worker: keeps every file of a build, so that the studio works when the network is gone. Pages
 * are asked for first where there is a network, since they change; files with a hash in their name are taken as kept.
 * The build puts its list of files and a version in the place of the two constants.
 */
const FILES = /** @type {readonly string[]} */ (/* files */ []), VERSION = /* version */ "";
const CACHE = `gradus-${VERSION}`, AT_ONCE = 6;
const worker = /** @type {any} */ (globalThis), { caches } = worker;
const scope = () => worker.registration.scope;

worker.addEventListener("install", (/** @type {any} */ event) => event.waitUntil(keepAll()));
worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(takeOver()));
worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { request } = event, address = new URL(request.url);
  if (request.method !== "GET" || !address.href.startsWith(scope())) return;
  event.respondWith(request.mode === "navigate" ? fromNetwork(request) : fromCache(request));
});

/** A few at a time, so that the page in use comes first. */
async function keepAll() {
  const cache = await caches.open(CACHE), waiting = [...FILES];
  const next = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const address = new URL(file, scope());
      const answer = await fetch(address, { cache: file.endsWith("/") || file === "" ? "no-cache" : "default" });
      if (!answer.ok) throw new Error(`${address} answers ${answer.status}`);
      await cache.put(address, answer);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
  await worker.skipWaiting();
}
async function takeOver() {
  for (const name of await caches.keys()) if (name.startsWith("gradus-") && name !== CACHE) await caches.delete(name);
  await worker.clients.claim();
}
/** @param {Request} request */
async function kept(request) {
  return (await caches.open(CACHE)).match(request, { ignoreSearch: true });
}
/** @param {Request} request */
async function fromCache(request) {
  return await kept(request) ?? fetch(request);
}
/** @param {Request} request */
async function fromNetwork(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const found = await kept(request);
    if (found === undefined) throw error;
    return found;
  }
}
