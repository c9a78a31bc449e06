"""The template language of the helpdesk: one door, whatever engine stands behind it.

The helpdesk says: "After we've fetched custom attributes from your webhook, you can render them directly
on the template page using a Liquid template." It renders in lax mode: what is merely sloppy still renders,
an unknown filter passes its value through, and values are not escaped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.liquid.environment import HelpdeskEnvironment, plain_environment
from harness.liquid.errors import (
    TemplateError,
    TemplateFaultError,
    TemplateLimitError,
    TemplateSyntaxError,
)
from harness.liquid.template import Rendering

__all__ = [
    "Rendering",
    "Template",
    "TemplateError",
    "TemplateFaultError",
    "TemplateLimitError",
    "TemplateSyntaxError",
    "render",
]


class Template:
    """A template parsed once, to render often.

    ``partials`` are the templates that ``{% include %}`` and ``{% render %}`` find, by name. Raises
    TemplateSyntaxError when the template does not parse.
    """

    def __init__(self, source: str, partials: Mapping[str, str] | None = None) -> None:
        self.source = source
        environment = plain_environment() if partials is None else HelpdeskEnvironment(partials)
        self._parsed = environment.from_string(source)

    def render(self, data: Mapping[str, Any]) -> str:
        """Render with the fields in ``data``; raises TemplateLimitError when the template asks too much."""
        return self.report(data).text

    def report(self, data: Mapping[str, Any]) -> Rendering:
        """Render as ``render`` does, and give the errors in the page too, each with its line."""
        return self._parsed.render_fields(data)


def render(template: str, data: Mapping[str, Any], partials: Mapping[str, str] | None = None) -> str:
    """Parse and render a template; raises TemplateSyntaxError and TemplateLimitError."""
    return Template(template, partials).render(data)
