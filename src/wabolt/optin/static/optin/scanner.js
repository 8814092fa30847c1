/* Reads tickets with the camera at the door of an event, and sends the text of each to the server.
   Without a camera, its permission, or a secure address the box says so; search and the phone's own camera still work. */
(function () {
  "use strict";
  var PAUSE = 120; // milliseconds between two pictures
  var AGAIN = 5000; // a ticket that stays in sight is sent once in this time
  var box = document.querySelector("[data-scanner]");
  if (!box) { return; }
  var start = box.querySelector("[data-scan-start]");
  var stop = box.querySelector("[data-scan-stop]");
  var video = box.querySelector("video");
  var status = box.querySelector("[data-scan-status]");
  var form = box.querySelector("form");
  var worker = null;
  var stream = null;
  var last = { text: "", at: 0 };

  function say(name) { status.textContent = name ? box.dataset[name] : ""; }

  function end(name) {
    if (worker) { worker.terminate(); worker = null; }
    if (stream) { stream.getTracks().forEach(function (track) { track.stop(); }); stream = null; }
    video.srcObject = null;
    video.hidden = stop.hidden = true;
    start.hidden = false;
    say(name);
  }

  function look() {
    if (!worker) { return; }
    if (document.hidden || video.readyState < 2) { window.setTimeout(look, PAUSE); return; }
    window.createImageBitmap(video).then(function (picture) {
      if (worker) { worker.postMessage({ picture: picture }, [picture]); } else { picture.close(); }
    }).catch(function () { window.setTimeout(look, PAUSE); });
  }

  function found(text) {
    var now = Date.now();
    if (text === last.text && now - last.at < AGAIN) { last.at = now; return; }
    last = { text: text, at: now };
    form.elements.text.value = text;
    form.requestSubmit();
    if (navigator.vibrate) { navigator.vibrate(80); }
  }

  function listen(event) {
    if (event.data.failed) { end("broken"); return; }
    if (event.data.ready) { say("aim"); }
    if (event.data.text) { found(event.data.text); }
    window.setTimeout(look, PAUSE);
  }

  function open() {
    start.hidden = true;
    say("wait");
    navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: "environment" } }).then(function (opened) {
      stream = opened;
      opened.getVideoTracks()[0].addEventListener("ended", function () { end("broken"); });
      video.srcObject = opened;
      video.hidden = stop.hidden = false;
      worker = new Worker(box.dataset.worker);
      worker.onmessage = listen;
      worker.onerror = function () { end("broken"); };
      worker.postMessage({ script: box.dataset.script, wasm: box.dataset.wasm });
      return video.play();
    }).catch(function (error) {
      end(error.name === "NotAllowedError" ? "denied" : "none");
    });
  }

  if (!window.isSecureContext || !navigator.mediaDevices || !window.Worker || !window.createImageBitmap) {
    say("none");
    return;
  }
  start.hidden = false;
  start.addEventListener("click", open);
  stop.addEventListener("click", function () { end(""); });
  window.addEventListener("pagehide", function () { end(""); });
})();
