"use strict";
// Lists of cases: tells of new ones without moving what somebody reads, and counts what is chosen. The pages work
// without this, too.

(() => {
  for (const hint of document.querySelectorAll(".keys .no-script")) hint.hidden = true;

  const count = document.querySelector("[data-chosen]");
  const boxes = [...document.querySelectorAll('input[name="chosen"]')];
  function showChosen() {
    const number = boxes.filter((box) => box.checked).length;
    for (const box of boxes) box.closest("[data-row]")?.classList.toggle("is-chosen", box.checked);
    if (!count) return;
    count.hidden = number === 0;
    count.textContent = String(number);
  }
  for (const box of boxes) box.addEventListener("change", showChosen);
  showChosen();

  const news = document.getElementById("news");
  if (!news) return;
  const known = new Set(news.dataset.keys.split(" "));
  const title = document.title;
  let ended = false;

  function tell(keys) {
    const fresh = keys.filter((key) => !known.has(key)).length;
    document.title = fresh ? `(${fresh}) ${title}` : title;
    const words = fresh ? news.dataset.words.replace("#", String(fresh)) : "";
    const shown = news.querySelector("b");
    if (shown.textContent !== words) shown.textContent = words;
    news.hidden = fresh === 0;
  }

  function end() {
    ended = true;
    document.title = title;
    news.hidden = false;
    news.querySelector("a").textContent = news.dataset.ended;
  }

  const ASK_MILLISECONDS = 30000;
  let asking = 0;
  async function ask() {
    if (ended || document.hidden) return;
    try {
      const answer = await fetch(news.dataset.ask, { headers: { Accept: "application/json" } });
      if (answer.redirected) return end();
      if (answer.ok) tell((await answer.json()).keys);
    } catch {
      // The network is away: the next time tells.
    }
  }
  function askNowAndThen() {
    if (asking || ended) return;
    ask();
    asking = setInterval(ask, ASK_MILLISECONDS);
  }

  // One place for each tab: the page that it shows next takes over the one of this page.
  function tab() {
    try {
      const known = sessionStorage.getItem("tanggap-tab") ?? Math.random().toString(36).slice(2);
      sessionStorage.setItem("tanggap-tab", known);
      return known;
    } catch {
      return "";
    }
  }

  let stream = null;
  function listen() {
    stream = new EventSource(`${news.dataset.stream}&tab=${tab()}`);
    stream.addEventListener("news", (event) => tell(JSON.parse(event.data).keys));
    stream.addEventListener("ended", () => {
      stream.close();
      end();
    });
    stream.addEventListener("error", () => {
      // Closed for good: there is no room for another stream, or nobody is logged in.
      if (stream.readyState === EventSource.CLOSED) askNowAndThen();
    });
  }
  if ("EventSource" in window) listen();
  else askNowAndThen();
  document.addEventListener("visibilitychange", () => {
    if (asking) ask();
  });
  addEventListener("pagehide", () => stream?.close());
})();
