/* Turns push notifications on and off for this browser. Permission is asked only when the member taps the button. */
(function () {
  "use strict";
  const box = document.querySelector("[data-push]");
  if (!box) { return; }
  const known = JSON.parse(box.dataset.known);

  function show(state) {
    box.querySelectorAll("[data-push-state]").forEach((part) => { part.hidden = part.dataset.pushState !== state; });
  }

  function bytes(text) {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
  }

  async function digest(text) {
    const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  function sameKey(subscription) {
    const used = new Uint8Array(subscription.options.applicationServerKey || []);
    const wanted = bytes(box.dataset.key);
    return used.length === wanted.length && used.every((byte, place) => byte === wanted[place]);
  }

  async function post(url, data) {
    const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
    const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
    const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(data) });
    if (!answer.ok) { throw new Error(String(answer.status)); }
  }

  async function look() {
    if (!window.isSecureContext) { show("insecure"); return; }
    if (!("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) {
      /* iOS offers push only to an installed app. */
      const apple = /iPad|iPhone|iPod/.test(navigator.userAgent) || (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1);
      show(apple ? "install" : "unsupported");
      return;
    }
    if (Notification.permission === "denied") { show("denied"); return; }
    const worker = await navigator.serviceWorker.getRegistration();
    const subscription = worker && await worker.pushManager.getSubscription();
    const mine = subscription && sameKey(subscription) && known.includes(await digest(subscription.endpoint));
    show(mine ? "on" : "off");
  }

  async function turnOn() {
    if (await Notification.requestPermission() !== "granted") { await look(); return; }
    const worker = await navigator.serviceWorker.ready;
    const old = await worker.pushManager.getSubscription();
    if (old && !sameKey(old)) { await old.unsubscribe(); }
    const options = { userVisibleOnly: true, applicationServerKey: bytes(box.dataset.key) };
    const subscription = await worker.pushManager.subscribe(options);
    await post(box.dataset.add, subscription.toJSON());
    note(document.body.dataset.member.split("-")[0]);
    window.location.reload();
  }

  /* Notes the person whose notifications this browser gets; ui/offline.js ends them when another person signs in. */
  function note(user) {
    try {
      if (user) { localStorage.setItem("wb-push", user); } else { localStorage.removeItem("wb-push"); }
    } catch (error) { /* storage is disabled */ }
  }

  async function turnOff() {
    const worker = await navigator.serviceWorker.ready;
    const subscription = await worker.pushManager.getSubscription();
    if (subscription) {
      await post(box.dataset.forget, { endpoint: subscription.endpoint });
      await subscription.unsubscribe();
    }
    note("");
    window.location.reload();
  }

  function once(button, action) {
    button.addEventListener("click", () => {
      button.disabled = true;
      action().catch(() => { show("failed"); }).finally(() => { button.disabled = false; });
    });
  }
  box.querySelectorAll("[data-push-on]").forEach((button) => { once(button, turnOn); });
  box.querySelectorAll("[data-push-off]").forEach((button) => { once(button, turnOff); });
  look().catch(() => { show("unsupported"); });
})();
