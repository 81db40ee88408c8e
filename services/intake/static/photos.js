"use strict";
// Photos are made smaller before they are sent, and may be taken one by one. Without this script the plain field works.

window.tanggap = window.tanggap || {};

(() => {
  const field = document.getElementById("photo-field");
  const input = document.getElementById("photos");
  if (!field || !input || typeof DataTransfer === "undefined") return;
  const list = document.getElementById("photo-list");
  const news = document.getElementById("photo-news");
  const LONGEST = 1600;
  const SMALL_BYTES = 400000;
  const HEAD_BYTES = 262144;
  const most = Number(field.dataset.most) - field.querySelectorAll("[name=drop_photo]").length;
  let chosen = [];
  tanggap.photosReady = Promise.resolve();

  async function smaller(file) {
    try {
      const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
      if (scale === 1 && file.size <= SMALL_BYTES) return file;
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
      picture.close();
      return blob && blob.size < file.size ? new File([blob], "foto.jpg", { type: "image/jpeg" }) : file;
    } catch (error) {
      return file; // what this browser can't open goes as it is
    }
  }

  // EXIF, as JPEGs carry it: the directory of the GPS holds degrees, minutes and seconds as fractions.
  function positionIn(view) {
    let at = 2;
    while (at + 10 < view.byteLength && view.getUint8(at) === 0xff) {
      const marker = view.getUint8(at + 1);
      if (marker === 0xe1 && view.getUint32(at + 4) === 0x45786966) return gps(view, at + 10);
      if (marker === 0xda) return null;
      at += 2 + view.getUint16(at + 2);
    }
    return null;
  }

  function gps(view, start) {
    const little = view.getUint16(start) === 0x4949;
    const short = (offset) => view.getUint16(start + offset, little);
    const long = (offset) => view.getUint32(start + offset, little);
    const entries = (offset) => {
      const found = {};
      for (let number = 0; number < short(offset); number += 1) {
        const entry = offset + 2 + 12 * number;
        found[short(entry)] = entry + 8;
      }
      return found;
    };
    const directory = entries(long(4))[0x8825];
    if (!directory) return null;
    const tags = entries(long(directory));
    if (!tags[1] || !tags[2] || !tags[3] || !tags[4]) return null;
    const degrees = (value, sign) => {
      const part = (number) => long(value + 8 * number) / long(value + 8 * number + 4);
      const sum = part(0) + part(1) / 60 + (part(2) || 0) / 3600;
      return "SW".includes(String.fromCharCode(view.getUint8(start + sign))) ? -sum : sum;
    };
    const latitude = degrees(long(tags[2]), tags[1]);
    const longitude = degrees(long(tags[4]), tags[3]);
    const fits = Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 && (latitude !== 0 || longitude !== 0);
    return fits ? { latitude, longitude } : null;
  }

  async function position(file) {
    try {
      const view = new DataView(await file.slice(0, HEAD_BYTES).arrayBuffer());
      return view.getUint16(0) === 0xffd8 ? positionIn(view) : null;
    } catch (error) {
      return null;
    }
  }

  function show() {
    const transfer = new DataTransfer();
    list.replaceChildren();
    chosen.forEach((file, number) => {
      transfer.items.add(file);
      const item = document.createElement("li");
      const picture = document.createElement("img");
      picture.alt = "";
      picture.src = URL.createObjectURL(file);
      picture.addEventListener("load", () => URL.revokeObjectURL(picture.src));
      const size = document.createElement("span");
      size.textContent = `${number + 1} · ${Math.max(1, Math.round(file.size / 1000))} kB`;
      const remove = document.createElement("button");
      remove.type = "button";
      remove.className = "plain";
      remove.textContent = `${field.dataset.remove} ${number + 1}`;
      remove.addEventListener("click", () => {
        chosen.splice(number, 1);
        show();
        input.focus();
      });
      item.append(picture, size, remove);
      list.append(item);
    });
    input.files = transfer.files;
    input.dispatchEvent(new CustomEvent("photos", { bubbles: true, detail: chosen }));
  }

  async function take(files) {
    news.textContent = field.dataset.shrinking;
    let words = "";
    for (const file of files) {
      if (chosen.length >= most) {
        words = field.dataset.full;
        break;
      }
      const found = await position(file);
      if (found && tanggap.setPosition) tanggap.setPosition(found.latitude, found.longitude);
      chosen.push(await smaller(file));
    }
    show();
    news.textContent = words;
  }

  tanggap.setPhotos = (files) => {
    chosen = files.slice(0, most);
    show();
  };

  input.addEventListener("change", () => {
    const files = [...input.files];
    if (files.length) tanggap.photosReady = tanggap.photosReady.then(() => take(files));
  });
})();
