/* <select data-choose>: a select with search. Without scripts the plain select works. */
(function () {
  "use strict";
  function find() {
    document.querySelectorAll("select[data-choose]:not(.tomselected)").forEach(function (select) {
      new window.TomSelect(select, {
        create: select.dataset.choose === "tags",
        maxOptions: 200,
        hidePlaceholder: true,
        plugins: select.multiple ? { remove_button: { title: select.dataset.remove || "×" } } : {},
        render: { no_results: function () { return null; } },
      });
    });
  }
  if (document.readyState === "loading") { document.addEventListener("DOMContentLoaded", find); } else { find(); }
  document.addEventListener("htmx:afterSettle", find);
})();
