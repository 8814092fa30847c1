/* Keeps the input of forms on this device until it is saved, and shows when the session has ended.

   A draft belongs to one member and one form (the address that it is sent to). It is kept in localStorage as
   {initial, values, at}: the fields as the server rendered them, and as they are now. It is put back only into a form
   that still renders the same initial values; the saved change of another member is never overwritten. Passwords,
   files, hidden fields, searches and lists with ticks are not kept. Signing out removes all drafts of this device, and a
   page that was open in another tab leads to the sign-in page; with typed text it stays, and keeps and sends nothing more
   until the same member signs in again. After the end of a session the drafts are in sessionStorage, which belongs to the
   tab and ends with it; they return when the same member signs in there. */
(function () {
  "use strict";
  var PREFIX = "wb-draft:";
  var SENT = "wb-draft-sent";
  var OUT = "wb-signed-out";
  var LEAVING = "wb-signing-out";
  var DONE = "wb-signed-out-done";
  var IN = "wb-signed-in";
  var DAYS = 7;
  var opened = Date.now();
  var KEPT = 'textarea, select, input:not([type="hidden"]):not([type="password"]):not([type="file"]):not([type="submit"])';
  var body = document.body;

  /* Storage may be disabled or full: then nothing is kept, and the page still works. */
  function read(store, key) { try { return store.getItem(key); } catch (e) { return null; } }
  function write(store, key, value) { try { store.setItem(key, value); } catch (e) { /* nothing is kept */ } }
  function remove(store, key) { try { store.removeItem(key); } catch (e) { /* nothing was kept */ } }
  function keys() { try { return Object.keys(localStorage); } catch (e) { return []; } }

  function keyOf(form) {
    var action = form.getAttribute("hx-post") || form.getAttribute("action") || location.pathname;
    return PREFIX + body.dataset.member + ":" + new URL(action, location.href).pathname;
  }
  function keeps(form) {
    return Boolean(body.dataset.member) && form.method === "post" && !form.hasAttribute("data-bulk") &&
      !form.hasAttribute("data-no-draft") && !form.querySelector('[type="password"], [autocomplete="one-time-code"]');
  }
  function fields(form) {
    return Array.from(form.elements).filter(function (field) { return field.name && field.matches(KEPT); });
  }
  function isChoice(field) { return field.type === "checkbox" || field.type === "radio"; }

  /* [[name, value, checked]] of the kept fields, as they are (`now`) or as the server rendered them. */
  function valuesOf(form, now) {
    return fields(form).map(function (field) {
      if (isChoice(field)) { return [field.name, field.value, now ? field.checked : field.defaultChecked]; }
      if (field.tagName !== "SELECT") { return [field.name, now ? field.value : field.defaultValue, true]; }
      var chosen = Array.from(field.options).filter(function (option) {
        return now ? option.selected : option.defaultSelected;
      });
      return [field.name, chosen.map(function (option) { return option.value; }), true];
    });
  }

  /* Whether a member has signed out on this device, in any tab, after this page was opened. */
  function wasSignedOut() { return Number(read(localStorage, OUT)) >= opened; }
  /* Whether `wasSignedOut`, and the member of this page has not signed in again. */
  function signedOutSince() { return wasSignedOut() && read(localStorage, IN) !== body.dataset.member; }

  function keep(form) {
    if (!keeps(form) || signedOutSince()) { return; }
    var initial = valuesOf(form, false), values = valuesOf(form, true);
    if (JSON.stringify(initial) === JSON.stringify(values)) { remove(localStorage, keyOf(form)); return; }
    write(localStorage, keyOf(form), JSON.stringify({ initial: initial, values: values, at: Date.now() }));
  }

  function put(field, entry) {
    if (isChoice(field)) {
      field.checked = entry[2];
    } else if (field.tagName !== "SELECT") {
      field.value = entry[1];
    } else {
      Array.from(field.options).forEach(function (option) { option.selected = entry[1].indexOf(option.value) !== -1; });
      if (field.tomselect) { field.tomselect.sync(); }
    }
  }

  function restore(form) {
    if (form.dataset.draft || !keeps(form)) { return; }
    form.dataset.draft = "1";
    var draft = null;
    try { draft = JSON.parse(read(localStorage, keyOf(form))); } catch (e) { /* not ours */ }
    if (!draft) { return; }
    if (JSON.stringify(draft.initial) !== JSON.stringify(valuesOf(form, false))) {
      remove(localStorage, keyOf(form));
      return;
    }
    fields(form).forEach(function (field, i) { put(field, draft.values[i]); });
    fields(form).forEach(function (field) {
      if (field.hasAttribute("data-submit")) { return; }
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.dispatchEvent(new Event("change", { bubbles: true }));
    });
    window.wabolt.toast(body.dataset.draft, "info");
  }
  function restoreAll() { document.querySelectorAll("main form").forEach(restore); }

  function forgetAll() {
    keys().forEach(function (key) { if (key.indexOf(PREFIX) === 0) { remove(localStorage, key); } });
    each(sessionStorage, function (key) { remove(sessionStorage, key); });
    remove(sessionStorage, SENT);
    remove(localStorage, IN);
    write(localStorage, OUT, String(Date.now()));
    write(sessionStorage, LEAVING, "1");
    document.dispatchEvent(new CustomEvent("wb:signed-out", { detail: { byMember: true } }));
  }
  function each(store, act) {
    var names = [];
    try { names = Object.keys(store); } catch (e) { /* storage is disabled */ }
    names.forEach(function (key) { if (key.indexOf(PREFIX) === 0) { act(key); } });
  }
  /* The session has ended: nothing stays on the device, and this tab keeps its drafts for the member's return. */
  function leaveDevice() {
    each(localStorage, function (key) {
      write(sessionStorage, key, read(localStorage, key));
      remove(localStorage, key);
    });
    document.dispatchEvent(new CustomEvent("wb:signed-out"));
  }
  /* Signed in: the tab's drafts of this member return; drafts of another person are removed. */
  function comeBack() {
    write(localStorage, IN, body.dataset.member);
    var mine = PREFIX + body.dataset.member.split("-")[0] + "-";
    each(sessionStorage, function (key) {
      if (key.indexOf(mine) === 0 && read(localStorage, key) === null) {
        write(localStorage, key, read(sessionStorage, key));
      }
      remove(sessionStorage, key);
    });
    each(localStorage, function (key) { if (key.indexOf(mine) !== 0) { remove(localStorage, key); } });
  }
  function forgetOld() {
    keys().forEach(function (key) {
      if (key.indexOf(PREFIX) !== 0) { return; }
      var at = 0;
      try { at = JSON.parse(read(localStorage, key)).at; } catch (e) { /* not ours: goes */ }
      if (!(Date.now() - at < DAYS * 86400000)) { remove(localStorage, key); }
    });
  }

  /* Scripts change fields too. Only what the member typed is kept; an editor reports that with detail "editor". */
  function onTyped(event) {
    if ((event.isTrusted || event.detail === "editor") && event.target.form) { keep(event.target.form); }
  }
  document.addEventListener("input", onTyped);
  document.addEventListener("change", onTyped);

  /* A submitted form counts as saved when a signed-in page follows, not the sign-in page or an error page. */
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.hasAttribute("data-sign-out")) { forgetAll(); return; }
    if (keeps(form) && signedOutSince()) {
      event.preventDefault();
      event.stopImmediatePropagation();
      showSignedOut(true);
      document.querySelector("#signed-out a").focus();
      return;
    }
    if (wasSignedOut()) { renewToken(form); }
    if (keeps(form) && !form.hasAttribute("hx-post")) { write(sessionStorage, SENT, keyOf(form)); }
  }, true);
  /* Signing in changes the CSRF token. */
  function renewToken(form) {
    var token = form.querySelector('[name="csrfmiddlewaretoken"]');
    var cookie = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie);
    if (token && cookie) { token.value = cookie[1]; }
  }
  function settleSent() {
    var key = read(sessionStorage, SENT);
    remove(sessionStorage, SENT);
    if (key && body.dataset.member) { remove(localStorage, key); }
  }
  document.addEventListener("htmx:afterRequest", function (event) {
    /* `detail.elt` is the element that is still in the page; a form that was swapped away is only in the request. */
    var form = event.detail.requestConfig.elt;
    if (event.detail.successful && form.matches && form.matches("form[hx-post]")) { remove(localStorage, keyOf(form)); }
  });

  /* After the end of the session the page stays, and signing in leads back to it. After a sign-out in another tab
     nothing is kept: the strip says so, and signing in happens in a new tab. */
  function showSignedOut(ended) {
    var strip = document.getElementById("signed-out");
    if (!strip) { return; }
    var link = strip.querySelector("a");
    link.href = link.dataset.href + "?next=" + encodeURIComponent(location.pathname + location.search);
    var lost = signedOutSince();
    strip.querySelector("[data-kept]").hidden = lost;
    strip.querySelector("[data-lost]").hidden = !lost;
    link.target = lost ? "_blank" : "";
    strip.hidden = !ended;
  }
  document.addEventListener("htmx:beforeOnLoad", function (event) {
    var status = event.detail.xhr.status;
    if (status === 401) { leaveDevice(); showSignedOut(true); } else if (status < 400) { showSignedOut(false); }
  });

  /* After a sign-out in another tab, this page belongs to no member. When the server has ended the session, the page
     stays only if it has typed text. A page of one person does not stay when another person signs in. */
  window.addEventListener("storage", function (event) {
    if (!event.newValue || !body.dataset.member) { return; }
    if (event.key === OUT) { showSignedOut(true); }
    if (event.key === DONE && signedOutSince() && !isTyped()) { leavePage(); }
    if (event.key === IN && event.newValue === body.dataset.member) { showSignedOut(false); }
    if (event.key === IN && userOf(event.newValue) !== userOf(body.dataset.member)) { leavePage(); }
  });
  function userOf(member) { return member.split("-")[0]; }
  function isTyped() {
    return Array.from(document.querySelectorAll("main form")).some(function (form) {
      return keeps(form) && JSON.stringify(valuesOf(form, false)) !== JSON.stringify(valuesOf(form, true));
    });
  }
  /* Reloads: the server redirects to the sign-in page, or shows the page of the person who is signed in now. */
  function leavePage() { location.replace(location.pathname + location.search); }

  /* The browser's Back after a sign-out may show a page as it was left. */
  window.addEventListener("pageshow", function (event) {
    if (event.persisted && body.dataset.member && signedOutSince()) { leavePage(); }
  });

  document.addEventListener("htmx:afterSettle", restoreAll);
  document.addEventListener("DOMContentLoaded", function () {
    if (body.hasAttribute("data-signed-out")) { leaveDevice(); }
    if (!body.dataset.member && read(sessionStorage, LEAVING)) { write(localStorage, DONE, String(Date.now())); }
    remove(sessionStorage, LEAVING);
    if (body.dataset.member) { comeBack(); }
    forgetOld();
    settleSent();
    restoreAll();
  });
})();
