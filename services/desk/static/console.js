"use strict";
// The operator's page renews itself while somebody looks at it. It works without this, too.

(() => {
  const EVERY_MILLISECONDS = 5000;
  const place = document.getElementById("console");
  const said = document.getElementById("console-said");
  if (!place) return;

  function verdict() {
    return document.getElementById("verdict")?.textContent.trim() ?? "";
  }

  function isInUse() {
    return place.contains(document.activeElement) || Boolean(String(getSelection()));
  }

  function show(text) {
    const open = [...place.querySelectorAll("details")].map((one) => one.open);
    const fresh = new DOMParser().parseFromString(text, "text/html");
    const before = verdict();
    place.replaceChildren(...fresh.body.childNodes);
    if (said && verdict() !== before) said.textContent = verdict();
    [...place.querySelectorAll("details")].forEach((one, number) => (one.open = open[number] ?? false));
  }

  async function renew() {
    if (document.hidden || isInUse()) return;
    try {
      const answer = await fetch(place.dataset.now, { headers: { Accept: "application/json" } });
      if (answer.redirected) return clearInterval(renewing);
      if (answer.ok) show((await answer.json()).html);
    } catch {
      // The desk is away: the time that the page shows tells how old it is.
    }
  }

  const renewing = setInterval(renew, EVERY_MILLISECONDS);
  document.addEventListener("visibilitychange", renew);
})();
