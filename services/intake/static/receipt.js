"use strict";
// The complaint has arrived: what was kept of it in this browser goes. And ways to keep the link.

(() => {
  const sent = document.getElementById("sent");
  const tools = document.getElementById("keep-tools");
  if (!sent || !tools) return;
  try {
    const draft = JSON.parse(localStorage.getItem("tanggap.draft"));
    if (draft && draft.nonce === sent.dataset.nonce) {
      localStorage.removeItem("tanggap.draft");
      indexedDB.deleteDatabase("tanggap");
    }
  } catch (error) { /* nothing is kept then */ }

  const link = document.getElementById("link");
  const news = document.getElementById("keep-news");
  const share = document.getElementById("share");
  document.getElementById("copy").addEventListener("click", async () => {
    link.select();
    try {
      await navigator.clipboard.writeText(link.value);
    } catch (error) {
      document.execCommand("copy");
    }
    news.textContent = tools.dataset.copied;
  });
  document.getElementById("print").addEventListener("click", () => window.print());
  if (navigator.share) {
    share.hidden = false;
    share.addEventListener("click", () => {
      navigator.share({ title: tools.dataset.subject, url: link.value }).catch(() => undefined);
    });
  }
  tools.hidden = false;
})();
