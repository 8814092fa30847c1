/* The composer: variables of a text appear as coloured words ("Nama depan") instead of raw Liquid.

   The field (a textarea, or an input of one line) holds the stored text and is sent with the form; without scripts it
   is visible. The editor is drawn from the field, and every change is written back. */
(function () {
  "use strict";
  var VARIABLE = /\{\{-?\s*([\w.]+)\s*((?:\|[^{}]*)?)-?\}\}/g;
  var newest = null; /* The editor that had the caret last, for chips that belong to no field. */
  var EDGE = "\u200b"; /* a place for the caret next to a variable at the edge of a line; never part of the text */

  function labels() {
    var known = {};
    document.querySelectorAll("[data-variable]").forEach(function (chip) { known[chip.dataset.variable] = chip.textContent.trim(); });
    return known;
  }

  function token(liquid, label, rest) {
    var word = document.createElement("span");
    word.className = "bc-token";
    word.contentEditable = "false";
    word.dataset.liquid = liquid;
    word.textContent = label;
    var fallback = /default:\s*["']([^"']*)["']/.exec(rest);
    if (fallback) { word.title = fallback[1]; }
    return word;
  }

  /* The nodes of a text: words, and one element for each variable that is known. */
  function nodes(text, known) {
    var found = document.createDocumentFragment();
    var last = 0;
    text.replace(VARIABLE, function (liquid, name, rest, at) {
      if (!(name in known)) { return liquid; }
      var before = text.slice(last, at);
      found.append(before + (before === "" || before.endsWith("\n") ? EDGE : ""), token(liquid, known[name], rest));
      last = at + liquid.length;
      return liquid;
    });
    var end = text.slice(last);
    found.append((last && (end === "" || end.startsWith("\n")) ? EDGE : "") + end);
    if (text.endsWith("\n")) { found.append(document.createElement("br")); }
    return found;
  }

  /* The stored form of the editor's content. */
  function written(node) {
    var text = "";
    node.childNodes.forEach(function (child) {
      if (child.nodeType === Node.TEXT_NODE) { text += child.nodeValue.replaceAll(EDGE, ""); return; }
      if (child.dataset && child.dataset.liquid) { text += child.dataset.liquid; return; }
      if (child.nodeName === "BR") { if (child.nextSibling) { text += "\n"; } return; }
      text += (/^(DIV|P)$/.test(child.nodeName) && text !== "" ? "\n" : "") + written(child);
    });
    return text;
  }

  /* Deletes the variable right before the caret, ignoring edges in between. Returns false if there is none. */
  function removeBefore(range) {
    if (!range || !range.collapsed) { return false; }
    var node = range.startContainer;
    var offset = range.startOffset;
    if (node.nodeType !== Node.TEXT_NODE) {
      node = node.childNodes[offset - 1];
      offset = node && node.nodeType === Node.TEXT_NODE ? node.length : 0;
    }
    while (node && node.nodeType === Node.TEXT_NODE && node.nodeValue.slice(0, offset).replaceAll(EDGE, "") === "") {
      node = node.previousSibling;
      offset = node && node.nodeType === Node.TEXT_NODE ? node.length : 0;
    }
    if (!node || node.nodeType === Node.TEXT_NODE || !node.dataset.liquid) { return false; }
    node.remove();
    return true;
  }

  function compose(field) {
    var known = labels();
    var label = document.querySelector('label[for="' + field.id + '"]');
    var editor = document.createElement("div");
    var caret = null;
    var isLine = field.tagName === "INPUT";
    editor.className = field.className + " bc-editor" + (isLine ? " bc-editor-line" : "");
    editor.contentEditable = "plaintext-only";
    if (editor.contentEditable !== "plaintext-only") { editor.contentEditable = "true"; }
    editor.setAttribute("role", "textbox");
    editor.setAttribute("aria-multiline", String(!isLine));
    if (!newest) { newest = editor; }
    editor.addEventListener("focus", function () { newest = editor; });
    if (label) { label.id = label.id || field.id + "_label"; editor.setAttribute("aria-labelledby", label.id); }
    ["aria-describedby", "aria-invalid"].forEach(function (name) {
      if (field.hasAttribute(name)) { editor.setAttribute(name, field.getAttribute(name)); }
    });
    editor.dataset.placeholder = field.placeholder;
    if (!isLine) { editor.style.minHeight = field.rows * 1.5 + 1.25 + "rem"; } /* as high as the field that it replaces */

    function draw() {
      editor.replaceChildren(nodes(field.value, known));
      caret = null;
    }
    function store() {
      field.value = written(editor);
      field.dispatchEvent(new CustomEvent("input", { bubbles: true, detail: "editor" }));
    }
    /* The selection inside the editor. "Select all" may begin and end outside of it. */
    function selected() {
      var selection = getSelection();
      if (!selection.rangeCount || document.activeElement !== editor) { return null; }
      var range = selection.getRangeAt(0);
      if (editor.contains(range.commonAncestorContainer)) { return range; }
      var whole = document.createRange();
      whole.selectNodeContents(editor);
      return range.intersectsNode(editor) ? whole : null;
    }
    function insert(fragment) {
      var selection = getSelection();
      var range = caret;
      if (!range || !editor.contains(range.startContainer)) {
        range = document.createRange();
        range.selectNodeContents(editor);
        range.collapse(false);
      }
      range.deleteContents();
      var last = fragment.lastChild;
      range.insertNode(fragment);
      range.setStartAfter(last);
      range.collapse(true);
      editor.focus();
      selection.removeAllRanges();
      selection.addRange(range);
      caret = range.cloneRange();
      store();
    }

    draw();
    field.before(editor);
    field.classList.add("bc-stored");
    field.tabIndex = -1;
    field.setAttribute("aria-hidden", "true");
    field.addEventListener("focus", function () { editor.focus({ preventScroll: true }); });
    if (label) { label.addEventListener("click", function () { editor.focus(); }); }
    field.addEventListener("input", function (event) { if (event.detail !== "editor") { draw(); } });
    editor.addEventListener("input", function (event) { event.stopPropagation(); store(); });
    editor.addEventListener("blur", function () {
      if (editor.textContent.includes("{{")) { draw(); } /* Liquid that was typed by hand becomes a word too */
    });
    editor.addEventListener("keydown", function (event) {
      if (event.key === "Backspace" && removeBefore(selected())) { event.preventDefault(); store(); }
      if (event.key === "Enter" && isLine) { event.preventDefault(); return; }
      if (event.key === "Enter" && editor.contentEditable === "true") { event.preventDefault(); document.execCommand("insertLineBreak"); }
    });
    editor.addEventListener("paste", function (event) {
      event.preventDefault();
      var text = event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n");
      if (isLine) { text = text.replace(/\n/g, " "); }
      if (text) { insert(nodes(text, known)); }
    });
    ["copy", "cut"].forEach(function (kind) {
      editor.addEventListener(kind, function (event) {
        var range = selected();
        if (!range) { return; }
        var held = document.createElement("div");
        held.append(range.cloneContents());
        event.clipboardData.setData("text/plain", written(held));
        event.preventDefault();
        if (kind === "cut") { range.deleteContents(); store(); }
      });
    });
    document.addEventListener("selectionchange", function () {
      if (selected()) { caret = selected().cloneRange(); }
    });
    document.addEventListener("click", function (event) {
      var chip = event.target.closest("[data-insert]");
      if (!chip || (chip.dataset.into ? chip.dataset.into !== field.id : newest !== editor)) { return; }
      var fragment = nodes(chip.dataset.insert, known);
      var before = caret && caret.startContainer.nodeType === Node.TEXT_NODE
        ? caret.startContainer.nodeValue.slice(0, caret.startOffset)
        : written(editor);
      if (/[^\s\u200b]$/.test(before)) { fragment.prepend(" "); }
      insert(fragment);
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-tokens]").forEach(compose);
  });
})();
