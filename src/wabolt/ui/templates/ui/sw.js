{% load ui %}/* Caches WABolt's static files and one offline page. Pages with a shop's data are never stored. */
"use strict";
const setup = {{ setup|as_json }};
importScripts(...{{ scripts|as_json }});

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(setup.cache);
    await cache.addAll([setup.offline, ...setup.files]);
    await self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name !== setup.cache) { await caches.delete(name); }
    }
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const request = event.request;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) { return; }
  if (url.pathname.startsWith(setup.static)) {
    event.respondWith(freshElseKept(request));
  } else if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match(setup.offline)));
  }
});

/* Network first, so that an update is visible at once; the cached copy without a network. */
async function freshElseKept(request) {
  try {
    const answer = await fetch(request);
    if (answer.ok && answer.type === "basic") {
      const cache = await caches.open(setup.cache);
      await cache.put(request, answer.clone());
    }
    return answer;
  } catch (failure) {
    const kept = await caches.match(request);
    if (kept) { return kept; }
    throw failure;
  }
}
