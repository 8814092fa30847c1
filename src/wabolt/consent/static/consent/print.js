// Prints the page when a [data-print] button is pressed.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
