"""Templates, parsed and rendered in this process, within limits."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from io import StringIO
from typing import Any

from liquid.template import BoundTemplate

from harness.liquid.context import HelpdeskContext
from harness.liquid.environment import HelpdeskEnvironment
from harness.liquid.errors import TemplateLimitError
from harness.liquid.limits import LARGEST_TEMPLATE, check_length, too_much


class CompiledTemplate:
    """A parsed template."""

    __slots__ = ("_block", "_template")

    def __init__(self, source: str, environment: HelpdeskEnvironment) -> None:
        if len(source) > LARGEST_TEMPLATE:
            raise too_much(f"a template of {len(source):,} characters, and {LARGEST_TEMPLATE:,} are allowed")
        block = environment.parse_source(source)
        self._template = BoundTemplate(environment, [block])
        self._block = block

    def render(self, data: Mapping[str, Any]) -> str:
        """Render with ``data`` as the template's variables; ``data`` itself is not changed."""
        buffer = StringIO()
        try:
            self._block.render_to_output(HelpdeskContext(self._template, data), buffer)
        except (RecursionError, MemoryError):
            raise TemplateLimitError("The template or its data is nested too deep, or too large.") from None
        check_length(buffer.tell())
        return buffer.getvalue()


def compile_template(source: str, partials: Mapping[str, str] | None) -> CompiledTemplate:
    """Parse a template; raises TemplateSyntaxError."""
    return CompiledTemplate(source, _plain() if partials is None else HelpdeskEnvironment(partials))


@functools.cache
def _plain() -> HelpdeskEnvironment:
    return HelpdeskEnvironment()
