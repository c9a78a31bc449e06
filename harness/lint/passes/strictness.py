"""What only lax mode accepts: braces in tags, operators of other languages, and whatever it skips."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable

from harness.lint.expressions import ASSIGNMENT, CONDITIONS, LOOP, read_expressions
from harness.lint.findings import Replacement
from harness.lint.outline import Statement
from harness.lint.passes.slips import operator_slip, value_fix
from harness.lint.reading import Reading
from harness.lint.rules import syntax
from harness.liquid.conditions import parse_condition
from harness.liquid.errors import TemplateSyntaxError
from harness.liquid.expressions import Value
from harness.liquid.patterns import QUOTED
from harness.liquid.strict_syntax import (
    are_strict_values,
    is_strict_loop,
    read_strictly,
    strict_condition,
)

_BRACES = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)
_DIGIT_FIRST = re.compile(r"(?<![\w.-])(?=(\d[\w-]*[A-Za-z_][\w-]*))", re.ASCII)
_CURLY = re.compile("[\u2018\u2019\u201c\u201d]")
_COMPARED = re.compile(r"[=!<>]=|<>|[<>]")


def check_strictness(reading: Reading) -> None:
    """Report each output and tag that strict Liquid would refuse."""
    for statement in reading.outline.statements:
        if statement.is_unended:  # told where Liquid refuses the template for it
            continue
        if statement.name in CONDITIONS:
            _check_condition(reading, statement)
        elif statement.name == "else" and statement.markup.strip():
            fix = "Write {% elsif … %} for another condition."
            _report_lax(reading, statement, "no more than else, whatever the condition", fix)
        elif not _is_strict(statement):
            _report_braces(reading, statement) or _report_name(reading, statement) or _report_lax(
                reading, statement, _read(statement)
            )


def _is_strict(statement: Statement) -> bool:
    accepts: dict[str, Callable[[str], bool]] = {
        "": lambda markup: read_strictly(markup) is not None,
        "assign": _is_strict_assignment,
        "for": _is_strict_loop,
        "case": are_strict_values,
        "when": are_strict_values,
    }
    name = "" if statement.is_output else statement.name
    return name not in accepts or accepts[name](statement.markup)


def _is_strict_loop(markup: str) -> bool:
    return not LOOP.search(markup) or is_strict_loop(markup)


def _is_strict_assignment(markup: str) -> bool:
    found = ASSIGNMENT.match(markup)
    return not found or read_strictly(found[2]) is not None


def _check_condition(reading: Reading, statement: Statement) -> None:
    markup = statement.markup
    normal = strict_condition(markup)
    if normal is None:
        _report_braces(reading, statement) or _report_operator(reading, statement) or _report_name(
            reading, statement
        ) or _report_lax(reading, statement, _read(statement))
    elif _condition_text(markup) != _condition_text(normal):
        found = _COMPARED.search(_unquoted(markup))
        place = (found.start(), found.end()) if found else (0, len(markup))
        what = f"Without spaces around it Liquid takes “{markup.strip()}” for one name, which no field has."
        fix = f"Put spaces around the operator: {normal}."
        _report(reading, statement, place, what, fix)


def _condition_text(markup: str) -> str:
    try:
        return str(parse_condition(markup))
    except (TemplateSyntaxError, RecursionError):
        return ""


def _unquoted(markup: str) -> str:
    return re.sub(QUOTED, lambda quoted: "_" * len(quoted[0]), markup)


def _report_operator(reading: Reading, statement: Statement) -> bool:
    slip = operator_slip(_unquoted(statement.markup))
    if slip:
        _report(reading, statement, (slip.start, slip.end), slip.what, slip.fix)
    return slip is not None


def _report(reading: Reading, statement: Statement, place: tuple[int, int], what: str, fix: str) -> None:
    start, end = statement.at + place[0], statement.at + place[1]
    reading.findings.append(reading.source.finding(syntax.OPERATOR, start, end, fix=fix, what=what))


def _report_braces(reading: Reading, statement: Statement) -> bool:
    """Report braces within a tag, to be taken away where lax mode reads the same without them."""
    if statement.is_output or not (found := _BRACES.search(statement.markup)):
        return False
    bare = _BRACES.sub(lambda braces: braces[1], statement.markup)
    changed = Statement(statement.name, bare, statement.at, statement.start, statement.end)
    start = statement.at
    same = _texts(changed) == _texts(statement) and _is_accepted(changed)
    replacement = Replacement(start, start + len(statement.markup), bare) if same else None
    effect = (
        "only lax mode reads past the braces" if same else "Liquid takes the braces for a part of the name"
    )
    reading.findings.append(
        reading.source.finding(
            syntax.BRACES,
            start + found.start(),
            start + found.end(),
            replacement=replacement,
            effect=effect,
            better=f"{{% {statement.name} {bare.strip()} %}}",
        )
    )
    return True


def _report_name(reading: Reading, statement: Statement) -> bool:
    """Report a name that begins with a digit, where that alone is what strict Liquid would refuse."""
    unquoted = _unquoted(statement.markup)
    found = _DIGIT_FIRST.search(unquoted)
    renamed = _DIGIT_FIRST.sub("_", unquoted)
    if not found or not _is_accepted(dataclasses.replace(statement, markup=renamed)):
        return False
    name = found[1]
    fix = f"Let the webhook send it under a name that begins with a letter or an underscore: _{name}."
    start, end = statement.at + found.start(1), statement.at + found.end(1)
    reading.findings.append(
        reading.source.finding(syntax.LAX, start, end, fix=fix, effect=f"since “{name}” begins with a digit")
    )
    return True


def _is_accepted(statement: Statement) -> bool:
    if statement.name not in CONDITIONS:
        return _is_strict(statement)
    normal = strict_condition(statement.markup)
    return normal is not None and _condition_text(normal) == _condition_text(statement.markup)


def _texts(statement: Statement) -> list[str]:
    return [str(expression) for expression in read_expressions(statement)]


def _report_lax(reading: Reading, statement: Statement, read: str, fix: str = "") -> bool:
    text = statement.markup
    start = statement.at + len(text) - len(text.lstrip())
    end = statement.at + len(text.rstrip())
    start = min(start, end)
    if not fix and statement.is_foreign:
        fix = "That is Handlebars or Mustache: Liquid's tags are {% if … %} and {% endif %}."
    elif not fix and _CURLY.search(text):
        fix = "Put text in straight quotes: \" or '."
    elif not fix and "(" in text and statement.name in CONDITIONS:
        fix = "Liquid has no parentheses: put one {% if %} into another."
    elif not fix and statement.name in CONDITIONS:
        fix = "Write a value, or two with an operator between them; and, or join such conditions."
    fix = fix or value_fix(statement, _unquoted(text))
    reading.findings.append(
        reading.source.finding(syntax.LAX, start, end, fix=fix, effect=f"and it reads {read}")
    )
    return True


def _read(statement: Statement) -> str:
    """Say what lax mode reads of a statement."""
    texts = [
        f"“{expression}”"
        for expression in read_expressions(statement)
        if not (isinstance(expression, Value) and expression.value is None)
    ]
    return f"no more than {', '.join(texts)}" if texts else "nothing of it"
