"""What is wrong with the settings, and where."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

_NAME = r"""(?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)"""
_TABLE = re.compile(rf"\s*(\[\[?)\s*({_NAME}(?:\s*\.\s*{_NAME})*)\s*\]")
_KEY = re.compile(r"\s*[\"']?([A-Za-z0-9_-]+)[\"']?\s*=")


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem: the key it is about (``sources.1.query``) and what to do."""

    key: str
    message: str


class SettingsError(Exception):
    """Raised with every problem of the settings at once, in the order of the file's lines."""

    def __init__(self, problems: Sequence[Problem], file: Path | None = None, text: str = "") -> None:
        self.problems = sorted(problems, key=lambda problem: find_line(text, problem.key.split(".")) or 0)
        lines = [f"  {_where(problem, file, text)}{problem.message}" for problem in self.problems]
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__("\n".join([f"The settings have {count}:", *lines]))


def text_of(file: Path | None) -> str:
    """Answer a settings file's text for telling lines of it; "" where it cannot be read any more."""
    try:
        return "" if file is None else file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return ""


def _where(problem: Problem, file: Path | None, text: str) -> str:
    if not problem.key:
        return ""
    if file is None or problem.key.isupper():
        return f"{problem.key}: "
    line = find_line(text, problem.key.split("."))
    return f"{file.name}{f' line {line}' if line else ''}: {_readable(problem.key)}: "


def _readable(key: str) -> str:
    """Write a key as people count: ``sources.1.query`` → ``sources 2, query``."""
    return re.sub(r"\.(\d+)(\.?)", lambda part: f" {int(part[1]) + 1}{', ' if part[2] else ''}", key)


def find_line(text: str, path: Sequence[str]) -> int | None:
    """Find the line of a TOML text that gives a key, or else its table; None where it stands nowhere.

    ``path`` is the key's path, with an index for a table of an array: ``sources 0 query``. Enough of
    TOML for plain settings: tables, arrays of tables, keys at the start of a line.
    """
    best: int | None = None
    wanted = list(path)
    table: list[str] = []
    counts: dict[tuple[str, ...], int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if header := _TABLE.match(line):
            table = _table_of(header, counts)
            if table == wanted[: len(table)] or (best is None and table[: len(wanted)] == wanted):
                best = number
        elif (key := _KEY.match(line)) and table == wanted[: len(table)]:
            rest = wanted[len(table) :]
            if rest and key[1] == rest[0]:
                return number
    return best


def _table_of(header: re.Match[str], counts: dict[tuple[str, ...], int]) -> list[str]:
    """Answer the path of a table; ``counts`` are the indexes of the tables of arrays that it may stand in."""
    names = [name.strip("\"'") for name in re.findall(_NAME, header[2])]
    table: list[str] = []
    for place, name in enumerate(names, 1):
        key = (*table, name)
        if header[1] == "[[" and place == len(names):
            counts[key] = counts.get(key, -1) + 1
        table = [*key, str(counts[key])] if key in counts else [*key]
    return table


def flatten_messages(messages: object, prefix: Sequence[str] = ()) -> Iterable[Problem]:
    """Turn marshmallow's nested messages into problems with dotted keys."""
    if isinstance(messages, dict):
        for key, inner in messages.items():
            # marshmallow puts a dictionary's own problems under "key" and "value".
            path = prefix if key in {"_schema", "key", "value"} and prefix else (*prefix, str(key))
            yield from flatten_messages(inner, path)
    elif isinstance(messages, list):
        for message in messages:
            yield from flatten_messages(message, prefix)
    else:
        yield Problem(".".join(prefix), str(messages))
