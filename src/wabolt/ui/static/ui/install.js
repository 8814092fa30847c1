/* Offers to install WABolt on the phone: a card after the first success, and a section on the page "More".

   Nothing is offered on a first visit, in the installed app, or after "never"; "not now" hides the card for a week. A browser offers its own dialog with
   `beforeinstallprompt`; iOS has none, so the card shows the two taps. Without https nothing can be installed, and the
   section says so. */
(function () {
  "use strict";
  var KEY = "wb-install";
  var LATER = "later:";
  var WEEK = 7 * 86400000;
  var offer = null;
  function read() { try { return localStorage.getItem(KEY); } catch (e) { return "no"; } }
  function write(value) { try { localStorage.setItem(KEY, value); } catch (e) { /* asked again */ } }
  /* Whether the card was earned, and neither refused nor put off. Its value is "ready", "no" or "later:<time in ms>". */
  function wanted() {
    var value = read();
    if (!value || value.indexOf(LATER) !== 0) { return value === "ready"; }
    return Date.now() - Number(value.slice(LATER.length)) > WEEK;
  }
  function installed() {
    return window.matchMedia("(display-mode: standalone)").matches || navigator.standalone === true;
  }
  function isApple() {
    return /iPhone|iPad|iPod/.test(navigator.userAgent) ||
      (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1);
  }
  /* installed, insecure (plain http), prompt (the browser has a dialog), apple, or menu (another browser) */
  function way() {
    if (installed()) { return "installed"; }
    if (!window.isSecureContext) { return "insecure"; }
    if (offer) { return "prompt"; }
    return isApple() ? "apple" : "menu";
  }
  function draw() {
    var now = way();
    document.querySelectorAll("[data-install-way]").forEach(function (part) {
      part.hidden = part.dataset.installWay !== now;
    });
    var card = document.getElementById("install");
    if (!card) { return; }
    var ready = (now === "prompt" || now === "apple") && wanted();
    card.hidden = !(ready && window.matchMedia("(max-width: 767px)").matches);
  }

  window.addEventListener("beforeinstallprompt", function (event) {
    event.preventDefault();
    offer = event;
    draw();
  });
  window.addEventListener("appinstalled", function () { write("no"); offer = null; draw(); });
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-install-now], [data-install-later], [data-install-never]");
    if (!button) { return; }
    if (button.hasAttribute("data-install-never")) {
      write("no");
      draw();
    } else if (button.hasAttribute("data-install-later")) {
      write(LATER + Date.now());
      draw();
    } else if (offer) {
      offer.prompt();
      offer.userChoice.then(function (choice) { if (choice.outcome !== "accepted") { write("no"); } draw(); });
      offer = null;
    }
  });
  /* The first success: a message of success from the server. */
  function onSuccess() {
    if (read() === null && document.querySelector(".wb-toast-success")) { write("ready"); }
    draw();
  }
  document.addEventListener("DOMContentLoaded", onSuccess);
  document.addEventListener("toast", function () { setTimeout(onSuccess); });
})();
