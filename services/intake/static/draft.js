"use strict";
// What was typed stays in this browser until it is sent, and is sent once, however often the network breaks: the nonce
// goes with it. A confidential complaint is never kept here, since phones are shared.

(() => {
  const form = document.getElementById("lapor");
  if (!form || !document.getElementById("draft")) return;
  const KEY = "tanggap.draft";
  const NAMES = [
    "text", "kelurahan", "detail", "latitude", "longitude", "position", "kind", "identity", "phone", "email", "name",
  ];
  const KEPT_MILLISECONDS = 3 * 24 * 3600 * 1000;
  const LEAST_OPEN_MILLISECONDS = 2100;
  const PATIENCE_MILLISECONDS = 15000;
  const opened = performance.now();
  const news = document.getElementById("kabar");
  const retry = document.getElementById("retry");
  const notice = document.getElementById("draft");
  const FIRST_PAUSE_MILLISECONDS = 5000;
  const LONGEST_PAUSE_MILLISECONDS = 60000;
  let busy = false;
  let waiting = false;
  let nextTry = 0;
  let tryPause = FIRST_PAUSE_MILLISECONDS;

  const secret = () => form.elements.identity.value === "confidential";
  const typed = () => Object.fromEntries(NAMES.map((name) => [name, form.elements[name].value]));
  const isEmpty = (fields) => !["text", "detail", "phone", "email", "name"].some((name) => fields[name].trim());

  // The browser may forbid keeping anything (private windows, a full disk): then the form works without.
  function read() {
    try {
      const draft = JSON.parse(localStorage.getItem(KEY));
      return draft && Date.now() - draft.at < KEPT_MILLISECONDS ? draft : null;
    } catch (error) {
      return null;
    }
  }

  function keep(changes) {
    try {
      const fields = typed();
      if (secret() || isEmpty(fields)) return forget();
      const unsure = (read() || {}).unsure || false;
      const draft = { fields, nonce: form.elements.nonce.value, at: Date.now(), unsure, ...changes };
      localStorage.setItem(KEY, JSON.stringify(draft));
    } catch (error) { /* see above */ }
  }

  function forget() {
    try { localStorage.removeItem(KEY); } catch (error) { /* see above */ }
    photoStore("readwrite", (store) => store.clear()).catch(() => undefined);
  }

  function photoStore(mode, work) {
    return new Promise((done, fail) => {
      const asked = indexedDB.open("tanggap", 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore("photos");
      asked.onerror = () => fail(asked.error);
      asked.onsuccess = () => {
        const transaction = asked.result.transaction("photos", mode);
        const request = work(transaction.objectStore("photos"));
        transaction.oncomplete = () => { asked.result.close(); done(request.result); };
        transaction.onerror = () => { asked.result.close(); fail(transaction.error); };
      };
    });
  }

  function newNonce() {
    const bytes = crypto.getRandomValues(new Uint8Array(18));
    return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_");
  }

  async function restore() {
    form.elements.nonce.value = newNonce(); // a page that was kept for offline use has been given before
    const draft = read();
    if (!draft) return;
    for (const name of NAMES) if (draft.fields[name] !== undefined) form.elements[name].value = draft.fields[name];
    form.elements.nonce.value = draft.nonce;
    notice.hidden = false;
    document.getElementById("unsure").hidden = !draft.unsure;
    if (window.tanggap.showPosition) tanggap.showPosition();
    try {
      const kept = await photoStore("readonly", (store) => store.get(draft.nonce));
      if (kept && kept.length && tanggap.setPhotos) tanggap.setPhotos(kept);
    } catch (error) { /* without photos then */ }
  }

  async function freshToken() {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), PATIENCE_MILLISECONDS);
    try {
      const answer = await fetch("/form-key", { cache: "no-store", credentials: "same-origin", signal: abort.signal });
      if (!answer.ok) throw new Error(String(answer.status));
      return (await answer.json()).csrf_token;
    } finally {
      clearTimeout(timer);
    }
  }

  const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

  async function send() {
    if (busy) return;
    busy = true;
    clearTimeout(nextTry);
    news.textContent = news.dataset.sending;
    retry.hidden = true;
    keep({});
    try {
      await window.tanggap.photosReady;
      form.elements.csrf_token.value = await freshToken();
      await pause(Math.max(0, LEAST_OPEN_MILLISECONDS - (performance.now() - opened)));
    } catch (error) {
      busy = false;
      waiting = true;
      news.textContent = secret() ? news.dataset.secret : news.dataset.offline;
      retry.hidden = false;
      nextTry = setTimeout(send, tryPause); // a network that is there but leads nowhere never becomes "online"
      tryPause = Math.min(2 * tryPause, LONGEST_PAUSE_MILLISECONDS);
      return;
    }
    waiting = false;
    keep({ unsure: true });
    HTMLFormElement.prototype.submit.call(form);
  }

  form.addEventListener("submit", (event) => {
    const button = event.submitter || document.activeElement;
    if (button && button.name === "language") {
      keep({});
      return;
    }
    event.preventDefault();
    send();
  });
  retry.addEventListener("click", send);
  window.addEventListener("online", () => { if (waiting) send(); });
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    busy = false;
    news.textContent = "";
  });
  form.addEventListener("input", () => keep({}));
  form.addEventListener("photos", (event) => {
    keep({});
    if (!secret()) photoStore("readwrite", (store) => store.put(event.detail, form.elements.nonce.value)).catch(() => undefined);
  });
  document.getElementById("forget").addEventListener("click", () => {
    forget();
    form.reset();
    for (const name of ["latitude", "longitude", "position"]) form.elements[name].value = "";
    form.elements.nonce.value = newNonce();
    if (tanggap.setPhotos) tanggap.setPhotos([]);
    if (tanggap.showPosition) tanggap.showPosition();
    forget();
    notice.hidden = true;
    document.getElementById("text").focus();
  });

  if (form.hasAttribute("data-fresh")) restore();
  else keep({ unsure: false });
  const problem = document.getElementById("masalah");
  if (problem) problem.focus();
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/sw.js").catch(() => undefined);
})();
