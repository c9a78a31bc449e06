"""A parsed template, rendered in this process within limits."""

from __future__ import annotations

from collections.abc import Mapping
from io import StringIO
from typing import Any

from liquid.template import BoundTemplate

from harness.liquid.context import HelpdeskContext
from harness.liquid.errors import TemplateLimitError
from harness.liquid.limits import check_length

_TOO_LARGE = "The template or its data is nested too deep, or too large."


class HelpdeskTemplate(BoundTemplate):
    """A parsed template of HelpdeskEnvironment."""

    context_class = HelpdeskContext

    def render(self, *args: Any, **kwargs: Any) -> str:
        """Render with what ``dict`` makes of the arguments as variables, as python-liquid does."""
        return self.render_fields({**self.globals, **dict(*args, **kwargs)})

    def render_fields(self, fields: Mapping[str, Any]) -> str:
        """Render with the fields as variables, which are not changed; raises TemplateLimitError."""
        buffer = StringIO()
        context = HelpdeskContext(self, fields)
        try:
            for node in self.nodes:
                node.render_to_output(context, buffer)
        except (RecursionError, MemoryError):
            raise TemplateLimitError(_TOO_LARGE) from None
        check_length(buffer.tell())
        return buffer.getvalue()
