/* The simulated phone: an empty box after sending, and the last bubble in sight from the start. */
(function () {
  "use strict";
  document.addEventListener("htmx:afterRequest", function (event) {
    var form = event.detail.elt;
    if (event.detail.successful && form.hasAttribute("data-reset")) {
      form.reset();
      form.querySelector("[name=text]").focus();
    }
  });
}());
