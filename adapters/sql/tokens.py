"""A query's words, names, literals and comments, told apart just well enough not to take one for another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

Kind = Literal["comment", "text", "quoted", "parameter", "word", "mark"]

MYSQL = {"mysql", "mariadb"}


class Token(NamedTuple):
    """A piece of a query; ``text`` is as written, blanks before it left out of it."""

    kind: Kind
    text: str
    start: int

    @property
    def name(self) -> str:
        """The name that a word or a quoted name stands for."""
        if self.kind != "quoted":
            return self.text
        close = self.text[-1]
        return self.text[1:-1].replace(2 * close, close)

    def is_word(self, *words: str) -> bool:
        """Tell whether it is one of some words of SQL, whatever its case."""
        return self.kind == "word" and self.text.upper() in words


def _pattern(backend: str) -> re.Pattern[str]:
    of_mysql = backend in MYSQL
    inside = r"(?:[^'\\]|\\.|'')*" if of_mysql else "(?:[^']|'')*"
    comment = r"--[^\n]*|/\*.*?(?:\*/|\Z)" + (r"|\#[^\n]*" if of_mysql else "")
    text = rf"'{inside}(?:'|\Z)"
    quoted = "`(?:[^`]|``)*`"
    if of_mysql:
        text += r'|"(?:[^"\\]|\\.|"")*(?:"|\Z)'
    else:
        # PostgreSQL's with backslashes, and between dollars.
        text = rf"(?i:\bE)'(?:[^'\\]|\\.|'')*(?:'|\Z)|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$|{text}"
        quoted += '|"(?:[^"]|"")*"'
    if backend in {"sqlite", "mssql"}:
        quoted += r"|\[[^\[\]]+\]"
    return re.compile(
        rf"(?P<comment>{comment})|(?P<text>{text})|(?P<quoted>{quoted})"
        r"|(?P<parameter>(?<![:\w\\]):[^\W\d]\w*)|(?P<word>[\w$]+)|(?P<mark>::|\\:|(?<![:\\]):\d\w*|\S)",
        re.DOTALL,
    )


_PATTERNS = {backend: _pattern(backend) for backend in ("", "mysql", "mariadb", "sqlite", "mssql")}


def tokens_of(query: str, backend: str) -> Iterator[Token]:
    """Answer the pieces of a query in their order; ``backend`` is SQLAlchemy's name of the database."""
    for found in _PATTERNS.get(backend, _PATTERNS[""]).finditer(query):
        yield Token(found.lastgroup, found[0], found.start())  # type: ignore[arg-type]


_BINDS = re.compile(r"(?<![:\w\\]):([\w$]+)(?![:\w$])")
"""What SQLAlchemy's text() takes for a parameter, wherever it stands."""


def for_sqlalchemy(query: str, backend: str) -> str:
    """Write a query so that text() sees its parameters, and them alone: none in literals and comments."""
    written: list[str] = []
    end = 0
    for token in tokens_of(query, backend):
        written.append(query[end : token.start])
        end = token.start + len(token.text)
        if token.kind == "parameter":
            # Of one before a cast, as in :email::text, it sees none.
            written.append(f"{token.text} " if query[end : end + 1] == ":" else token.text)
        elif token.kind == "word":
            written.append(token.text)
        else:
            written.append(_BINDS.sub(r"\\:\1", token.text))
    return "".join(written) + query[end:]
