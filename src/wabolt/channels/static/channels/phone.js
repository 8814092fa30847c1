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
  // As on a phone: a chosen picture goes out, with what stands in the box as its caption.
  document.addEventListener("change", function (event) {
    if (event.target.matches("#compose [type=file]") && event.target.files.length) {
      event.target.form.requestSubmit();
    }
  });
}());
