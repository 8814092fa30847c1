/* Inside a frame: tells the page around it how high the form is. The message holds nothing but this number. */
(function () {
  "use strict";
  if (window.parent === window) { return; }
  var box = document.getElementById("isi");
  function tell() { window.parent.postMessage({ wabolt: Math.ceil(box.getBoundingClientRect().height) }, "*"); }
  new ResizeObserver(tell).observe(box);
  window.addEventListener("load", tell);
})();
