"use strict";
// Keeps what is being typed as a draft: some seconds after the last key, and when the field is left. Each saving says
// which draft it goes on from, so that another window's is not overwritten; a form that is sent saves nothing more.

const AFTER_MS = 3000;
const AWAY_MS = 15000;

function keep(field) {
  const form = field.closest("form");
  const news = field.parentElement.querySelector(".draft-news");
  const url = form.querySelector("[formaction$='/draft']")?.getAttribute("formaction");
  let saved = field.value;
  let revision = field.dataset.revision;
  let timer = 0;
  let busy = false;
  let over = false;

  async function save() {
    clearTimeout(timer);
    if (over || busy || field.value === saved) return;
    busy = true;
    const text = field.value;
    const body = new URLSearchParams({ act: form.elements.act.value, draft_revision: revision });
    body.set(field.dataset.draft, text);
    body.set("csrf_token", form.elements.csrf_token.value);
    try {
      const answer = await fetch(url, { method: "POST", body, headers: { Accept: "application/json" }, redirect: "error" });
      if (answer.status === 409) {
        over = true;
        news.textContent = news.dataset.elsewhere;
      } else if (answer.ok) {
        const told = await answer.json();
        revision = String(told.revision);
        saved = text;
        const time = new Date(told.saved_at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
        news.textContent = text.trim() ? news.dataset.saved.replace("{time}", time) : "";
      } else {
        throw new Error(String(answer.status));
      }
    } catch {
      if (!over) {
        news.textContent = news.dataset.away;
        timer = setTimeout(save, AWAY_MS);
      }
    } finally {
      busy = false;
    }
    if (!over && field.value !== saved && !timer) timer = setTimeout(save, AFTER_MS);
  }

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(save, AFTER_MS);
  });
  field.addEventListener("blur", save);
  form.addEventListener("submit", () => {
    over = true;
    clearTimeout(timer);
  });
}

for (const field of document.querySelectorAll("[data-draft]")) keep(field);
