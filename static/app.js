// What every page does better with JavaScript, and does without it too: relative times tick and
// tell the viewer's own zone, and "/" leads to the search field. All of it listens on the
// document, so that whatever htmx swaps in needs no word about it.
"use strict";

(() => {
  const SECOND = 1000;
  const MINUTE = 60;
  const HOUR = 3600;
  const DAY = 86400;
  // As webapp/pages/filters.py has them: up to which limit in seconds, in which unit.
  const UNITS = [[MINUTE, 1, "s"], [HOUR, MINUTE, "min"], [2 * DAY, HOUR, "h"], [Infinity, DAY, "d"]];
  const UTC = /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC/g;
  const TYPED_IN = "input, textarea, select, [contenteditable]";

  // The server's clock made the page; the viewer's may be wrong.
  const server = document.querySelector("meta[name=server-time]");
  const ahead = Date.parse(server.content) - Date.now();

  const relative = (moment, coming) => {
    const seconds = Math.round((moment - Date.now() - ahead) / SECOND);
    if (coming && seconds <= 0) return "due";
    const away = Math.abs(seconds);
    if (away < 2) return "now";
    const [, unit, name] = UNITS.find(([limit]) => away < limit);
    const span = `${Math.floor(away / unit)} ${name}`;
    return seconds > 0 ? `in ${span}` : `${span} ago`;
  };

  const local = (_, date, time) => {
    const moment = new Date(`${date}T${time}Z`);
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    const shifted = new Date(moment - moment.getTimezoneOffset() * MINUTE * SECOND);
    return `${shifted.toISOString().slice(0, 19).replace("T", " ")} ${timeZone}`;
  };

  // The text node stays, and with it what somebody has selected.
  const tick = (element) => {
    const text = relative(Date.parse(element.dateTime), element.matches(".coming"));
    if (element.firstChild.nodeValue !== text) element.firstChild.nodeValue = text;
  };

  // Told when somebody looks, and not before: a swap brings the server's own title back.
  const localise = (element) => {
    const title = element.title.replace(UTC, local);
    if (element.title !== title) element.title = title;
  };

  // A drawing has its title within.
  const localiseDrawn = (title) => {
    title.textContent = title.textContent.replace(UTC, local);
  };

  const look = (event) => {
    const titled = event.target.closest?.("[title]");
    if (titled) localise(titled);
    const drawn = event.target.closest?.("svg a")?.querySelector("title");
    if (drawn) localiseDrawn(drawn);
  };

  const refresh = () => {
    if (document.hidden) return;
    document.querySelectorAll("time.when").forEach(tick);
    document.querySelectorAll("[title]:hover").forEach(localise);
  };

  const press = (event) => {
    if (event.key === "Escape" && event.target.matches?.("input[type=search]")) {
      event.preventDefault(); // a browser would empty the field
      event.target.blur();
    }
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    const search = document.querySelector("input[type=search]");
    if (!search || event.target.closest?.(TYPED_IN)) return;
    event.preventDefault();
    search.focus();
    search.select();
  };

  const openMenus = () => document.querySelectorAll("details.menu[open]");

  const closeMenus = (event) => {
    openMenus().forEach((menu) => {
      if (event.key === "Escape") menu.querySelector("summary").focus();
      if (event.key === "Escape" || !menu.contains(event.target)) menu.open = false;
    });
  };

  document.addEventListener("click", closeMenus);
  document.addEventListener("keydown", (event) => event.key === "Escape" && closeMenus(event));
  document.addEventListener("mouseover", look);
  document.addEventListener("focusin", look);
  document.addEventListener("keydown", press);
  document.addEventListener("visibilitychange", refresh);
  setInterval(refresh, SECOND);
})();
