"""What could follow at the prompt: fields, variables, filters, tags."""

from __future__ import annotations

import re
from collections.abc import Iterable

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from harness.console.session import TAG_NAMES, Session
from harness.liquid.filters import FILTERS
from harness.liquid.values.text import inspect
from harness.text import printable

_WORD = re.compile(r"[\w-]*\Z")
_AFTER_PIPE = re.compile(r"\|\s*[\w-]*\Z")
_AFTER_TAG = re.compile(r"\{%-?\s*\w*\Z")
_IN_QUOTES = re.compile(r"""(?:[^'"]|'[^']*'|"[^"]*")*['"][^'"]*\Z""")
_LONGEST = 30
COMMANDS = {".fields": "what the template sees", ".help": "what can be written here", ".quit": "end"}


class LiquidCompleter(Completer):
    """Complete names of a session, with what they hold beside them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Give what begins with the word before the cursor."""
        before = document.text_before_cursor
        if before.startswith("."):
            yield from _completions(before, COMMANDS)
            return
        found = _WORD.search(before)
        word = found[0] if found else ""
        if _AFTER_PIPE.search(before):
            yield from _completions(word, dict.fromkeys(sorted(FILTERS), "filter"))
        elif _AFTER_TAG.search(before):
            yield from _completions(word, dict.fromkeys(TAG_NAMES, "tag"))
        elif not _IN_QUOTES.match(before):
            yield from _completions(word, self._names())
            if not before[: -len(word) or None].strip() and word:
                yield from _completions(word, dict.fromkeys(TAG_NAMES, "tag"))

    def _names(self) -> dict[str, str]:
        held = {**self._session.fields, **self._session.variables}
        return {name: _preview(value) for name, value in held.items()}


def _completions(word: str, offered: dict[str, str]) -> Iterable[Completion]:
    for name, meaning in offered.items():
        if name.startswith(word):
            yield Completion(name, start_position=-len(word), display_meta=meaning)


def _preview(value: object) -> str:
    text = printable(inspect(value))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
