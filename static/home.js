// All Monitors of the page at once. Without it they are selected one by one.
"use strict";

const picks = () => [...document.querySelectorAll(".pick")];
const all = document.getElementById("pick-all");

const told = document.getElementById("picked");
const said = document.getElementById("bulk-said");

function show() {
  const picked = picks().filter((pick) => pick.checked).length;
  told.textContent = `${picked} selected`;
  all.checked = picked > 0 && picked === picks().length;
  all.indeterminate = picked > 0 && !all.checked;
}

all.closest("label").hidden = told.hidden = false;
document.addEventListener("change", (event) => {
  if (event.target === all) picks().forEach((pick) => (pick.checked = all.checked));
  if (event.target !== all && !event.target.matches(".pick")) return;
  said.textContent = ""; // of those that were selected then
  show();
});
document.addEventListener("htmx:after:swap", show);
