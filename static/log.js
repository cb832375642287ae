// What the log viewer does better with JavaScript: copying, lines that stay unwrapped from page to
// page, and going to the match that a search found. All of it listens on the document, so that
// whatever htmx swaps in needs no word about it.
"use strict";

(() => {
  const UNWRAPPED = "log-unwrapped";
  const SAID_FOR = 2000;

  const lineButton = document.createElement("button");
  lineButton.type = "button";
  lineButton.className = "log-copy-line";

  const textOf = (lines) => [...lines].map((line) => line.textContent).join("\n");

  // The whole text may be longer than what is shown; without an address it is not.
  const wholeText = async (button) => {
    const address = button.dataset.copy;
    if (!address) return textOf(button.closest(".log-viewer").querySelectorAll(".log-line code"));
    const response = await fetch(address);
    if (!response.ok) throw new Error(response.statusText);
    return response.text();
  };

  // The clipboard is there on this machine and by https; elsewhere a selection still copies.
  const copyBySelection = (text) => {
    const area = document.createElement("textarea");
    area.className = "visually-hidden";
    area.value = text;
    document.body.append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    if (!copied) throw new Error("refused");
  };

  const copy = (text) =>
    navigator.clipboard ? navigator.clipboard.writeText(text) : copyBySelection(text);

  const say = (button, name) => {
    button.dataset.said = name;
    setTimeout(() => delete button.dataset.said, SAID_FOR);
  };

  const copyFrom = async (button, text) => {
    try {
      await copy(await text);
      say(button, "Copied");
    } catch {
      say(button, "Not copied");
    }
  };

  // One button for all lines, in the one that is looked at: after its number for the keyboard.
  const offerLine = (event) => {
    const line = event.target.closest?.(".log-line");
    if (!line || line.contains(lineButton)) return;
    const number = line.querySelector(".log-number").dataset.number;
    lineButton.setAttribute("aria-label", `Copy line ${number}`);
    line.querySelector(".log-number").after(lineButton);
  };

  const press = (event) => {
    const whole = event.target.closest?.("[data-copy]");
    if (whole) copyFrom(whole, wholeText(whole));
    if (event.target === lineButton) {
      const focused = document.activeElement;
      copyFrom(lineButton, textOf(lineButton.closest(".log-line").querySelectorAll("code")));
      focused.focus();
    }
  };

  const wrapBoxes = () => document.querySelectorAll(".log-wrap input");

  const remember = (event) => {
    if (!event.target.matches(".log-wrap input")) return;
    localStorage.setItem(UNWRAPPED, event.target.checked ? "" : "yes");
  };

  const unwrap = () => {
    if (localStorage.getItem(UNWRAPPED)) wrapBoxes().forEach((box) => (box.checked = false));
  };

  // The box first, so that the page moves no further than it has to and what was typed stays in sight.
  const goToMatch = (event) => {
    const view = document.getElementById("log-view");
    const line = view?.querySelector(".log-current");
    if (!line || event.detail.ctx.target?.id !== "log-view") return;
    const box = line.closest(".log-box");
    box.scrollTop += line.getBoundingClientRect().top - box.getBoundingClientRect().top - box.clientHeight / 3;
    line.querySelector("mark").scrollIntoView({ block: "nearest", inline: "nearest" });
  };

  document.addEventListener("mouseover", offerLine);
  document.addEventListener("focusin", offerLine);
  document.addEventListener("click", press);
  document.addEventListener("change", remember);
  document.addEventListener("htmx:after:swap", goToMatch);
  document.addEventListener("htmx:after:swap", unwrap);
  unwrap();
})();
