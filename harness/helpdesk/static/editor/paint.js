/* Colours for a template: its text cut into lines of spans, with the marks on them. */
"use strict";

const PIECES = /\{%-?|\{\{-?|<!--[\s\S]*?(?:-->|$)|<\/?[a-zA-Z][\w:-]*|[^{<]+|[\s\S]/g;
const HIDDEN = /\{%-?\s*(comment|raw|doc)\b[^%]*%\}/y;
const INSIDE = /"[^"\n]*"?|'[^'\n]*'?|-?%\}|-?\}\}|\b\d[\d.]*\b|[A-Za-z_][\w-]*\??|\|\s*|[\s\S]/g;
const ATTRIBUTE = /"[^"{]*"?|'[^'{]*'?|[\w:-]+|\/?>|\{\{|\{%|[\s\S]/g;
const WORDS = new Set("and or contains in true false nil null empty blank reversed limit offset cols with as".split(" "));
const LONGEST = 60000;

/* Cut a template into [text, class] pairs, in order, whole. */
function tokens(source) {
  const found = [];
  const add = (text, kind) => text && found.push([text, kind]);
  let at = 0;

  function liquid(isTag) {
    let first = isTag;
    let afterPipe = false;
    INSIDE.lastIndex = at;
    for (let match; (match = INSIDE.exec(source)); ) {
      const [text] = match;
      at = INSIDE.lastIndex;
      if (/^-?[%}]\}$/.test(text)) return add(text, "edge");
      if (text.startsWith("{%") || text.startsWith("{{")) return;
      if (/^["']/.test(text)) add(text, "string");
      else if (/^\d/.test(text)) add(text, "number");
      else if (/^[A-Za-z_]/.test(text)) {
        add(text, first ? "tag" : afterPipe ? "filter" : WORDS.has(text) ? "word" : "field");
        first = afterPipe = false;
      } else {
        add(text, "");
        if (text.startsWith("|")) afterPipe = true;
        else if (text.trim()) afterPipe = false;
      }
    }
  }

  function attributes() {
    ATTRIBUTE.lastIndex = at;
    for (let match; (match = ATTRIBUTE.exec(source)); ) {
      const [text] = match;
      if (text === "{{" || text === "{%") {
        at = match.index;
        markup();
        ATTRIBUTE.lastIndex = at;
        continue;
      }
      at = ATTRIBUTE.lastIndex;
      if (text.endsWith(">")) return add(text, "html");
      add(text, /^["']/.test(text) ? "string" : /^\w/.test(text) ? "attribute" : "");
    }
  }

  /* A comment is quiet to its end; raw text is plain. */
  function hidden() {
    HIDDEN.lastIndex = at;
    const opened = HIDDEN.exec(source);
    if (!opened) return false;
    const closing = new RegExp(`\\{%-?\\s*end${opened[1]}\\b[^%]*%\\}`, "g");
    closing.lastIndex = HIDDEN.lastIndex;
    const closed = closing.exec(source);
    const end = closed ? closing.lastIndex : source.length;
    add(source.slice(at, end), "quiet");
    at = end;
    return true;
  }

  function markup() {
    if (hidden()) return;
    const opening = /\{[{%]-?/y;
    opening.lastIndex = at;
    const [text] = opening.exec(source);
    at = opening.lastIndex;
    add(text, "edge");
    liquid(text.startsWith("{%"));
  }

  while (at < source.length) {
    PIECES.lastIndex = at;
    const [text] = PIECES.exec(source);
    if (text.startsWith("{%") || text.startsWith("{{")) markup();
    else {
      at += text.length;
      if (text.startsWith("<!--")) add(text, "quiet");
      else if (/^<\/?[a-zA-Z]/.test(text)) {
        add(text, "html");
        attributes();
      } else add(text, "");
    }
  }
  return found;
}

/* Say which columns of a line are marked, as [from, to, mark], from 0. */
function spansOfLine(number, length, marks) {
  return marks
    .filter((mark) => mark.line <= number && number <= mark.end_line)
    .map((mark) => [
      mark.line === number ? mark.column - 1 : 0,
      mark.end_line === number ? Math.max(mark.end_column - 1, mark.column) : length,
      mark,
    ]);
}

function line(parts, number, marks) {
  const element = document.createElement("div");
  element.className = "code-line";
  const length = parts.reduce((sum, [text]) => sum + text.length, 0);
  const marked = spansOfLine(number, length, marks);
  if (marked.length) element.classList.add(marked.some(([, , mark]) => mark.severity === "error") ? "error" : "warning");
  let column = 0;
  for (const [text, kind] of parts) {
    const edges = marked.flatMap(([from, to]) => [from - column, to - column]);
    const cuts = [0, ...edges.filter((cut) => cut > 0 && cut < text.length), text.length].sort((a, b) => a - b);
    for (let index = 0; index + 1 < cuts.length; index += 1) {
      const [from, to] = [column + cuts[index], column + cuts[index + 1]];
      const mark = marked.find(([start, end]) => start <= from && to <= end);
      const span = document.createElement("span");
      span.className = [kind && `t-${kind}`, mark && `marked ${mark[2].severity}`].filter(Boolean).join(" ");
      span.textContent = text.slice(cuts[index], cuts[index + 1]);
      element.append(span);
    }
    column += text.length;
  }
  if (!length) element.append("\u200b");
  return element;
}

/* Paint a template into an element, a line a child. */
export function paint(element, source, marks) {
  const found = source.length > LONGEST ? [[source, ""]] : tokens(source);
  const lines = [[]];
  for (const [text, kind] of found) {
    text.split("\n").forEach((part, index) => {
      if (index) lines.push([]);
      if (part) lines.at(-1).push([part, kind]);
    });
  }
  element.replaceChildren(...lines.map((parts, index) => line(parts, index + 1, marks)));
}
