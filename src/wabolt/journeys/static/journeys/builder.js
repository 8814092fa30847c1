/* Dragging of cards in the builder. The menu of each card does the same without a script. After a move the page comes
   back with the card in its address: it gets the focus, so that a screen reader says where it is now. */
(function () {
  "use strict";
  var moved = /^#step-\w+$/.test(location.hash) && document.querySelector(location.hash + " .jn-words[href]");
  /* The browser goes to the address of the card when the page is loaded, and takes the focus away then. A late page does
     not take it from a control that the owner already uses. */
  function focusMoved() {
    if (document.activeElement === document.body) { moved.focus({ preventScroll: true }); }
  }
  if (moved) { window.addEventListener("load", function () { setTimeout(focusMoved, 50); }); }
  var form = document.getElementById("jn-move");
  if (!form || !window.Sortable) { return; }
  document.querySelectorAll(".jn-line").forEach(function (list) {
    window.Sortable.create(list, {
      group: "steps",
      handle: ".jn-grip",
      draggable: ".jn-item",
      animation: window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120,
      ghostClass: "jn-ghost",
      onMove: function (event) { return !event.dragged.contains(event.to); },
      onEnd: function (event) {
        if (event.from === event.to && event.oldDraggableIndex === event.newDraggableIndex) { return; }
        form.elements.step.value = event.item.dataset.step;
        form.elements.parent.value = event.to.dataset.parent;
        form.elements.to_arm.value = event.to.dataset.arm;
        form.elements.index.value = event.newDraggableIndex;
        form.requestSubmit();
      }
    });
  });
})();
