"use strict";
// The pages of the rules work without this. With it: problems appear while somebody types, and a phrase is taken from a
// complaint by marking its words, with the mouse or with the keyboard.

(() => {
  const form = document.getElementById("editor-form");
  if (!form) return;
  const PAUSE_MILLISECONDS = 700;
  const text = document.getElementById("text");
  const gutter = document.getElementById("gutter");
  const list = document.getElementById("lint-list");
  const saved = text.value;
  let timer = 0;
  let asked = 0;
  let sending = false;

  function number(problems) {
    const levels = new Map();
    for (const one of problems) if (levels.get(one.line) !== "error") levels.set(one.line, one.level);
    const count = Math.min(text.value.split("\n").length, 3000);
    gutter.replaceChildren(...Array.from({ length: count }, (_unused, index) => {
      const line = document.createElement("span");
      line.id = `baris-${index + 1}`;
      line.textContent = String(index + 1);
      line.className = levels.get(index + 1) || "";
      return line;
    }));
    text.rows = Math.min(count + 2, 1500);
  }

  function goTo(line) {
    const lines = text.value.split("\n");
    const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    text.focus();
    text.setSelectionRange(start, start + (lines[line - 1] || "").length);
    const mark = document.getElementById(`baris-${line}`);
    if (mark) mark.scrollIntoView({ block: "center" });
  }

  function tell(sentence) {
    const told = document.createElement("p");
    told.className = "empty";
    told.textContent = sentence;
    list.replaceChildren(told);
  }

  function show(answer) {
    if (answer.away) return tell(form.dataset.away);
    if (answer.refused) return tell(answer.refused);
    number(answer.problems);
    if (!answer.problems.length) return tell(answer.elsewhere ? form.dataset.elsewhere : form.dataset.none);
    const items = document.createElement("ul");
    items.className = "problems";
    for (const one of answer.problems) {
      const item = document.createElement("li");
      const level = document.createElement("b");
      const where = document.createElement("button");
      const said = document.createElement("span");
      item.className = one.level;
      level.textContent = one.level === "error" ? form.dataset.wrong : form.dataset.look;
      where.type = "button";
      where.className = "line-link";
      where.textContent = `${one.file}:${one.line}`;
      where.addEventListener("click", () => goTo(one.line));
      said.textContent = `${one.what} ${one.instead}`;
      item.append(level, " ", where, " ", said);
      items.append(item);
    }
    list.replaceChildren(items);
    return undefined;
  }

  async function check() {
    const mine = ++asked;
    const body = { draft_id: form.dataset.draft, file: form.elements.name.value, text: text.value };
    const headers = { "Content-Type": "application/json", "X-CSRFToken": form.elements.csrf_token.value };
    try {
      const answer = await fetch(form.dataset.lint, { method: "POST", headers, body: JSON.stringify(body) });
      const told = await answer.json();
      if (mine === asked) show(told); // an older answer must not hide a newer one
    } catch (error) {
      if (mine === asked) tell(form.dataset.away);
    }
  }

  text.addEventListener("input", () => {
    clearTimeout(timer);
    if (text.value.split("\n").length !== gutter.childElementCount) number([]);
    timer = setTimeout(check, PAUSE_MILLISECONDS);
  });
  form.addEventListener("submit", () => { sending = true; });
  window.addEventListener("beforeunload", (event) => {
    if (!sending && text.value !== saved) event.preventDefault();
  });
})();

(() => {
  const box = document.getElementById("words");
  const field = document.getElementById("phrase");
  if (!box || !field) return;
  const words = [];
  let anchor = 0;
  let here = 0;

  function wrap(node) {
    if (node.nodeType !== Node.TEXT_NODE) return [...node.childNodes].forEach(wrap);
    const parts = node.textContent.split(/([\p{L}\p{N}][\p{L}\p{N}'-]*)/u);
    node.replaceWith(...parts.map((part, index) => {
      if (index % 2 === 0) return document.createTextNode(part);
      const word = document.createElement("span");
      word.textContent = part;
      word.setAttribute("role", "option");
      word.setAttribute("aria-selected", "false");
      word.tabIndex = -1;
      words.push(word);
      return word;
    }));
    return undefined;
  }

  function take(from, to) {
    const [first, last] = from < to ? [from, to] : [to, from];
    words.forEach((word, index) => word.setAttribute("aria-selected", String(index >= first && index <= last)));
    field.value = words.slice(first, last + 1).map((word) => word.textContent).join(" ").toLowerCase().slice(0, 100);
  }

  function moveTo(index, extend) {
    words[here].tabIndex = -1;
    here = Math.max(0, Math.min(words.length - 1, index));
    words[here].tabIndex = 0;
    words[here].focus();
    if (!extend) anchor = here;
    else take(anchor, here);
  }

  wrap(box);
  if (!words.length) return;
  box.setAttribute("role", "listbox");
  box.setAttribute("aria-multiselectable", "true");
  box.setAttribute("aria-label", box.dataset.label);
  words[0].tabIndex = 0;
  document.getElementById("words-hint").hidden = false;

  box.addEventListener("keydown", (event) => {
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -words.length, End: words.length };
    if (event.key in steps) moveTo(here + steps[event.key], event.shiftKey);
    else if (event.key === " " || event.key === "Enter") take(anchor, here);
    else return;
    event.preventDefault();
  });
  box.addEventListener("mouseup", (event) => {
    const marked = window.getSelection();
    const inside = words.map((word, index) => (marked.containsNode(word, true) ? index : -1)).filter((index) => index >= 0);
    if (!marked.isCollapsed && inside.length) {
      anchor = inside[0];
      here = inside[inside.length - 1];
      return take(anchor, here);
    }
    const clicked = words.indexOf(event.target);
    if (clicked < 0) return undefined;
    words[here].tabIndex = -1;
    here = clicked;
    words[here].tabIndex = 0;
    if (!event.shiftKey) anchor = here;
    return take(anchor, here);
  });
})();
