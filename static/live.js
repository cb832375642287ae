// A page that stays open must not look well when it only looks old: it says when the service does
// not answer, and where htmx could not be loaded it is loaded anew, as long as nobody is typing.
"use strict";

(() => {
  const RELOAD_MS = 5000;
  const banner = document.getElementById("no-answer");
  const isPoll = (event) => event.detail?.ctx?.sourceElement?.matches?.("[hx-trigger*='every ']");

  const missing = () => {
    if (!banner.hidden) return;
    const since = new Date().toLocaleTimeString();
    banner.textContent = `The service does not answer since ${since}. What is shown is as it was then.`;
    banner.hidden = false;
  };

  // Where it is no poll, what was refused is said where it was asked for.
  const answered = (event) => {
    if (!isPoll(event)) return;
    if (event.detail.ctx.response.status >= 500) missing();
    else banner.hidden = true;
  };

  const busy = () =>
    document.activeElement?.matches("input, textarea, select") ||
    document.querySelector(".pick:checked, details[open]") ||
    String(getSelection());

  const reload = () => {
    if (!busy() && !document.hidden) location.reload();
  };

  // Whoever types before htmx has come is heard once it has.
  const hear = (event) => {
    const field = event.target.matches?.("[role=search]") && event.target.querySelector("[type=search]");
    if (field && field.value !== field.defaultValue) {
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  };

  document.addEventListener("htmx:after:init", hear);
  document.addEventListener("htmx:after:request", answered);
  document.addEventListener("htmx:error", missing);
  window.addEventListener("load", () => {
    const polls = document.querySelector("[hx-trigger*='every ']");
    if (!window.htmx && polls) setInterval(reload, RELOAD_MS);
  });
})();
