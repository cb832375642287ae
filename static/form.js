// Asks before a half-written form is left. A form that the server gave back unsaved says so itself.
"use strict";

(() => {
  let unsaved = false;

  document.addEventListener("input", (event) => {
    if (event.target.closest("#monitor-form")) unsaved = true;
  });
  document.addEventListener("submit", () => {
    unsaved = false;
    document.querySelector("[data-unsaved]")?.removeAttribute("data-unsaved");
  });
  addEventListener("beforeunload", (event) => {
    if (unsaved || document.querySelector("[data-unsaved]")) event.preventDefault();
  });
})();
