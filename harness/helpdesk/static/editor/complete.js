/* Completion of fields, filters and tags at the cursor, by keyboard or mouse. */
"use strict";

import { insert, isInside } from "./text.js";

const MOST = 40;

/* Say what may be completed at the cursor, or null: which kind, and what is already written of it. */
function asked(before) {
  const inside = isInside(before);
  if (!inside) return null;
  const text = inside.text.replace(/"[^"]*"|'[^']*'/g, "");
  if (/["']/.test(text)) return null;
  const written = /[\w-]*$/.exec(text)[0];
  const rest = text.slice(0, text.length - written.length);
  if (/\|\s*$/.test(rest)) return { kind: "filters", written };
  if (inside.isTag && !rest.trim().replace(/^-/, "")) return { kind: "tags", written };
  if (/^\d/.test(written) || /\.$/.test(rest)) return null;
  return { kind: "fields", written };
}

/* Where the cursor is in the painted text, which lies exactly below the textarea's. */
function place(area, paint) {
  const before = area.value.slice(0, area.selectionStart).split("\n");
  const line = paint.children[before.length - 1];
  let left = before.at(-1).length;
  const range = document.createRange();
  const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
  let node = walker.nextNode();
  while (node && left > node.length) {
    left -= node.length;
    node = walker.nextNode();
  }
  if (node) range.setStart(node, Math.min(left, node.length));
  else range.selectNodeContents(line);
  range.collapse(true);
  return range.getClientRects()[0] ?? line.getBoundingClientRect();
}

/* Show the list below the cursor; above it where the window ends too soon. It may reach beyond the editor's box. */
function put(list, cursor) {
  const outer = list.parentElement.getBoundingClientRect();
  const isBelow = cursor.bottom + list.offsetHeight + 2 <= innerHeight || cursor.top < list.offsetHeight + 2;
  const top = isBelow ? cursor.bottom + 2 : cursor.top - list.offsetHeight - 2;
  const room = outer.width - list.offsetWidth - 8;
  list.style.left = `${Math.max(0, Math.min(cursor.left - outer.left, room))}px`;
  list.style.top = `${top - outer.top}px`;
}

export function completion({ area, paint, list, words, fields, changed }) {
  let choices = [];
  let chosen = 0;
  let query = null;

  function close() {
    if (list.hidden) return;
    list.hidden = true;
    choices = [];
    area.removeAttribute("aria-activedescendant");
    changed();
  }

  function candidates({ kind, written }) {
    const all = kind === "fields" ? fields().filter((field) => field.is_writable) : words[kind].map((name) => ({ name }));
    const wanted = written.toLowerCase();
    const rank = ({ name }) => (name.toLowerCase().startsWith(wanted) ? 0 : 1);
    return all
      .filter(({ name }) => name.toLowerCase().includes(wanted) && name !== written)
      .sort((a, b) => rank(a) - rank(b))
      .slice(0, MOST);
  }

  function choose(index) {
    chosen = (index + choices.length) % choices.length;
    [...list.children].forEach((item, number) => item.setAttribute("aria-selected", String(number === chosen)));
    list.children[chosen].scrollIntoView({ block: "nearest" });
    area.setAttribute("aria-activedescendant", list.children[chosen].id);
  }

  function accept() {
    const { name } = choices[chosen];
    const end = area.selectionStart;
    area.setSelectionRange(end - query.written.length, end);
    const inside = isInside(area.value.slice(0, end));
    const rest = area.value.slice(end);
    const closing = inside.isTag ? "%}" : "}}";
    const isClosed = new RegExp(`^[^{]*?${closing}`).test(rest);
    close();
    if (isClosed || query.kind === "filters" || inside.isTag) return insert(area, name);
    insert(area, `${name} ${closing}`);
    const cursor = area.selectionStart - closing.length - 1;
    area.setSelectionRange(cursor, cursor);
  }

  function option(choice, index) {
    const item = document.createElement("li");
    item.id = `editor-choice-${index}`;
    item.setAttribute("role", "option");
    const name = document.createElement("code");
    name.textContent = choice.name;
    item.append(name);
    if (choice.value !== undefined) {
      const value = document.createElement("span");
      value.textContent = choice.value;
      item.append(value);
    }
    item.addEventListener("pointerdown", (event) => {
      event.preventDefault(); // the cursor stays in the text
      chosen = index;
      accept();
    });
    return item;
  }

  function open(isAsked) {
    const before = area.value.slice(0, area.selectionStart);
    query = area.selectionStart === area.selectionEnd ? asked(before) : null;
    if (!query || (!isAsked && !query.written && !/(\{\{|\{%|\|)-?\s$/.test(before))) return close();
    choices = candidates(query);
    if (!choices.length) return close();
    list.replaceChildren(...choices.map(option));
    list.hidden = false;
    put(list, place(area, paint));
    choose(0);
  }

  area.addEventListener("keydown", (event) => {
    if (event.key === " " && event.ctrlKey) {
      event.preventDefault();
      open(true);
    } else if (!list.hidden && !event.ctrlKey && !event.altKey && !event.metaKey) {
      const moves = { ArrowDown: () => choose(chosen + 1), ArrowUp: () => choose(chosen - 1), Escape: close };
      const takes = { Enter: accept, Tab: accept };
      const act = moves[event.key] ?? (event.shiftKey ? null : takes[event.key]);
      if (!act) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      act();
    }
  });
  paint.parentElement.addEventListener("scroll", () => list.hidden || put(list, place(area, paint)));
  list.addEventListener("mousedown", (event) => event.preventDefault()); // to scroll it leaves the cursor in the text
  area.addEventListener("blur", close);
  area.addEventListener("click", close);
  return { open, close, isOpen: () => !list.hidden };
}
