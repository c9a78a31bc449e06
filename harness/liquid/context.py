"""What a rendering knows: its data, its scopes, its interrupts, and how much it has used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liquid import RenderContext
from liquid.template import BoundTemplate

from harness.liquid.errors import InlineError
from harness.liquid.limits import MOST_ITEMS, MOST_NODES, too_much
from harness.liquid.values.objects import Drop

DEEPEST = 100
"""Scopes within scopes, and blocks within blocks, as in Ruby Liquid."""


MOST_ERRORS = 20
"""Errors of one rendering that are kept to be reported."""


class Used:
    """What one rendering has used of its limits, its partials included, and which errors it met.

    ``errors`` hold each error once, "line 2: divided by 0", in the order they came; those that are silent in
    the page too. ``trims_next`` as the template has it that was read last.
    """

    __slots__ = ("errors", "items", "nodes", "trims_next")

    def __init__(self) -> None:
        self.trims_next = False
        self.nodes = 0
        self.items = 0
        self.errors: dict[str, None] = {}

    def note(self, error: InlineError, source: str, place: int) -> None:
        """Keep an error with the line of the node that met it, up to MOST_ERRORS."""
        if len(self.errors) < MOST_ERRORS:
            line = source.count("\n", 0, place) + 1
            self.errors[f"line {line}: {error}"] = None


class HelpdeskContext(RenderContext):
    """A context with Ruby Liquid's scopes: ``assign`` goes to the outermost, loops and partials add inner.

    ``data`` is a copy of the fields, which ``increment`` and ``decrement`` write to as Ruby's do.
    """

    __slots__ = ("data", "disabled", "interrupts", "own_depth", "registers", "scopes", "used")

    def __init__(self, template: BoundTemplate, data: Mapping[str, Any]) -> None:
        super().__init__(template)
        self.data: dict[str, Any] = dict(data)
        self.scopes: list[dict[str, Any]] = [self.locals]  # type: ignore[list-item]
        self.registers: dict[str, Any] = {"for": {}, "loops": [], "cycle": {}, "changed": None}
        self.interrupts: list[str] = []
        self.disabled: frozenset[str] = frozenset()
        self.own_depth = 0
        self.used = Used()

    def find(self, name: Any) -> Any:
        """Give a variable: of the innermost scope that has it, else of the data; nil where there is none."""
        if type(name) is not str:
            return None
        for scope in self.scopes:
            if name in scope:
                return scope[name]
        value = self.data.get(name)
        return Self(self) if value is None and name == "self" else value

    def is_defined(self, name: Any) -> bool:
        """Tell whether any scope or the data has a variable."""
        return type(name) is str and any(name in scope for scope in (*self.scopes, self.data))

    def assign(self, key: str, val: Any) -> None:
        """Set a variable in the outermost scope."""
        self.scopes[-1][key] = val

    def push(self, scope: dict[str, Any]) -> None:
        """Open an inner scope; too many within each other are an inline error."""
        self.scopes.insert(0, scope)
        if self.own_depth + len(self.scopes) > DEEPEST:
            self.scopes.pop(0)
            raise InlineError("Nesting too deep")

    def pop(self) -> None:
        """Close the innermost scope."""
        self.scopes.pop(0)

    def isolated(self) -> HelpdeskContext:
        """Make the context of ``{% render %}``: no data, no variables, no ``include`` within."""
        if self.own_depth + len(self.scopes) > DEEPEST:
            raise InlineError("Nesting too deep")
        inner = HelpdeskContext(self.template, {})
        inner.own_depth = self.own_depth + 1
        inner.registers["partials"] = self.registers.get("partials")
        inner.disabled = self.disabled | {"include"}
        inner.used = self.used
        return inner

    def count_nodes(self, count: int) -> None:
        """Add to what was rendered; raises TemplateLimitError beyond MOST_NODES."""
        self.used.nodes += count
        if self.used.nodes > MOST_NODES:
            raise too_much(f"more than {MOST_NODES:,} tags and outputs, each pass of a loop counted")

    def count_items(self, count: int) -> None:
        """Add to what loops and filters have gone through; raises TemplateLimitError beyond MOST_ITEMS."""
        self.used.items += count
        if self.used.items > MOST_ITEMS:
            raise too_much(f"more than {MOST_ITEMS:,} items for its loops and filters to go through")


class Self(Drop):
    """The variables themselves, as an object: ``{{ self["name"] }}``."""

    __slots__ = ("_context",)
    label = "Liquid::SelfDrop"

    def __init__(self, context: HelpdeskContext) -> None:
        self._context = context

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Self) and other._context is self._context

    def __hash__(self) -> int:
        return id(self._context)

    def get(self, key: object) -> Any:
        """Find a variable; ``self`` is none of them."""
        return self._context.find(key) if self._context.is_defined(key) else None
