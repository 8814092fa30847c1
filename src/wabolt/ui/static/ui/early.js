/* Runs before the first paint: no flash of the wrong theme. */
(function () {
  "use strict";
  var root = document.documentElement;
  var choice = "system";
  try { choice = localStorage.getItem("wb-theme") || "system"; } catch (e) { /* private mode: follow the system */ }
  var dark = choice === "dark" ||
    (choice !== "light" && window.matchMedia("(prefers-color-scheme: dark)").matches);
  root.setAttribute("data-bs-theme", dark ? "dark" : "light");
  root.setAttribute("data-theme-choice", choice);
  root.classList.add("js");
})();
