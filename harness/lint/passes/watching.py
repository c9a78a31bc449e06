"""A template whose outputs are watched: which ones show nothing, or words around a value that is missing.

What is captured or assigned is seen only where it is shown, and counts there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TextIO

from liquid import Node, RenderContext
from liquid.expression import Expression

from harness.lint.expressions import filter_names
from harness.liquid.blocks import Block
from harness.liquid.context import HelpdeskContext
from harness.liquid.errors import TemplateError
from harness.liquid.expressions import Value, Variable
from harness.liquid.filtered import Filtered
from harness.liquid.output import ValueNode
from harness.liquid.tags.variables import AssignNode, CaptureNode
from harness.liquid.template import HelpdeskTemplate

_DEEPEST = 100
_WHERE_SHOWN = -1
"""The place of what is missing in an assigned text: that of the output that shows it."""

_ADD_WORDS = frozenset({"append", "prepend"})
_WORD = re.compile(r"\w")


class WatchedTemplate:
    """A template that tells which outputs lacked something when it was rendered."""

    def __init__(self, template: HelpdeskTemplate) -> None:
        """Put watchers into a template, which is nobody else's from then on."""
        self._template = template
        self.collected: list[set[int]] = [set()]
        """The places of what is shown, and within captures of what they hold; the inner ones last."""
        self.kept: dict[str, set[int]] = {}
        """The same for each variable."""
        for node in list(_nodes(template.nodes, RenderContext(template))):
            if isinstance(node, ValueNode):
                node.expression = _Shown(node.expression, self, node.token.start_index)
            elif isinstance(node, AssignNode):
                node.expression = _Assigned(node.expression, self, node.variable)
            elif isinstance(node, CaptureNode):
                node.block = _Captured(node.block, self, node.variable)

    def lacking(self, fields: Mapping[str, Any]) -> list[int]:
        """Render for a customer, and give the places of the outputs that lacked something."""
        self.collected, self.kept = [set()], {}
        try:
            self._template.render_fields(dict(fields))
        except TemplateError:
            return []
        return sorted(self.collected[0])


def _nodes(nodes: Iterable[Node], context: RenderContext, depth: int = 0) -> Iterator[Node]:
    for node in nodes:
        yield node
        if depth < _DEEPEST * 2:
            yield from _nodes(getattr(node, "nodes", None) or node.children(context), context, depth + 1)


class _Watched(Expression):
    """An expression that finds what its value lacks."""

    __slots__ = ("_names", "inner", "watch")

    def __init__(self, inner: Expression, watch: WatchedTemplate) -> None:
        super().__init__(inner.token)
        self.inner = inner
        self.watch = watch
        self._names = {each.name for each in _parts(inner) if isinstance(each, Variable)}

    def children(self) -> Iterable[Expression]:
        return [self.inner]

    def places(self, context: HelpdeskContext) -> set[int]:
        """Give the places of what the value lacks, and of what the variables lack that it is made from."""
        found = {_WHERE_SHOWN} if _lacks_part(self.inner, context) else set()
        for name in self._names & self.watch.kept.keys():
            if not any(name in scope for scope in context.scopes[:-1]):  # a loop's variable hides others
                found |= self.watch.kept[name]
        return found


class _Shown(_Watched):
    __slots__ = ("_start",)

    def __init__(self, inner: Expression, watch: WatchedTemplate, start: int) -> None:
        super().__init__(inner, watch)
        self._start = start

    def evaluate(self, context: HelpdeskContext) -> Any:  # type: ignore[override]
        value = self.inner.evaluate(context)
        places = self.places(context)
        if value is None or value == "" or _WHERE_SHOWN in places:
            places.add(self._start)
        self.watch.collected[-1] |= places - {_WHERE_SHOWN}
        return value


class _Assigned(_Watched):
    __slots__ = ("_variable",)

    def __init__(self, inner: Expression, watch: WatchedTemplate, variable: str) -> None:
        super().__init__(inner, watch)
        self._variable = variable

    def evaluate(self, context: HelpdeskContext) -> Any:  # type: ignore[override]
        value = self.inner.evaluate(context)
        self.watch.kept[self._variable] = self.places(context)
        return value


class _Captured(Block):
    __slots__ = ("_variable", "_watch")

    def __init__(self, inner: Block, watch: WatchedTemplate, variable: str) -> None:
        super().__init__()
        self.nodes = inner.nodes
        self._watch = watch
        self._variable = variable

    def render_to_output(self, context: HelpdeskContext, buffer: TextIO) -> int:  # type: ignore[override]
        self._watch.collected.append(set())
        try:
            return super().render_to_output(context, buffer)
        finally:
            self._watch.kept[self._variable] = self._watch.collected.pop()


def _parts(expression: Expression) -> Iterator[Expression]:
    waiting = [expression]
    while waiting:
        each = waiting.pop()
        yield each
        waiting += each.children()


def _lacks_part(expression: Expression, context: HelpdeskContext) -> bool:
    """Tell a text put together from words of the template and a value that is missing."""
    if not isinstance(expression, Filtered) or _ADD_WORDS.isdisjoint(filter_names(expression)):
        return False
    value = expression.left.evaluate(context)
    has_words, is_missing = _is_words(expression.left), False
    for each in expression.filters:
        if each.name in _ADD_WORDS:
            has_words |= any(map(_is_words, each.arguments))
            given = [value, *(argument.evaluate(context) for argument in each.arguments)]
            is_missing |= any(part is None for part in given)
        value = each.apply(value, context)
    return has_words and is_missing


def _is_words(expression: Expression) -> bool:
    return isinstance(expression, Value) and bool(_WORD.search(str(expression.value)))
