/* The template editor: colours below the textarea, marks, completion, fields, and a preview that follows.
   Without this file the textarea works alone. */
"use strict";

import { completion } from "./complete.js";
import { paint } from "./paint.js";
import { insert, inUnits, isInside, select } from "./text.js";

const PAUSE = 250;
const byId = (id) => document.getElementById(id);
const editor = byId("editor");

if (editor) {
  const area = byId("template");
  const form = area.form;
  const frame = byId("editor-frame");
  let marks = [];
  let fields = [];
  let shown = "";
  let waiting = null;
  let asking = null;

  frame.hidden = true;
  editor.classList.add("on");
  byId("editor-below").hidden = byId("editor-found").hidden = false;
  area.setAttribute("aria-autocomplete", "list");
  area.setAttribute("aria-controls", "editor-choices");
  const choices = completion({
    area,
    paint: byId("editor-paint"),
    list: byId("editor-choices"),
    words: JSON.parse(editor.dataset.words),
    fields: () => fields,
    changed: () => showMarks(),
  });

  const checked = (id) => byId(id).querySelector(":checked").value;

  /* A word that is just being completed is not yet wrong. */
  function told() {
    const before = area.value.slice(0, area.selectionStart).split("\n");
    const [line, column] = [before.length, before.at(-1).length + 1];
    const isAtCursor = (mark) => mark.line === line && mark.column <= column && column <= mark.end_column;
    return choices.isOpen() ? marks.filter((mark) => !isAtCursor(mark)) : marks;
  }

  const repaint = () => paint(byId("editor-paint"), area.value, told());

  function button(text, act) {
    const element = document.createElement("button");
    element.type = "button";
    element.append(...text);
    element.addEventListener("click", act);
    return element;
  }

  function element(name, className, text) {
    const made = document.createElement(name);
    made.className = className;
    made.textContent = text;
    return made;
  }

  function showMarks() {
    repaint();
    const shownMarks = told();
    const items = shownMarks.map((mark) => {
      const item = document.createElement("li");
      item.className = mark.severity;
      const parts = [element("strong", "", `Line ${mark.line}`), ` ${mark.message} `, element("span", "hint", mark.fix)];
      item.append(button(parts, () => goTo(mark)));
      item.title = mark.rule;
      if (mark.mending) item.append(button([`Mend line ${mark.line}`], () => mend(mark.mending)));
      return item;
    });
    byId("editor-marks").replaceChildren(...items);
    const errors = shownMarks.filter((mark) => mark.severity === "error").length;
    area.setAttribute("aria-invalid", String(errors > 0));
    const summary = shownMarks.length ? `${shownMarks.length} to look at in the template` : "Nothing to mend in the template";
    if (byId("editor-summary").textContent !== summary) byId("editor-summary").textContent = summary;
  }

  /* A textarea does not bring a selection into view by itself. */
  function goTo(mark) {
    select(area, mark);
    byId("editor-paint").children[mark.line - 1]?.scrollIntoView({ block: "nearest" });
  }

  /* Offsets count characters; the textarea counts UTF-16 units. */
  function mend({ start, end, text }) {
    const units = (offset) => [...area.value].slice(0, offset).join("").length;
    const [from, to] = [units(start), units(end)];
    area.focus();
    area.setSelectionRange(from, to);
    insert(area, text);
  }

  function putIn({ name }) {
    choices.close();
    const inside = isInside(area.value.slice(0, area.selectionStart));
    insert(area, inside ? name : `{{ ${name} }}`);
  }

  function showFields() {
    const items = fields.map((field) => {
      const item = document.createElement("li");
      const parts = [element("code", "", field.name), element("span", "field-value", field.value)];
      if (field.is_writable) item.append(button(parts, () => putIn(field)));
      else {
        item.append(element("div", "unwritable", ""));
        item.firstChild.append(...parts, element("span", "hint", "cannot be written in a template"));
      }
      if (field.is_reserved) item.className = "reserved";
      return item;
    });
    byId("editor-fields").replaceChildren(...items);
  }

  function showPreview(look) {
    byId("editor-note").textContent = look.note;
    byId("editor-problem").hidden = !look.problem;
    byId("editor-problem").textContent = look.problem;
    // What was rendered last stays, dimmed, while half a tag is being typed.
    shown = look.preview || shown;
    frame.hidden = !shown;
    frame.classList.toggle("stale", !look.preview);
    if (look.preview) turn();
  }

  /* Load the preview without a step in the browser's history. */
  function turn() {
    const scheme = checked("editor-scheme");
    byId("editor-sidebar").style.width = `${checked("editor-width")}px`;
    byId("editor-stage").dataset.scheme = scheme;
    if (!shown) return;
    const address = `${editor.dataset.previews}${shown}?scheme=${scheme}`;
    frame.contentWindow.location.replace(new URL(address, location.href));
  }

  async function look() {
    asking?.abort();
    asking = new AbortController();
    const body = new URLSearchParams(new FormData(form));
    body.set("signature", editor.dataset.signature);
    body.set("customer", byId("editor-customer").value);
    try {
      const answer = await fetch(editor.dataset.look, { method: "POST", body, signal: asking.signal });
      if (!answer.ok) throw new Error(String(answer.status));
      const seen = await answer.json();
      const lines = body.get("template").split("\n");
      marks = seen.marks.map((mark) => inUnits(mark, lines));
      fields = seen.fields;
      showMarks();
      showFields();
      showPreview(seen);
    } catch (error) {
      if (error.name === "AbortError") return;
      byId("editor-note").textContent = "The helpdesk gives no preview now. Is it still running? Reload the page to try again.";
    }
  }

  function soon() {
    clearTimeout(waiting);
    waiting = setTimeout(look, PAUSE);
  }

  /* Marks stand at places of an older text: those of lines that have changed since would point at nothing. */
  let before = area.value.split("\n");
  function typed() {
    const lines = area.value.split("\n");
    const same = (line) => lines[line - 1] === before[line - 1];
    marks = marks.filter((mark) => same(mark.line) && same(mark.end_line));
    before = lines;
    repaint();
    choices.open(false);
    soon();
  }

  function indent(event) {
    if (event.key !== "Enter" || event.ctrlKey || event.altKey || event.metaKey) return;
    const line = area.value.slice(0, area.selectionStart).split("\n").at(-1);
    const [blanks] = /^[ \t]*/.exec(line);
    if (!blanks) return;
    event.preventDefault();
    insert(area, `\n${blanks}`);
  }

  area.addEventListener("input", typed);
  area.addEventListener("keydown", indent);
  byId("headline").addEventListener("input", ({ target }) => {
    byId("editor-headline").textContent = target.value;
    soon();
  });
  byId("editor-customer").addEventListener("input", soon);
  byId("editor-width").addEventListener("change", turn);
  byId("editor-scheme").addEventListener("change", turn);
  form.addEventListener("change", ({ target }) => target.name === "behaviour" && soon());
  repaint();
  // With preview and fields the editor grows, after the browser went to what a test has shown.
  look().then(() => location.hash === "#test" && byId("test").scrollIntoView({ behavior: "instant" }));
}
