/* Behaviour of every page. It is bound to data attributes through listeners on the document,
   so that fragments swapped in by htmx need no setting up. */
(function () {
  "use strict";
  var root = document.documentElement;
  var reduced = window.matchMedia("(prefers-reduced-motion: reduce)");

  /* Theme */
  function themeChoice() { return root.getAttribute("data-theme-choice") || "system"; }
  function applyTheme(choice) {
    var dark = choice === "dark" || (choice !== "light" && window.matchMedia("(prefers-color-scheme: dark)").matches);
    root.setAttribute("data-bs-theme", dark ? "dark" : "light");
    root.setAttribute("data-theme-choice", choice);
    document.querySelectorAll("[data-theme-set]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.dataset.themeSet === choice));
    });
    document.dispatchEvent(new CustomEvent("wb:theme"));
  }
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", function () { applyTheme(themeChoice()); });

  /* Toasts */
  function toast(text, tone) {
    var box = document.getElementById("toasts");
    if (!box || !text) { return; }
    var item = document.createElement("div");
    item.className = "wb-toast wb-toast-" + (tone || "info");
    item.setAttribute("data-toast", "");
    var icons = document.getElementById("toast-icons");
    var icon = icons && icons.content.querySelector('[data-tone="' + (tone || "info") + '"] svg');
    if (icon) { item.append(icon.cloneNode(true)); }
    var words = document.createElement("p");
    words.textContent = text;
    var close = document.createElement("button");
    close.type = "button";
    close.className = "wb-toast-close";
    close.setAttribute("data-toast-close", "");
    close.setAttribute("aria-label", document.body.dataset.close || "Close");
    close.textContent = "×";
    item.append(words, close);
    box.append(item);
    retire(item);
  }
  /* Success messages disappear; warnings and errors stay until they are closed. */
  function retire(item) {
    if (item.classList.contains("wb-toast-error") || item.classList.contains("wb-toast-warning")) { return; }
    var left = 6000;
    var timer = setInterval(function () {
      if (document.hidden || item.matches(":hover, :focus-within")) { return; }
      left -= 500;
      if (left <= 0) { clearInterval(timer); item.remove(); }
    }, 500);
  }

  /* Bulk selection: <form data-bulk> */
  function countBulk(form) {
    var boxes = form.querySelectorAll('input[type="checkbox"][name]:not([data-bulk-all])');
    var picked = 0;
    boxes.forEach(function (box) { if (box.closest(".wb-pick") && box.checked) { picked += 1; } });
    var all = form.querySelector("[data-bulk-all]");
    if (all) { all.checked = picked > 0 && picked === boxes.length; all.indeterminate = picked > 0 && picked < boxes.length; }
    form.querySelectorAll("[data-bulk-bar]").forEach(function (bar) {
      bar.classList.toggle("is-open", picked > 0);
      var words = bar.querySelector("[data-bulk-count]");
      if (words && picked) {
        words.textContent = (picked === 1 ? bar.dataset.one : bar.dataset.many).replace("{n}", picked.toLocaleString(root.lang));
      }
    });
  }

  function copy(button) {
    navigator.clipboard.writeText(button.dataset.copy).then(function () {
      var words = button.querySelector("span");
      if (!words || button.dataset.busy) { return; }
      var before = words.textContent;
      button.dataset.busy = "1";
      words.textContent = button.dataset.copied;
      setTimeout(function () { words.textContent = before; delete button.dataset.busy; }, 1600);
    }, function () { toast(document.body.dataset.failed, "error"); });
  }

  document.addEventListener("click", function (event) {
    var at = event.target.closest("[data-dialog],[data-dialog-close],[data-toast-close],[data-copy],[data-theme-set]");
    document.querySelectorAll("details.wb-menu[open]").forEach(function (menu) {
      if (!menu.contains(event.target) || event.target.closest("a.wb-menu-item")) { menu.removeAttribute("open"); }
    });
    if (event.target instanceof HTMLDialogElement && event.target.open) {
      var box = event.target.getBoundingClientRect();
      var outside = event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
      if (outside) { event.target.close(); }
    }
    if (!at) { return; }
    if (at.dataset.dialog) {
      var dialog = document.getElementById(at.dataset.dialog);
      if (dialog && dialog.showModal) { event.preventDefault(); dialog.showModal(); }
    } else if (at.hasAttribute("data-dialog-close")) {
      at.closest("dialog").close();
    } else if (at.hasAttribute("data-toast-close")) {
      at.closest("[data-toast]").remove();
    } else if (at.dataset.themeSet) {
      try { localStorage.setItem("wb-theme", at.dataset.themeSet); } catch (e) { /* private mode: lasts for this page */ }
      applyTheme(at.dataset.themeSet);
    } else if (at.hasAttribute("data-copy")) {
      copy(at);
    }
  });

  document.addEventListener("change", function (event) {
    var form = event.target.closest("form[data-bulk]");
    if (form) {
      if (event.target.hasAttribute("data-bulk-all")) {
        form.querySelectorAll('.wb-pick input[type="checkbox"]').forEach(function (box) { box.checked = event.target.checked; });
      }
      countBulk(form);
    }
    if (event.target.type === "file") { nameFile(event.target); }
    if (event.target.hasAttribute("data-submit")) { event.target.form.requestSubmit(); }
  });

  /* Shows the name of the chosen file. */
  function nameFile(box) {
    var words = box.parentElement.querySelector("[data-file-name]");
    if (!words) { return; }
    words.classList.toggle("is-chosen", box.files.length > 0);
    words.textContent = Array.from(box.files, function (file) { return file.name; }).join(", ") || words.dataset.none;
  }
  document.addEventListener("reset", function (event) {
    setTimeout(function () { event.target.querySelectorAll('[type="file"]').forEach(nameFile); });
  });

  /* A submitted form cannot be submitted again before the answer. */
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("hx-post")) { return; }
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
  });
  window.addEventListener("pageshow", function (event) {
    /* The browser's Back may show a page as it was left: what polls is asked for again at once. */
    if (event.persisted) { window.dispatchEvent(new Event("wb-back")); }
    document.querySelectorAll("form[data-sent]").forEach(function (form) { delete form.dataset.sent; });
    document.querySelectorAll("form[data-bulk]").forEach(countBulk);
  });

  document.addEventListener("input", function (event) {
    var id = event.target.dataset && event.target.dataset.counter;
    var out = id && document.getElementById(id);
    if (out) { out.textContent = count(event.target); }
  });
  function count(field) {
    var length = Array.from(field.value).length;
    return field.maxLength > 0 ? length + " / " + field.maxLength : String(length);
  }

  document.addEventListener("keydown", function (event) {
    var typing = event.target.closest && event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      var search = document.querySelector("[data-search]");
      if (search && search.offsetParent) { event.preventDefault(); search.focus(); search.select(); return; }
      var glass = document.querySelector(".wb-search-glass");
      if (glass) { event.preventDefault(); glass.click(); }
    }
    /* A search inside a form shows what it finds while the owner types. The Enter key would save the form. */
    if (event.key === "Enter" && event.target.matches && event.target.matches("[data-find]")) { event.preventDefault(); }
    if (event.key === "Escape") {
      document.querySelectorAll("details.wb-menu[open]").forEach(function (menu) {
        menu.removeAttribute("open");
        if (menu.contains(document.activeElement)) { menu.querySelector("summary").focus(); }
      });
    }
  });

  /* htmx */
  document.addEventListener("toast", function (event) {
    var detail = event.detail || {};
    toast(detail.text || detail.value, detail.tone);
  });
  document.addEventListener("htmx:sendError", function (event) {
    if (!isPoll(event)) { toast(document.body.dataset.offline, "error"); }
  });
  document.addEventListener("htmx:responseError", function (event) {
    var status = event.detail.xhr.status;
    if (isPoll(event) || status === 401) { return; } /* ui/drafts.js says that the session has ended */
    toast(status === 503 ? document.body.dataset.busy : document.body.dataset.failed, "error");
  });
  function isPoll(event) {
    var trigger = event.detail && event.detail.elt && event.detail.elt.getAttribute("hx-trigger");
    return Boolean(trigger && trigger.indexOf("every") !== -1);
  }
  /* A fragment that has not changed is answered with 304. The validator is kept in memory with the element that shows
     the fragment, because pages and fragments with a shop's data are not stored by the browser. */
  var validators = new WeakMap();
  document.addEventListener("htmx:configRequest", function (event) {
    var kept = validators.get(event.detail.target);
    if (kept && event.detail.verb === "get" && kept.path === event.detail.path) {
      event.detail.headers["If-None-Match"] = kept.etag;
    }
  });
  document.addEventListener("htmx:beforeSwap", function (event) {
    var detail = event.detail, etag = detail.xhr.getResponseHeader("ETag");
    if (detail.xhr.status === 304) { return; }
    if (etag && detail.requestConfig.verb === "get") {
      validators.set(detail.target, { path: detail.requestConfig.path, etag: etag });
    } else {
      validators.delete(detail.target);
    }
  });
  /* A press is a click only if its button is still there at its end. What the server answers meanwhile is shown after the
     click: the answer to the change of the field that the press leaves, or to a poll. A menu of the system may never
     report the end of its press. */
  var LONGEST_PRESS = 2000, presses = 0, isPressed = false, held = [];
  function end(press) {
    if (press !== presses) { return; }
    isPressed = false;
    held.splice(0).forEach(function (show) { show(); });
  }
  document.addEventListener("pointerdown", function (event) {
    if (event.target.closest("select")) { return; }
    isPressed = true;
    setTimeout(end, LONGEST_PRESS, presses += 1);
  }, true);
  ["pointerup", "pointercancel"].forEach(function (name) {
    window.addEventListener(name, function () { setTimeout(end, 0, presses); }, true); /* the click follows first */
  });
  document.addEventListener("htmx:beforeSend", function (event) {
    var xhr = event.detail.xhr, show = xhr.onload;
    xhr.onload = function () {
      if (isPressed) { held.push(function () { show.call(xhr); }); } else { show.call(xhr); }
    };
  });
  /* A fragment inside [data-keeps-typing] was drawn from the values that were sent. What was typed since then is put
     into its fields again, and the fields tell that they changed. */
  var sent = new WeakMap();
  function texts(target) {
    var kept = target.closest && target.closest("[data-keeps-typing]");
    return Array.from(kept ? target.querySelectorAll("input:not([type]), input[type='text'], input[type='number'], textarea") : []).filter(function (field) { return field.id; });
  }
  document.addEventListener("htmx:beforeRequest", function (event) {
    var detail = event.detail;
    sent.set(detail.xhr, texts(detail.target).map(function (field) { return [field, field.value]; }));
  });
  document.addEventListener("htmx:beforeSwap", function (event) {
    var detail = event.detail;
    var typed = (sent.get(detail.xhr) || []).filter(function (pair) { return pair[0].isConnected && pair[0].value !== pair[1]; });
    sent.set(detail.xhr, typed.map(function (pair) { return [pair[0].id, pair[0].value]; }));
  });
  document.addEventListener("htmx:afterSettle", function (event) {
    (sent.get(event.detail.xhr) || []).forEach(function (pair) {
      var field = document.getElementById(pair[0]);
      if (!field || field.value === pair[1]) { return; }
      field.value = pair[1];
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
    sent.delete(event.detail.xhr);
  });
  /* A poll may ask for a reload of the page (HX-Refresh). A reload cancels the navigation of an owner who has tapped a
     link or sent a form and waits for the next page, so it is left out meanwhile. The next poll asks for it again if the
     owner stays: after a download, for example. Safari on iOS has no `beforeunload`. */
  var STAYS_AFTER = 30000, leftAt = -STAYS_AFTER;
  function leaves() { leftAt = performance.now(); }
  window.addEventListener("beforeunload", leaves);
  window.addEventListener("submit", function (event) { if (!event.defaultPrevented) { leaves(); } });
  window.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest("a[href]:not([href^='#']):not([target])");
    if (link && !event.defaultPrevented) { leaves(); }
  });
  window.addEventListener("pageshow", function () { leftAt = -STAYS_AFTER; });
  document.addEventListener("htmx:beforeOnLoad", function (event) {
    var isReload = event.detail.xhr.getResponseHeader("HX-Refresh");
    if (isReload && isPoll(event) && performance.now() - leftAt < STAYS_AFTER) { event.preventDefault(); }
  });
  /* A hidden tab does not poll, nor does a part of the page that is not displayed. */
  document.addEventListener("htmx:beforeRequest", function (event) {
    if (!isPoll(event)) { return; }
    if (document.hidden || !event.detail.elt.getClientRects().length) { event.preventDefault(); }
  });
  document.addEventListener("htmx:afterSettle", function () {
    document.querySelectorAll("form[data-bulk]").forEach(countBulk);
    ready(document);
  });

  function ready(scope) {
    scope.querySelectorAll("[data-counter]").forEach(function (field) {
      var out = document.getElementById(field.dataset.counter);
      if (out) { out.textContent = count(field); }
    });
    scope.querySelectorAll('.wb-file [type="file"]').forEach(nameFile);
    scope.querySelectorAll("[data-form-errors]:not([data-shown])").forEach(showErrors);
    scope.querySelectorAll("[data-scroll-end]").forEach(function (box) { box.scrollTop = box.scrollHeight; });
  }

  /* The message of a field, or the field itself: what has to be visible when the field gets the focus. */
  function messageOf(field) {
    var box = field.closest(".wb-field");
    return (box && box.querySelector(".wb-error")) || field;
  }
  /* Error summary: the first invalid field gets the focus. The summary stays visible if both fit. */
  function showErrors(summary) {
    summary.setAttribute("data-shown", "");
    var link = summary.querySelector("a[href^='#']");
    var field = (link && control(link.hash.slice(1))) || summary;
    field.focus({ preventScroll: true });
    summary.scrollIntoView({ block: "start" });
    var room = (window.visualViewport || window).height || window.innerHeight;
    var message = messageOf(field);
    if (message.getBoundingClientRect().bottom > room - 80) { message.scrollIntoView({ block: "center" }); }
  }
  /* Returns the control with this id, or the first one of a group, and opens the <details> around it. */
  function control(id) {
    var found = document.getElementById(id);
    if (!found) { return null; }
    for (var fold = found.closest("details:not([open])"); fold; fold = found.closest("details:not([open])")) { fold.open = true; }
    if (found.tomselect) { return found.tomselect.control_input; }
    return found.matches("input, select, textarea, [contenteditable]") ? found : found.querySelector("input, select, textarea") || found;
  }
  document.addEventListener("click", function (event) {
    var link = event.target.closest(".wb-form-errors a[href^='#']");
    var field = link && control(link.hash.slice(1));
    if (!field) { return; }
    event.preventDefault();
    field.focus({ preventScroll: true });
    messageOf(field).scrollIntoView({ block: "center" });
  });

  /* The on-screen keyboard shrinks the page: the focused field stays visible. */
  document.addEventListener("input", function (event) {
    if (event.target.matches(".wb-compose-text")) { event.target.scrollIntoView({ block: "nearest" }); }
  });
  window.addEventListener("resize", function () {
    var at = document.activeElement;
    if (at && at.matches("textarea, input, [contenteditable]")) { at.scrollIntoView({ block: "nearest" }); }
  });

  document.addEventListener("DOMContentLoaded", function () {
    applyTheme(themeChoice());
    document.querySelectorAll("[data-toast]").forEach(retire);
    document.querySelectorAll("form[data-bulk]").forEach(countBulk);
    ready(document);
    if ("serviceWorker" in navigator && document.body.classList.contains("wb-app")) {
      navigator.serviceWorker.register("/sw.js").catch(function () { /* not on https: the page works without it */ });
    }
  });
  window.wabolt = { toast: toast, reducedMotion: function () { return reduced.matches; } };
})();
