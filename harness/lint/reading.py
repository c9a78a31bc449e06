"""What the passes over a template share: text, outline, HTML, variables, and the fields of the profiles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from liquid.expression import Expression

from harness.lint.findings import Finding
from harness.lint.html import Html, read_html
from harness.lint.known_fields import Fields
from harness.lint.outline import Outline, Statement, read_outline
from harness.lint.source import Source
from harness.lint.variables import Variables
from harness.liquid import Rendering, Template

_GIVE_LISTS = frozenset(
    {"compact", "concat", "map", "reject", "reverse", "sort", "sort_natural", "split", "uniq", "where"}
)

Profiles = Sequence[Mapping[str, Any]]
Render = Callable[[str, Mapping[str, Any]], Rendering]
"""Renders a template with fields; raises TemplateError."""


@dataclass(slots=True)
class Reading:
    """A template read once; every pass adds its findings.

    ``known_tags`` is the template with spaces in the place of the tags that Liquid does not know.
    """

    source: Source
    outline: Outline
    html: Html
    variables: Variables
    profiles: Profiles
    fields: Fields
    known_tags: str
    render: Render
    findings: list[Finding] = field(default_factory=list)

    def may_be_list(self, expression: Expression, statement: Statement) -> bool:
        """Tell whether a value may be a list, which is shown item by item until a filter makes it text."""
        names = self.variables.fields_behind(expression, statement.start, frozenset())
        listed = any(isinstance(value, (list, dict)) for name in names for value in self.fields.values(name))
        return listed or self.variables.meets_filter(expression, statement.start, _GIVE_LISTS)


def render_here(template: str, fields: Mapping[str, Any]) -> Rendering:
    """Render in this process, within the limits of the library's own."""
    return _parsed(template).report(fields)


@lru_cache(maxsize=1)
def _parsed(template: str) -> Template:
    return Template(template)


def read(text: str, profiles: Profiles, render: Render = render_here) -> Reading:
    """Read a template."""
    outline = read_outline(text)
    html, variables = read_html(text, outline), Variables(outline)
    return Reading(Source(text), outline, html, variables, profiles, Fields(profiles), text, render)
