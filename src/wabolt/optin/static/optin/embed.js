/* WABolt: shows a form of the shop on another website. <script src=".../embed/v1.js" data-form="..." async></script>
   data-as: "inline" (default), "button" or "popup"; data-label: the words of the button; data-delay: seconds until the
   pop-up opens. It needs no cookie and no storage, and writes no inline style: a page may allow nothing but this file
   (script-src) and this website (frame-src). */
(function () {
  "use strict";
  var script = document.currentScript;
  if (!script || script.dataset.ready) { return; }
  script.dataset.ready = "1";
  var origin = new URL(script.src).origin;
  var slug = script.dataset.form || "";
  if (!/^[\w-]{4,12}$/.test(slug)) { return; }
  var page = origin + "/m/" + slug + "/";
  var as = script.dataset.as || "inline";
  var label = script.dataset.label || "WhatsApp";

  function style(node, rules) {
    Object.keys(rules).forEach(function (name) { node.style.setProperty(name, rules[name]); });
    return node;
  }

  function frame() {
    var box = document.createElement("iframe");
    box.src = page + "?embed=1";
    box.title = label;
    box.loading = as === "inline" ? "lazy" : "eager";
    box.referrerPolicy = "no-referrer";
    style(box, { display: "block", width: "100%", height: "420px", border: "0", "color-scheme": "normal" });
    window.addEventListener("message", function (event) {
      if (event.source !== box.contentWindow || event.origin !== origin || !event.data) { return; }
      var height = Number(event.data.wabolt);
      if (height > 0 && height < 20000) { box.style.setProperty("height", Math.ceil(height) + "px"); }
    });
    return box;
  }

  function put(node) {
    script.parentNode.insertBefore(node, script.nextSibling);
    return node;
  }

  var dialog;
  function open() {
    if (!dialog) {
      dialog = style(document.createElement("dialog"), {
        width: "min(480px, calc(100vw - 24px))", "max-height": "calc(100dvh - 24px)", padding: "0", border: "0",
        "border-radius": "20px", overflow: "auto", background: "Canvas"
      });
      var close = style(document.createElement("button"), {
        position: "sticky", top: "8px", float: "right", width: "44px", height: "44px", margin: "8px 8px -52px 0",
        border: "0", "border-radius": "22px", background: "rgba(0,0,0,.55)", color: "#fff", font: "24px/1 sans-serif",
        cursor: "pointer", "z-index": "1"
      });
      close.type = "button";
      close.textContent = "×";
      close.setAttribute("aria-label", document.documentElement.lang.indexOf("en") === 0 ? "Close" : "Tutup");
      close.addEventListener("click", function () { dialog.close(); });
      dialog.addEventListener("click", function (event) { if (event.target === dialog) { dialog.close(); } });
      dialog.append(close, frame());
      document.body.append(dialog);
    }
    if (!dialog.open) { dialog.showModal(); }
  }

  function start() {
    if (as === "inline") {
      style(put(frame()), { "max-width": "480px", margin: "0 auto" });
    } else if (as === "popup") {
      var seconds = Math.min(Math.max(Number(script.dataset.delay) || 0, 0), 600);
      setTimeout(open, seconds * 1000);
    } else {
      var button = style(put(document.createElement("a")), {
        display: "inline-block", padding: "14px 22px", "border-radius": "14px", background: script.dataset.fill || "#4f3cc9",
        color: script.dataset.ink || "#fff", font: "700 17px/1.2 system-ui, sans-serif", "text-decoration": "none"
      });
      button.href = page;
      button.textContent = label;
      button.addEventListener("click", function (event) {
        if (event.metaKey || event.ctrlKey || event.shiftKey) { return; }
        event.preventDefault();
        open();
      });
    }
  }
  if (document.body) { start(); } else { document.addEventListener("DOMContentLoaded", start); }
})();
