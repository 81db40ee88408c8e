"use strict";
// Keeps the form page and its files, so that the form opens without network. Everything else goes its usual way.

const FILES = {{ files | tojson }};
const FORM = "/";
const CACHE = "tanggap-" + FILES.join("|");
const PATIENCE_MILLISECONDS = 8000;

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches.open(CACHE).then((cache) => cache.addAll([...FILES, FORM])).then(() => self.skipWaiting())
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches.keys()
      .then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name))))
      .then(() => self.clients.claim())
  );
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname === FORM && event.request.mode === "navigate") event.respondWith(form(event.request));
  else if (FILES.includes(url.pathname + url.search)) event.respondWith(file(event.request));
});

async function form(request) {
  const cache = await caches.open(CACHE);
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), PATIENCE_MILLISECONDS);
  try {
    const answer = await fetch(request.url, { credentials: "same-origin", signal: abort.signal });
    if (answer.ok) await cache.put(FORM, answer.clone());
    return answer;
  } catch (error) {
    return (await cache.match(FORM)) || Response.error();
  } finally {
    clearTimeout(timer);
  }
}

async function file(request) {
  return (await caches.match(request)) || fetch(request);
}
