/* Push notifications, inside the service worker. The server sends no name and no text of a customer. */
"use strict";

self.addEventListener("push", (event) => {
  let told = {};
  try { told = event.data.json(); } catch (error) { told = {}; }
  /* The tag makes the browser replace an earlier notification about the same alert. */
  const options = { body: told.body || "", tag: told.tag || "alert", renotify: true, data: { url: told.url || "/alerts/" } };
  event.waitUntil(self.registration.showNotification(told.title || "WABolt", options));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = new URL(event.notification.data.url, self.location.origin);
  if (url.origin !== self.location.origin) { return; }
  event.waitUntil((async () => {
    const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    for (const one of windows) {
      if ("navigate" in one) {
        await one.focus();
        await one.navigate(url.href);
        return;
      }
    }
    await self.clients.openWindow(url.href);
  })());
});
