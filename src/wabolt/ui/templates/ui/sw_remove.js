/* Removes the service worker and everything that it has kept (WABOLT_OFFLINE=0). */
"use strict";
self.addEventListener("install", () => { self.skipWaiting(); });
self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith("wabolt-")) { await caches.delete(name); }
    }
    await self.registration.unregister();
  })());
});
