/* Without a connection: makes a kept page read-only and says when it was seen, and lists the kept pages on the offline
   page. After the end of a session: removes what this device keeps of the member. */
(function () {
  "use strict";
  var SEEN = "wabolt-seen";
  var body = document.body;
  var at = Number(body.dataset.seenAt || 0);

  function when(time) {
    return new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" })
      .format(new Date(time));
  }

  /* Kept pages and the badge. Typed text is the business of ui/drafts.js. */
  function forget() {
    if ("caches" in window) { caches.delete(SEEN).catch(function () { /* storage is disabled */ }); }
    var worker = navigator.serviceWorker && navigator.serviceWorker.controller;
    if (worker) { worker.postMessage({ type: "wabolt:forget" }); }
    if (navigator.clearAppBadge) { navigator.clearAppBadge().catch(function () { /* not installed */ }); }
  }
  document.addEventListener("wb:signed-out", forget);

  function showSeen() {
    var strip = document.getElementById("seen");
    if (!strip) { return; }
    strip.querySelector("[data-seen-time]").textContent = when(at);
    strip.hidden = false;
    document.querySelectorAll("main form, .wb-user form").forEach(function (form) {
      Array.from(form.elements).forEach(function (field) { field.disabled = true; });
    });
    document.addEventListener("submit", function (event) { event.preventDefault(); }, true);
    document.addEventListener("htmx:beforeRequest", function (event) { event.preventDefault(); });
    window.addEventListener("online", function () { location.reload(); });
  }

  function listSeen() {
    var box = document.getElementById("seen-pages");
    if (!box || !("caches" in window)) { return; }
    caches.has(SEEN).then(function (any) { return any ? caches.open(SEEN) : null; }).then(function (cache) {
      if (!cache) { return; }
      return cache.keys().then(function (keys) {
        return Promise.all(keys.reverse().map(function (request) {
          return cache.match(request).then(function (answer) { addSeen(box, request.url, answer); });
        }));
      });
    }).catch(function () { /* storage is disabled */ });
  }
  function addSeen(box, address, answer) {
    var item = document.createElement("li");
    var link = document.createElement("a");
    var time = document.createElement("small");
    link.href = address;
    link.textContent = decodeURIComponent(answer.headers.get("X-WABolt-Title") || "") || new URL(address).pathname;
    time.textContent = when(Number(answer.headers.get("X-WABolt-At")));
    item.append(link, " ", time);
    box.querySelector("ul").append(item);
    box.hidden = false;
  }

  document.addEventListener("DOMContentLoaded", function () {
    if (at) { showSeen(); }
    listSeen();
    if (!at && body.dataset.waiting !== undefined && navigator.setAppBadge) {
      navigator.setAppBadge(Number(body.dataset.waiting)).catch(function () { /* not installed */ });
    }
  });
})();
