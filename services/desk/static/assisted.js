"use strict";
// Entering a complaint by keyboard, and printing its receipt. Everything works without this, too.

(() => {
  const print = document.getElementById("print");
  if (print) {
    print.hidden = false;
    print.addEventListener("click", () => window.print());
    print.focus();
  }

  const problems = document.getElementById("problems");
  if (problems) problems.focus();

  const form = document.getElementById("entry");
  if (!form) return;
  const save = document.getElementById("save");
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit(save);
    }
  });

  // A photo that is too large would cost the sending of all of it, only to be refused.
  const photos = document.getElementById("photos");
  const news = document.getElementById("photos-news");
  photos.addEventListener("change", () => {
    const most = Number(photos.dataset.mostBytes);
    const tooLarge = [...photos.files].some((file) => file.size > most);
    news.hidden = !tooLarge;
    news.textContent = tooLarge ? photos.dataset.tooLarge : "";
    if (tooLarge) photos.value = "";
  });
})();
