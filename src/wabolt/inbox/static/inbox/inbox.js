/* On a desk a conversation opens next to the list, and the reply box gets the focus. On a phone it is a page of its own,
   which can be read again without a connection; so is one that is opened in a new tab or window. */
(function () {
  "use strict";
  var desk = window.matchMedia("(min-width: 992px)");
  /* htmx does not see the click: the browser follows the link. */
  document.addEventListener("click", function (event) {
    var isLink = event.target.closest && event.target.closest("[data-beside]");
    if (isLink && (!desk.matches || event.ctrlKey || event.metaKey || event.shiftKey)) { event.stopPropagation(); }
  }, true);
  document.addEventListener("htmx:afterSettle", function (event) {
    var pane = event.detail.target;
    if (pane.id !== "pane") { return; }
    (pane.querySelector(".msg-compose textarea") || pane.querySelector(".inbox-conversation")).focus({ preventScroll: true });
  });
})();
