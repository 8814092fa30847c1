{% load ui %}/* The service worker. It never answers from a cache while the server can be reached.

   Two caches: static files of this release, and pages that the member has seen last (SEEN). A page is kept only if the
   server says for how many seconds (X-WABolt-Keep), and belongs to the member in X-WABolt-Member. A response for
   another member, or for none ("none"), removes all kept pages. */
"use strict";
const setup = {{ setup|as_json }};
const SEEN = "wabolt-seen";
const MOST = 30;
setup.scripts.forEach((name) => {
  try { importScripts(name); } catch (failure) { console.error(name, failure); }
});

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(setup.static_cache);
    await cache.addAll([setup.offline, ...setup.files].map((name) => new Request(name, { cache: "reload" })));
    await self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith("wabolt-") && name !== setup.static_cache && name !== SEEN) { await caches.delete(name); }
    }
    await self.clients.claim();
  })());
});

self.addEventListener("message", (event) => {
  const told = event.data || {};
  if (told.type === "wabolt:forget") { event.waitUntil(Promise.all([forget(), told.push ? endPush() : null])); }
});

/* A page that was asked for before this moment is not kept: its response may come after the sign-out. */
let forgotten = 0;
function forget() {
  forgotten = Date.now();
  return caches.delete(SEEN);
}

/* Ends the notifications of this browser, after a sign-out or when another person uses it. */
async function endPush() {
  for (const shown of await self.registration.getNotifications()) { shown.close(); }
  const subscription = self.registration.pushManager && await self.registration.pushManager.getSubscription();
  if (subscription) { await subscription.unsubscribe(); }
}

self.addEventListener("fetch", (event) => {
  const request = event.request;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) { return; }
  if (url.pathname.startsWith(setup.static)) {
    event.respondWith(freshElseKept(event, request));
  } else if (request.mode === "navigate") {
    event.respondWith(page(event, request));
  }
});

/* Network first, so that an update is visible at once; the cached copy without a network. */
async function freshElseKept(event, request) {
  let answer;
  try {
    answer = await fetch(request);
  } catch (failure) {
    const kept = await caches.match(request);
    if (kept) { return kept; }
    throw failure;
  }
  if (answer.ok && answer.type === "basic") {
    event.waitUntil(keepFile(request, answer.clone()).catch(() => { /* storage is full or disabled */ }));
  }
  return answer;
}

async function keepFile(request, answer) {
  // A worker that was replaced meanwhile must not open its cache again.
  if (!await caches.has(setup.static_cache)) { return; }
  const cache = await caches.open(setup.static_cache);
  await cache.put(request, answer);
}

async function page(event, request) {
  const asked = Date.now();
  let answer;
  try {
    answer = await fetch(request);
  } catch (failure) {
    return await seen(request.url) || await caches.match(setup.offline);
  }
  const member = answer.headers.get("X-WABolt-Member");
  if (member) { event.waitUntil(keep(request.url, member, answer.clone(), asked)); }
  return answer;
}

let turn = Promise.resolve();
/* One response after the other: a late one must not bring back what a sign-out has removed. */
function keep(address, member, answer, asked) {
  turn = turn.then(() => keepNow(address, member, answer, asked)).catch(() => { /* storage is full or disabled */ });
  return turn;
}

async function keepNow(address, member, answer, asked) {
  if (member === "none") { await forget(); return; }
  if (asked <= forgotten) { return; }
  if (member !== await owner()) { await caches.delete(SEEN); }
  const seconds = Number(answer.headers.get("X-WABolt-Keep"));
  if (!answer.ok || !seconds) { return; }
  const text = await answer.text();
  if (asked <= forgotten) { return; }
  const title = (/<title>([^<]*)<\/title>/.exec(text) || ["", ""])[1].trim();
  const headers = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": answer.headers.get("Content-Security-Policy") || "default-src 'self'",
    "X-WABolt-Member": member,
    "X-WABolt-At": String(Date.now()),
    "X-WABolt-Until": String(Date.now() + 1000 * seconds),
    "X-WABolt-Title": encodeURIComponent(title),
  };
  const cache = await caches.open(SEEN);
  await cache.delete(address);
  await cache.put(address, new Response(text, { headers: headers }));
  const kept = await cache.keys();
  for (const old of kept.slice(0, Math.max(0, kept.length - MOST))) { await cache.delete(old); }
}

async function owner() {
  if (!await caches.has(SEEN)) { return ""; }
  const cache = await caches.open(SEEN);
  const [first] = await cache.keys();
  const answer = first && await cache.match(first);
  return answer ? answer.headers.get("X-WABolt-Member") : "";
}

/* The kept page, marked with its time; ui/offline.js makes it read-only. Pages whose time is over are removed. */
async function seen(address) {
  if (!await caches.has(SEEN)) { return null; }
  const cache = await caches.open(SEEN);
  for (const one of await cache.keys()) {
    const until = Number((await cache.match(one)).headers.get("X-WABolt-Until"));
    if (until < Date.now()) { await cache.delete(one); }
  }
  const answer = await cache.match(address);
  if (!answer) { return null; }
  const mark = '<body data-seen-at="' + Number(answer.headers.get("X-WABolt-At")) + '" ';
  return new Response((await answer.text()).replace("<body ", mark), { headers: answer.headers });
}
