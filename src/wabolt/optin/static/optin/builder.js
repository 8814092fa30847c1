/* The builder of a way in: the order of the questions, the chosen picture in the preview, and a folded preview. */
(function () {
  "use strict";
  var form = document.getElementById("builder");
  var preview = document.getElementById("preview");
  if (!form) { return; }

  /* Arrows instead of numbers. */
  var list = form.querySelector("[data-questions]");
  function renumber() {
    Array.from(list.children).forEach(function (row, index) {
      row.querySelector(".wi-question-position input").value = index + 1;
    });
  }
  if (list) {
    list.querySelectorAll(".wi-question-position").forEach(function (position) { position.hidden = true; });
    list.querySelectorAll(".wi-question-arrows").forEach(function (arrows) { arrows.hidden = false; });
    list.addEventListener("click", function (event) {
      var button = event.target.closest("[data-move]");
      if (!button) { return; }
      var row = button.closest("li");
      if (button.dataset.move === "up" && row.previousElementSibling) { list.insertBefore(row, row.previousElementSibling); }
      if (button.dataset.move === "down" && row.nextElementSibling) { list.insertBefore(row.nextElementSibling, row); }
      renumber();
      button.focus();
      document.body.dispatchEvent(new Event("wi-moved"));
    });
    list.addEventListener("change", function (event) {
      if (event.target.name && event.target.name.indexOf("ask_") === 0) {
        event.target.closest("li").classList.toggle("is-asked", event.target.value !== "");
      }
    });
  }

  /* A picture that is chosen and not sent yet. */
  var chosen = {};
  form.addEventListener("change", function (event) {
    if (event.target.type !== "file") { return; }
    var name = event.target.name;
    delete chosen[name];
    if (!event.target.files.length) { return; }
    var reader = new FileReader();
    reader.onload = function () { chosen[name] = reader.result; paint(); };
    reader.readAsDataURL(event.target.files[0]);
  });
  function paint() {
    if (!preview) { return; }
    Object.keys(chosen).forEach(function (name) {
      var image = preview.querySelector('[data-preview-of="' + name + '"]');
      if (!image) {
        image = document.createElement("img");
        image.alt = "";
        image.dataset.previewOf = name;
        image.className = name === "logo" ? "wi-logo" : "wi-picture";
        var parent = preview.querySelector(name === "logo" ? ".wi-shop" : ".wi-card");
        if (!parent) { return; }
        parent.prepend(image);
      }
      image.src = chosen[name];
    });
  }

  /* On a phone the preview is folded at first. */
  if (preview && window.matchMedia("(max-width: 999.98px)").matches) { preview.closest("details").open = false; }
  document.addEventListener("htmx:afterSwap", function (event) {
    if (event.target === preview) { paint(); }
  });
})();
