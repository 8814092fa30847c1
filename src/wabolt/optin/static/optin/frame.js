/* Inside a frame: sends the height of the form to the page around it. The message contains only this number. */
(function () {
  "use strict";
  if (window.parent === window) { return; }
  var box = document.getElementById("isi");
  function tell() { window.parent.postMessage({ wabolt: Math.ceil(box.getBoundingClientRect().height) }, "*"); }
  new ResizeObserver(tell).observe(box);
  window.addEventListener("load", tell);
})();
