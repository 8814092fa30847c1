/* The simulated phone: clears the text box after sending, and scrolls to the last bubble when the page loads. */
(function () {
  "use strict";
  document.addEventListener("htmx:afterRequest", function (event) {
    var form = event.detail.elt;
    if (event.detail.successful && form.hasAttribute("data-reset")) {
      var box = form.querySelector("[name=text]");
      box.defaultValue = ""; /* a text that the address of the page brought along */
      form.reset();
      box.focus();
    }
  });
  // Sends a picture as soon as it is chosen, as a phone does, with the text in the box as its caption.
  document.addEventListener("change", function (event) {
    if (event.target.matches("#compose [type=file]") && event.target.files.length) {
      event.target.form.requestSubmit();
    }
  });
}());
