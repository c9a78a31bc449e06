"""Fields shown for customers who have none: each profile is rendered, and the outputs are watched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from liquid import Node, RenderContext
from liquid.expression import Expression

from harness.contract import RESERVED_FIELDS
from harness.lint.expressions import read_expressions
from harness.lint.html import ADDRESSES
from harness.lint.outline import Statement
from harness.lint.reading import Reading
from harness.lint.rules import fields
from harness.liquid.environment import plain_environment
from harness.liquid.errors import TemplateError
from harness.liquid.output import ValueNode
from harness.liquid.template import HelpdeskTemplate
from harness.profile import User, build_profile

_SOMEBODY = User("casey@example.com", "Casey Example", "open")
_DEEPEST = 100


def check_guards(reading: Reading) -> None:
    """Report outputs that come out empty for profiles that lack the field."""
    if not reading.fields.has_data:
        return
    try:
        template = plain_environment().from_string(reading.known_tags)
    except (TemplateError, RecursionError):
        return
    empty = _watch(template)
    lacking: Counter[tuple[int, str]] = Counter()
    shown = {
        each.start: each for each in reading.outline.statements if each.is_output and _matters(reading, each)
    }
    for profile in reading.profiles:
        for start in _empty_outputs(template, empty, profile):
            if start in shown and (name := _missing(reading, shown[start], profile)):
                lacking[start, name] += 1
    for (start, name), count in lacking.items():
        _report(reading, shown[start], name, count)


def _watch(template: HelpdeskTemplate) -> set[int]:
    """Let each output of a template note the place where it shows nothing."""
    empty: set[int] = set()
    for node in _outputs(template.nodes, RenderContext(template)):
        node.expression = _Watched(node.expression, node.token.start_index, empty)
    return empty


def _outputs(nodes: Iterable[Node], context: RenderContext, depth: int = 0) -> Iterator[ValueNode]:
    for node in nodes:
        if isinstance(node, ValueNode):
            yield node
        elif depth < _DEEPEST * 2:
            yield from _outputs(getattr(node, "nodes", None) or node.children(context), context, depth + 1)


class _Watched(Expression):
    """An expression that notes its place when it gives nothing."""

    __slots__ = ("_empty", "_start", "inner")

    def __init__(self, inner: Expression, start: int, empty: set[int]) -> None:
        super().__init__(inner.token)
        self.inner = inner
        self._start = start
        self._empty = empty

    def evaluate(self, context: RenderContext) -> Any:
        value = self.inner.evaluate(context)
        if value is None or value == "":
            self._empty.add(self._start)
        return value

    def children(self) -> Iterable[Expression]:
        return [self.inner]


def _empty_outputs(template: HelpdeskTemplate, empty: set[int], profile: Mapping[str, Any]) -> list[int]:
    empty.clear()
    try:
        template.render_fields(build_profile(profile, _SOMEBODY).fields)
    except TemplateError:
        return []
    return sorted(empty)


def _matters(reading: Reading, statement: Statement) -> bool:
    """Tell what is seen or led to from an attribute like ``class``, where nothing is as good as something."""
    html, start = reading.html, statement.start
    attribute = html.attribute_at(start)
    return not html.is_comment(start) and (attribute is None or attribute.name in ADDRESSES)


def _missing(reading: Reading, statement: Statement, profile: Mapping[str, Any]) -> str:
    """Give the field that an output lacks in a profile, and that others have."""
    for expression in read_expressions(statement):
        for name in reading.variables.fields_behind(expression, statement.start, frozenset()):
            if name not in RESERVED_FIELDS and reading.fields.sends(name) and profile.get(name) is None:
                return name
    return ""


def _report(reading: Reading, statement: Statement, name: str, count: int) -> None:
    total = len(reading.profiles)
    customers = f"{count} of {total} customers {'lacks' if count == 1 else 'lack'}"
    lacking = "This customer lacks" if total == 1 else customers
    reading.findings.append(
        reading.source.finding(fields.UNGUARDED, statement.start, statement.end, name=name, lacking=lacking)
    )
