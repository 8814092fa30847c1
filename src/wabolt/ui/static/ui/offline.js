/* Without a connection: makes a kept page read-only and says when it was seen, and lists the kept pages on the offline
   page. After the end of a session: removes what this device keeps of the member. */
(function () {
  "use strict";
  var SEEN = "wabolt-seen";
  var PUSH = "wb-push";
  var body = document.body;
  var at = Number(body.dataset.seenAt || 0);

  function when(time) {
    return new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" })
      .format(new Date(time));
  }

  /* Kept pages, the badge, and with `push` the notifications of this browser. ui/drafts.js handles
     typed text. After a session that ended by itself the notifications stay, because the owner still needs them. */
  function forget(push) {
    if ("caches" in window) { caches.delete(SEEN).catch(function () { /* storage is disabled */ }); }
    tellWorker({ type: "wabolt:forget", push: push });
    if (push) { try { localStorage.removeItem(PUSH); } catch (e) { /* storage is disabled */ } }
    if (navigator.clearAppBadge) { navigator.clearAppBadge().catch(function () { /* not installed */ }); }
  }
  /* A page that was loaded past the worker has no controller. */
  function tellWorker(message) {
    var container = navigator.serviceWorker;
    if (!container) { return; }
    if (container.controller) { container.controller.postMessage(message); return; }
    container.getRegistration().then(function (found) {
      if (found && found.active) { found.active.postMessage(message); }
    }).catch(function () { /* no worker */ });
  }
  document.addEventListener("wb:signed-out", function (event) { forget(Boolean(event.detail && event.detail.byMember)); });

  /* Ends the notifications of the previous person when another one has signed in (alerts/push.js notes the owner). */
  function endPushOfAnother() {
    var owner = null;
    try { owner = localStorage.getItem(PUSH); } catch (e) { /* storage is disabled */ }
    if (owner && body.dataset.member && owner !== body.dataset.member.split("-")[0]) { forget(true); }
  }

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
          return cache.match(request).then(function (answer) {
            if (Number(answer.headers.get("X-WABolt-Until")) >= Date.now()) { addSeen(box, request.url, answer); }
          });
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
    endPushOfAnother();
    listSeen();
    if (!at && body.dataset.waiting !== undefined && navigator.setAppBadge) {
      navigator.setAppBadge(Number(body.dataset.waiting)).catch(function () { /* not installed */ });
    }
  });
})();
