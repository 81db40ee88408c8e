"use strict";
// Keys for who works down a list. Everything they do there is a button or a link for, too; they are never taken from a
// field, and can be switched off.

(() => {
  const words = document.getElementById("shortcuts");
  if (!words) return;
  const rows = [...document.querySelectorAll("[data-row]")];
  const help = document.getElementById("keys");
  const notice = document.getElementById("waits");
  const WAIT_SECONDS = 5;
  const KEPT = "tanggap-shortcuts";

  const line = document.querySelector("[data-switch]");
  const active = line.querySelector("input");
  const kept = (() => {
    try {
      return localStorage.getItem(KEPT);
    } catch {
      return null;
    }
  })();
  active.checked = kept !== "off";
  line.hidden = false;
  active.addEventListener("change", () => {
    try {
      localStorage.setItem(KEPT, active.checked ? "on" : "off");
    } catch {
      // A browser that keeps nothing: the choice lasts as long as the page.
    }
  });

  function here() {
    return document.activeElement?.closest("[data-row]") ?? null;
  }
  function move(step) {
    if (!rows.length) return;
    const now = rows.indexOf(here());
    const next = now < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, now + step));
    rows[next].focus();
    rows[next].scrollIntoView({ block: "nearest" });
  }

  // A case is given away by one key, so there is time to take it back: nothing is sent before.
  let waiting = null;
  function filled(text, ...values) {
    return values.reduce((made, value, index) => made.replace(`#${index + 1}`, value), text);
  }
  function stop(told) {
    if (!waiting) return;
    clearInterval(waiting.timer);
    const ticket = waiting.form.dataset.ticket;
    waiting = null;
    notice.replaceChildren(told ? filled(words.dataset.cancelled, ticket) : "");
    notice.hidden = !told;
  }
  function send() {
    const form = waiting?.form;
    if (!form) return;
    stop(false);
    form.requestSubmit();
  }
  function button(text, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.addEventListener("click", act);
    return made;
  }
  function handOver(number) {
    const form = here()?.querySelector(`[data-candidate="${number}"]`);
    if (!form) return false;
    if (waiting?.form === form) {
      send();
      return true;
    }
    stop(false);
    let left = WAIT_SECONDS;
    const said = document.createElement("p");
    const count = document.createElement("b");
    count.setAttribute("aria-hidden", "true");
    said.textContent = filled(words.dataset.waits, form.dataset.ticket, form.dataset.agency, String(left));
    count.textContent = String(left);
    notice.replaceChildren(said, count, button(words.dataset.cancel, () => stop(true)), button(words.dataset.now, send));
    notice.hidden = false;
    const timer = setInterval(() => {
      left -= 1;
      count.textContent = String(left);
      if (left <= 0) send();
    }, 1000);
    waiting = { form, timer };
    return true;
  }
  addEventListener("pagehide", () => stop(false));

  const EDITED = "input:not([type=checkbox]), textarea, select, [contenteditable]";
  let afterG = 0;

  function go(key) {
    const address = { t: words.dataset.triage, i: words.dataset.inbox }[key];
    if (address) location.assign(address);
    return Boolean(address);
  }
  const acts = {
    j: () => move(1),
    k: () => move(-1),
    o: () => here()?.querySelector("[data-open]")?.click(),
    x: () => here()?.querySelector('input[name="chosen"]')?.click(),
    "/": () => {
      const field = document.getElementById("q");
      if (field) field.focus();
      else go("i");
    },
    "?": () => {
      help.open = !help.open;
      if (help.open) help.querySelector("summary").focus();
    },
    s: () => handOver(1),
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && waiting) {
      event.preventDefault();
      stop(true);
      return;
    }
    if (!active.checked || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest(EDITED)) return;
    const wasG = Date.now() - afterG < 1500;
    afterG = 0;
    if (wasG && go(event.key)) {
      event.preventDefault();
      return;
    }
    if (event.key === "g") {
      afterG = Date.now();
      return;
    }
    if (event.key === "Enter") {
      if (!event.target.matches("[data-row]")) return;
      event.preventDefault();
      acts.o();
      return;
    }
    if (/^[1-9]$/.test(event.key)) {
      if (handOver(event.key)) event.preventDefault();
      return;
    }
    const act = acts[event.key];
    if (!act || event.repeat && event.key !== "j" && event.key !== "k") return;
    event.preventDefault();
    act();
  });
})();
