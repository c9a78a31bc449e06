"""The strict grammar of an output, which Ruby tries first: where it accepts, spaces within paths are dropped.

Only its verdict and its normal form matter: what it refuses is read by the lax grammar.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_TOKEN = re.compile(
    r"""[ \t\r\n\f\v]*(?:
    (?P<string>"[^"]*"|'[^']*')
    |(?P<number>-?[0-9]+(?:\.[0-9]+)?)
    |(?P<id>[A-Za-z_][A-Za-z0-9_-]*\??)
    |(?P<dotdot>\.\.)
    |(?P<comparison>==|!=|<>|<=|>=|<|>)
    |(?P<mark>[|.:,\[\]()?-])
    |(?P<end>\Z)
    |(?P<unknown>.))""",
    re.VERBOSE | re.DOTALL,
)


class _Refused(Exception):  # noqa: N818 - a verdict, and no error
    """The markup is not strict Liquid."""


class StrictParser:
    """Walk the tokens of a markup; every method raises _Refused where the grammar does not go on."""

    def __init__(self, markup: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        for found in _TOKEN.finditer(markup):
            kind = found.lastgroup or ""
            text = found[kind]
            if kind == "unknown":
                raise _Refused
            after_dot = bool(self._tokens) and self._tokens[-1][0] == "."
            if kind == "id" and text == "contains" and not after_dot:
                kind = "comparison"
            self._tokens.append((text if kind == "mark" else kind, text))
            if kind == "end":
                break
        self._position = 0

    def sees(self, kind: str, ahead: int = 0) -> bool:
        """Tell whether a kind of token comes next, or ``ahead`` tokens later."""
        position = self._position + ahead
        return position < len(self._tokens) and self._tokens[position][0] == kind

    def take(self, kind: str) -> str:
        """Take the next token, which must be of that kind."""
        if not self.sees(kind):
            raise _Refused
        self._position += 1
        return self._tokens[self._position - 1][1]

    def expression(self) -> str:
        """Take one expression, and give it without spaces."""
        if self.sees("id"):
            return self.take("id") + self._steps()
        if self.sees("["):
            return self._bracket() + self._steps()
        if self.sees("("):
            self.take("(")
            first = self.expression()
            self.take("dotdot")
            last = self.expression()
            self.take(")")
            return f"({first}..{last})"
        return self.take("number" if self.sees("number") else "string")

    def _bracket(self) -> str:
        return self.take("[") + self.expression() + self.take("]")

    def _steps(self) -> str:
        steps = ""
        while True:
            if self.sees("["):
                steps += self._bracket()
            elif self.sees("."):
                steps += self.take(".") + self.take("id")
            else:
                return steps

    def argument(self) -> str:
        """Take one argument of a filter, with its name where it has one."""
        name = ""
        if self.sees("id") and self.sees(":", 1):
            name = self.take("id") + self.take(":") + " "
        return name + self.expression()

    def condition(self) -> str:
        """Take comparisons joined by ``and`` and ``or``, and give them with one space around each part."""
        parts = []
        while True:
            parts.append(self.expression())
            if self.sees("comparison"):
                parts += [self.take("comparison"), self.expression()]
            if not self.sees_word("and", "or"):
                return " ".join(parts)
            parts.append(self.take("id"))

    def loop(self) -> None:
        """Take a name, ``in``, what is looped over, and the loop's options."""
        self.take("id")
        if not self.sees_word("in"):
            raise _Refused
        self.take("id")
        self.expression()
        while not self.sees("end"):
            if self.sees(","):
                self.take(",")
            if self.sees_word("reversed") and not self.sees(":", 1):
                self.take("id")
            else:
                self.take("id")
                self.take(":")
                self.expression()

    def values(self) -> None:
        """Take expressions with a comma or ``or`` between them."""
        self.expression()
        while self.sees(",") or self.sees_word("or"):
            self.take("," if self.sees(",") else "id")
            self.expression()

    def sees_word(self, *words: str) -> bool:
        """Tell whether one of some words comes next."""
        return self.sees("id") and self._tokens[self._position][1] in words


def strict_condition(markup: str) -> str | None:
    """Give the normal form of a condition; None where strict Liquid refuses it."""
    return _taken(markup, StrictParser.condition)


def is_strict_loop(markup: str) -> bool:
    """Tell whether strict Liquid accepts what stands in a ``for``."""
    return _taken(markup, StrictParser.loop) is not None


def are_strict_values(markup: str) -> bool:
    """Tell whether strict Liquid accepts what stands in a ``case`` or ``when``."""
    return _taken(markup, StrictParser.values) is not None


def _taken(markup: str, take: Callable[[StrictParser], str | None]) -> str | None:
    try:
        parser = StrictParser(markup)
        taken = take(parser)
        parser.take("end")
    except (_Refused, RecursionError):
        return None
    return taken or ""


def read_strictly(markup: str) -> tuple[str | None, list[tuple[str, list[str]]]] | None:
    """Read an output's expression and its filters with their arguments; None where strict Liquid refuses."""
    try:
        parser = StrictParser(markup)
        if parser.sees("end"):
            return None, []
        expression = parser.expression()
        filters = []
        while parser.sees("|"):
            parser.take("|")
            name, arguments = parser.take("id"), []
            separator = ":"
            while parser.sees(separator):
                parser.take(separator)
                arguments.append(parser.argument())
                separator = ","
            filters.append((name, arguments))
        parser.take("end")
    except (_Refused, RecursionError):
        return None
    return expression, filters
