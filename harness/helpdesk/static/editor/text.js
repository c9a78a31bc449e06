/* The text at the cursor: whether it stands inside Liquid, and how something is put in so that Undo takes it back. */
"use strict";

/* Say whether a text ends inside {{ }} or {% %}: which one, and what is written in it; else null. */
export function isInside(before) {
  const opened = Math.max(before.lastIndexOf("{{"), before.lastIndexOf("{%"));
  if (opened < 0) return null;
  const text = before.slice(opened + 2);
  return /[%}]\}/.test(text) ? null : { isTag: before[opened + 1] === "%", text };
}

/* Put a text in the place of the selection; execCommand alone keeps the browser's own Undo. */
export function insert(area, text) {
  area.focus();
  if (document.execCommand("insertText", false, text)) return;
  area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
  area.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

/* Count a mark's columns as the textarea does, in UTF-16 units; the helpdesk counts characters. */
export function inUnits(mark, lines) {
  const units = (line, column) => [...(lines[line - 1] ?? "")].slice(0, column - 1).join("").length + 1;
  return { ...mark, column: units(mark.line, mark.column), end_column: units(mark.end_line, mark.end_column) };
}

/* Put the cursor at a line and column, from 1, and select up to an end. */
export function select(area, mark) {
  const lines = area.value.split("\n");
  const offset = (line, column) => lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0) + column - 1;
  area.focus({ preventScroll: true }); // to its top, which may lie far from the place
  area.setSelectionRange(offset(mark.line, mark.column), offset(mark.end_line, mark.end_column));
}
