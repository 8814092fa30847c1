/* Proof of work of a public form: solves the challenge in a worker while the visitor fills in the form.
   Without scripts, workers or WebCrypto the form cannot be sent; the direct way to WhatsApp stays visible then. */
(function () {
  "use strict";
  var box = document.querySelector("[data-challenge]");
  if (!box || !window.Worker || !window.crypto || !window.crypto.subtle || !window.fetch) { return; }
  var form = box.closest("form");
  var answer = box.querySelector("input[name=altcha]");
  var status = box.querySelector("[role=status]");
  var direct = box.querySelector("[data-direct]");
  var state = "idle"; // idle, working, solved, failed
  var isWaiting = false;

  function fail() {
    state = "failed";
    status.textContent = "";
    direct.hidden = false;
  }

  function finish(challenge, solution) {
    if (!solution || solution.error) { fail(); return; }
    answer.value = btoa(JSON.stringify({ challenge: challenge, solution: solution }));
    state = "solved";
    status.textContent = "";
    if (isWaiting) { form.submit(); }
  }

  function solve() {
    if (state !== "idle") { return; }
    state = "working";
    fetch(box.dataset.challenge, { credentials: "omit" }).then(function (response) {
      if (!response.ok) { throw new Error(String(response.status)); }
      return response.json();
    }).then(function (challenge) {
      var worker = new Worker(box.dataset.worker);
      worker.onmessage = function (event) { worker.terminate(); finish(challenge, event.data); };
      worker.onerror = function () { worker.terminate(); fail(); };
      worker.postMessage({ type: "work", challenge: challenge, counterStart: 0, counterStep: 1 });
    }).catch(fail);
  }

  direct.hidden = true;
  form.addEventListener("focusin", solve);
  form.addEventListener("submit", function (event) {
    if (state === "solved" || state === "failed") { return; }
    event.preventDefault();
    isWaiting = true;
    status.textContent = box.dataset.busy;
    solve();
  });
  window.addEventListener("pageshow", function (event) {
    if (event.persisted && state === "solved") { state = "idle"; answer.value = ""; isWaiting = false; }
  });
})();
