"use strict";
// The page of a case: opens the form that an address names, puts ready-made texts in, looks at photos before they are
// sent, takes what is marked of the text. All of it works without this, too.

for (const button of document.querySelectorAll("[data-print], [data-take]")) {
  button.hidden = false;
}
for (const hint of document.querySelectorAll(".no-script")) {
  hint.hidden = true;
}

function openNamed() {
  const id = decodeURIComponent(location.hash.slice(1));
  const named = id ? document.getElementById(id) : null;
  const box = named && named.closest("details");
  if (!box) return;
  box.open = true;
  (named === box ? box.querySelector("textarea, select, input:not([type=hidden])") : named)?.focus();
}
addEventListener("hashchange", openNamed);
openNamed();
document.getElementById("problems")?.focus();

document.querySelector("[data-print]")?.addEventListener("click", () => print());

for (const button of document.querySelectorAll("[data-insert]")) {
  const box = button.closest(".ready");
  const field = document.getElementById(box.dataset.field);
  const select = box.querySelector("select");
  button.addEventListener("click", (event) => {
    event.preventDefault();
    const text = select.selectedOptions[0]?.dataset.text;
    if (!text || !field) return;
    field.value = [field.value.trim(), text].filter(Boolean).join("\n\n");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
    const blank = field.value.search(/\[[^\[\]\n]+\]/);
    if (blank >= 0) field.setSelectionRange(blank, field.value.indexOf("]", blank) + 1);
  });
}

// Only the texts that fit the chosen reason of archiving.
const why = document.getElementById("archived-why");
const reasons = document.getElementById("archived-ready");
if (why && reasons) {
  const fit = () => {
    for (const option of reasons.querySelectorAll("[data-why]")) {
      option.hidden = option.disabled = why.value !== "" && !option.dataset.why.split(" ").includes(why.value);
    }
    if (reasons.selectedOptions[0]?.disabled) reasons.value = "";
  };
  why.addEventListener("change", fit);
  fit();
}

// A photo that would be refused is told at once: a video of 200 MB is not sent first.
const photos = document.getElementById("answered-photos");
if (photos) {
  const news = document.getElementById("photo-news");
  const fields = [photos, document.getElementById("answered-camera")];
  const problem = () => {
    const files = fields.flatMap((field) => [...field.files]);
    const large = files.find((file) => file.size > Number(photos.dataset.bytes));
    const other = files.find((file) => file.type && !file.type.startsWith("image/"));
    if (large) return photos.dataset.tooLarge.replace("{name}", large.name);
    if (other) return photos.dataset.notPhoto.replace("{name}", other.name);
    return files.length > Number(photos.dataset.most) ? photos.dataset.tooMany : "";
  };
  for (const field of fields) {
    field.addEventListener("change", () => {
      const words = problem();
      if (words) field.value = "";
      news.textContent = words;
      news.hidden = !words;
    });
  }
}

// Splitting: the marked stretch goes into the field.
const take = document.querySelector("[data-take]");
if (take) {
  let marked = "";
  document.addEventListener("selectionchange", () => {
    const now = document.getSelection();
    const whole = document.getElementById("report-text");
    if (now && !now.isCollapsed && whole.contains(now.anchorNode) && whole.contains(now.focusNode)) {
      marked = now.toString();
    }
  });
  take.addEventListener("click", () => {
    const field = document.getElementById("part");
    document.getElementById("take-news").textContent = marked.trim() ? "" : take.dataset.empty;
    if (marked.trim()) {
      field.value = marked.trim();
      field.focus();
    }
  });
}
