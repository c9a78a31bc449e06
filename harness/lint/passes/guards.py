"""Fields shown for customers who have none: each profile is rendered, and the outputs are watched."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from liquid.expression import Expression

from harness.contract import RESERVED_FIELDS
from harness.lint.expressions import read_expressions
from harness.lint.html import ADDRESSES
from harness.lint.outline import Statement
from harness.lint.passes.watching import WatchedTemplate
from harness.lint.reading import Reading
from harness.lint.rules import fields
from harness.liquid.environment import plain_environment
from harness.liquid.errors import TemplateError
from harness.liquid.expressions import Value
from harness.liquid.filtered import Filtered
from harness.profile import User, build_profile

_SOMEBODY = User("casey@example.com", "Casey Example", "open")


def check_guards(reading: Reading) -> None:
    """Report outputs that come out empty, or without a part of theirs, for profiles that lack the field."""
    if not reading.fields.has_data:
        return
    try:
        template = plain_environment().from_string(reading.known_tags)
    except (TemplateError, RecursionError):
        return
    watched = WatchedTemplate(template)
    lacking: defaultdict[tuple[int, str], list[Mapping[str, Any]]] = defaultdict(list)
    shown = {
        each.start: each for each in reading.outline.statements if each.is_output and _matters(reading, each)
    }
    for profile in reading.profiles:
        for start in watched.lacking(build_profile(profile, _SOMEBODY).fields):
            if start in shown and (name := _missing(reading, shown[start], profile)):
                lacking[start, name].append(profile)
    for (start, name), profiles in lacking.items():
        _report(reading, shown[start], name, profiles)


def _matters(reading: Reading, statement: Statement) -> bool:
    """Tell what is seen or led to: not in attributes like class, nor where the default is an empty text."""
    html, start = reading.html, statement.start
    if any(map(_may_be_empty, read_expressions(statement))):
        return False
    attribute = html.attribute_at(start)
    return not html.is_comment(start) and (attribute is None or attribute.name in ADDRESSES)


def _may_be_empty(expression: Expression) -> bool:
    """Tell an output that ends in an empty text on purpose, by ``| default: ''``."""
    return isinstance(expression, Filtered) and any(
        each.name == "default" and any(_is_empty(argument) for argument in each.arguments)
        for each in expression.filters
    )


def _is_empty(expression: Expression) -> bool:
    return isinstance(expression, Value) and expression.value == ""


def _missing(reading: Reading, statement: Statement, profile: Mapping[str, Any]) -> str:
    """Give the field that an output lacks in a profile, and that others have."""
    for expression in read_expressions(statement):
        for name in reading.variables.fields_behind(expression, statement.start, frozenset()):
            if name not in RESERVED_FIELDS and reading.fields.sends(name) and profile.get(name) is None:
                return name
    return ""


def _report(reading: Reading, statement: Statement, name: str, profiles: Sequence[Mapping[str, Any]]) -> None:
    count, total = len(profiles), len(reading.profiles)
    lacking = f"{count:,} of {total:,} customers {'lacks' if count == 1 else 'lack'}"
    if total == 1:
        lacking = "This customer lacks"
    elif profiles == [{}]:  # perhaps nobody of those asked for: a check adds whom the webhook does not know
        lacking = "A customer without fields lacks"
    reading.findings.append(
        reading.source.finding(fields.UNGUARDED, statement.start, statement.end, name=name, lacking=lacking)
    )
