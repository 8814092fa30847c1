/* Dragging of cards in the builder. The menu of each card does the same without a script. */
(function () {
  "use strict";
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
