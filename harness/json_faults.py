"""Why a text is no JSON: in words, with a piece of it, and what to do about it."""

from __future__ import annotations

import json
import re

from harness.excerpts import excerpt
from harness.text import html_to_text

LIBRARY = "Let a JSON library write the answer in UTF-8, without NaN and Infinity."

_MOST_HTML = 5000
_TROUBLE = {
    "Expecting value": "Here a value should stand",
    "Expecting property name enclosed in double quotes": "Here a key should stand, in double quotes",
    "Expecting ',' delimiter": "Here a comma is missing, or a bracket that closes",
    "Expecting ':' delimiter": "Here a colon is missing",
    "Unterminated string starting at": "The text that begins here does not end",
    "Invalid control character at": "A line break or another control character stands in a text",
    "Invalid \\escape": "A backslash stands before what it cannot stand before",
    "Invalid \\uXXXX escape": "Four hexadecimal digits do not follow \\u",
    "Extra data": "Something follows the JSON",
}
_FIXES = {
    "Invalid control character at": "Write line breaks in texts as \\n: a JSON library does.",
    "Extra data": "Print nothing after the JSON, and one value only.",
}
_CALL_BEGINS = re.compile(r"(?:/\*\*/)?\s*[\w$.]+\s*\(")


def explain(error: json.JSONDecodeError) -> tuple[str, str]:
    """Say what is wrong with a text, in a sentence with the shape of a piece of it, and what to do."""
    text = error.doc
    if not text:
        return f"{error.msg}: write null instead.", "Write null where there is no number."
    if text.startswith("\ufeff"):
        return "It begins with a byte order mark, which JSON does not allow.", "Write UTF-8 without a mark."
    return _around(text) or _at(error)


def _around(text: str) -> tuple[str, str] | None:
    """Explain what stands around JSON, and pages, where the place of the error would tell nothing."""
    begins = text.find("{")
    before, after = text[:begins].strip(), _after_json(text, begins)
    if before and after is not None:
        if _CALL_BEGINS.fullmatch(before) and after.startswith(")"):
            fix = "Answer the object alone: the helpdesk calls no function."
            return f"It is a call of a function around the JSON: {excerpt(text)}.", fix
        if not after:
            fix = "Print nothing before the JSON: notices and warnings belong into the log."
            return f"Something stands before the JSON: {excerpt(_readable(before))}.", fix
    if text.lstrip().startswith("<"):
        said = f"It is HTML or XML: perhaps a login or an error page. It reads {excerpt(_readable(text))}."
        return said, "Answer JSON to a caller without a session too, not a page; look into the webhook's log."
    return None


def _after_json(text: str, begins: int) -> str | None:
    """Give what follows the object that begins there; None where none does."""
    if begins < 0:
        return None
    try:
        return text[json.JSONDecoder().raw_decode(text, begins)[1] :].strip()
    except (ValueError, RecursionError):
        return None


def _at(error: json.JSONDecodeError) -> tuple[str, str]:
    text, position = error.doc, error.pos
    what, fix = _TROUBLE.get(error.msg, error.msg), _FIXES.get(error.msg, LIBRARY)
    here = text[position : position + 1]
    hangs = here in {"}", "]"} and text[:position].rstrip().endswith(",")
    if position >= len(text.rstrip()):
        what, fix = (
            "It ends too early",
            "See that all of it is sent, and that Content-Length is not too small.",
        )
    elif hangs or error.msg.startswith("Illegal trailing comma"):  # so from Python 3.13 on
        what, fix = "A comma stands before the bracket that closes", "Leave out the last comma."
    elif here == "'":
        what = "Single quotes stand where JSON has double ones"
    return f"{what}, line {error.lineno}, column {error.colno}: {excerpt(text, position)}.", fix


def _readable(text: str) -> str:
    """Give what a reader sees of a page, or the page itself where nothing can be read."""
    return html_to_text(text[:_MOST_HTML]) or text
