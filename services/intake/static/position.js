"use strict";
// The position from the phone, when the citizen asks for it. Other scripts set one by `tanggap.setPosition`.

window.tanggap = window.tanggap || {};

(() => {
  const box = document.getElementById("position");
  const form = document.getElementById("lapor");
  if (!box || !form) return;
  const locate = document.getElementById("locate");
  const remove = document.getElementById("unlocate");
  const news = document.getElementById("position-news");
  const fields = form.elements;

  function show(words) {
    news.textContent = words;
    remove.hidden = !fields.latitude.value;
  }

  function set(latitude, longitude, words) {
    fields.latitude.value = latitude.toFixed(5);
    fields.longitude.value = longitude.toFixed(5);
    fields.position.value = "";
    show(words);
    form.dispatchEvent(new Event("input"));
  }

  tanggap.setPosition = (latitude, longitude) => {
    if (!fields.latitude.value && fields.position.value !== "none") set(latitude, longitude, box.dataset.photo);
  };
  tanggap.showPosition = () => show(fields.latitude.value ? box.dataset.typed : "");

  locate.addEventListener("click", () => {
    news.textContent = box.dataset.asking;
    navigator.geolocation.getCurrentPosition(
      (found) => {
        const { latitude, longitude, accuracy } = found.coords;
        set(latitude, longitude, box.dataset.here.replace("{metres}", Math.round(accuracy)));
      },
      () => show(box.dataset.refused),
      { enableHighAccuracy: true, timeout: 20000, maximumAge: 60000 }
    );
  });

  remove.addEventListener("click", () => {
    fields.latitude.value = fields.longitude.value = "";
    fields.position.value = "none"; // not from the photos either
    show("");
    locate.focus();
    form.dispatchEvent(new Event("input"));
  });

  box.hidden = false;
  locate.hidden = !("geolocation" in navigator);
  tanggap.showPosition();
})();
